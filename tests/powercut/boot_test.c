/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ratchet and trailers with the power cut at each flash operation, once or again and again; what the cut leaves is torn,
 * unstable, or can no longer be read.
 *
 * Checked after each cut (numbers as in core/boot):
 *  Q1 the ratchet never decreases; Q2 what was acknowledged is there, and no more than was attempted; Q3 it can be read, and
 *  raised again;
 *  T1 a slot that may be started has a complete image, or none at all; T2 an image that was refused may never be started
 *  again; T3 one that was not confirmed is started at most BOOT_TRIES_MAX times, and then never again; E3 there is always one
 *  to start, also when the newer one has fallen (E6); flash rules: flash_fake_violation().
 * POWERCUT_CASES (default 3,000) bounds the number of random repeated cuts; single cuts are exhaustive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/boot/boot_decision.h"
#include "core/boot/boot_gate.h"
#include "core/boot/boot_ratchet.h"
#include "port/port_status.h"
#include "tests/unit/device/flash_fake.h"

#define TEARINGS   6u
#define SLOT_BYTES (3u * PORT_FLASH_SECTOR_BYTES)
#define BODY_BYTES (2u * PORT_FLASH_SECTOR_BYTES)
#define ROUNDS     6u /* updates in one life */

static struct flash_fake_op last_op;
static uint64_t cases;
static uint32_t random_state;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

static void remember(const struct flash_fake_op *op)
{
    last_op = *op;
}

/* Power is back. In every third case error correction gives up on the first unit that was being programmed. */
static void power_back(uint32_t seed)
{
    if (seed % 3 == 0 && last_op.kind == FLASH_FAKE_PROGRAM) {
        flash_fake_poison(last_op.area, last_op.offset - flash_fake_base(last_op.area));
    }
    flash_fake_restart();
    assert_null(flash_fake_violation());
    cases++;
}

static void flash_start(void)
{
    flash_fake_resize(PORT_FLASH_MICROVISOR_A, SLOT_BYTES);
    flash_fake_resize(PORT_FLASH_MICROVISOR_B, SLOT_BYTES);
    flash_fake_resize(PORT_FLASH_BOOT, 4 * PORT_FLASH_SECTOR_BYTES);
    flash_fake_reset(false);
    flash_fake_observe(remember);
}

/* The ratchet: acknowledged <= read <= attempted, and never less than was read before. */
static struct {
    uint32_t acknowledged, attempted, seen;
} ratchet;

static void ratchet_check(uint32_t seed)
{
    uint32_t now;

    if (boot_ratchet_read(&now) != PORT_OK) {
        fail_msg("Q3 the ratchet cannot be read (seed %u)", seed);
    }
    if (now < ratchet.acknowledged || now > ratchet.attempted) {
        fail_msg("Q2 ratchet %u, acknowledged %u, attempted %u (seed %u)", now, ratchet.acknowledged,
                 ratchet.attempted, seed);
    }
    if (now < ratchet.seen) {
        fail_msg("Q1 ratchet %u was %u (seed %u)", now, ratchet.seen, seed);
    }
    ratchet.seen = now;
}

static void ratchet_raise(uint32_t to)
{
    ratchet.attempted = to > ratchet.attempted ? to : ratchet.attempted;
    if (boot_ratchet_raise(to) != PORT_OK) {
        fail_msg("Q3 the ratchet cannot be raised to %u", to);
    }
    ratchet.acknowledged = to > ratchet.acknowledged ? to : ratchet.acknowledged;
}

/* True when the power failed on the way. */
static bool ratchet_cut(uint64_t cut_at, uint32_t seed, uint32_t raises)
{
    jmp_buf power;

    if (setjmp(power) != 0) {
        return true;
    }
    flash_fake_cut(cut_at, seed, &power);
    for (uint32_t i = 0; i < raises; i++) {
        ratchet_raise(ratchet.seen + 1 + i % 3);
        ratchet_check(seed);
    }
    flash_fake_cut(0, 0, NULL);
    return false;
}

static void ratchet_start(void)
{
    flash_start();
    memset(&ratchet, 0, sizeof(ratchet));
}

static void ratchet_single_cuts(void **state)
{
    (void)state;
    for (uint32_t tearing = 0; tearing < TEARINGS; tearing++) {
        for (uint64_t cut = 1;; cut++) {
            uint32_t seed = (uint32_t)cut * 31 + tearing;

            ratchet_start();
            if (!ratchet_cut(cut, seed, 8)) {
                break;
            }
            power_back(seed);
            ratchet_check(seed);
            assert_false(ratchet_cut(0, 0, 3));
        }
    }
}

static uint64_t cases_wanted(void)
{
    const char *limit = getenv("POWERCUT_CASES");

    return limit != NULL ? strtoull(limit, NULL, 10) : 3000;
}

static uint32_t first_seed(void)
{
    const char *seed = getenv("POWERCUT_SEED");

    return seed != NULL ? (uint32_t)strtoul(seed, NULL, 10) : 29;
}

static void ratchet_repeated_cuts(void **state)
{
    (void)state;
    random_state = first_seed();
    for (uint64_t i = 0; i < cases_wanted(); i++) {
        uint32_t seed = next_random();

        if (i % 40 == 0) {
            ratchet_start();
        }
        if (ratchet_cut(1 + next_random() % 9, seed, 3)) {
            power_back(seed);
        }
        ratchet_check(seed);
    }
}

/*
 * A device's life: boot0 decides and what it starts updates the other slot, in turns one that confirms itself, one that never
 * does, and one that is refused by its successor. An image is a slot full of its number; RAM is lost in each cut.
 */
static struct {
    uint8_t number;            /* of the last image that was written */
    uint32_t starts[256];      /* per image, on trial */
    bool refused[256];         /* acknowledged */
    bool confirming[256];      /* asked for */
    enum port_flash_area slot; /* running */
    uint8_t running;
} life;

static uint8_t image_number(enum port_flash_area slot)
{
    const uint8_t *body = flash_fake_bytes(slot);

    for (uint32_t i = 1; i < BODY_BYTES; i++) {
        if (body[i] != body[0]) {
            return 0xff;
        }
    }
    return body[0];
}

static uint32_t judge(void *context, enum port_flash_area slot)
{
    (void)context;
    return image_number(slot) != 0xff ? BOOT_YES(BOOT_STEP_SIGNATURE) : BOOT_NO(BOOT_STEP_SIGNATURE);
}

/* What each trailer would allow, whether or not the other slot comes first. */
static void roles_check(uint32_t seed)
{
    for (int slot = PORT_FLASH_MICROVISOR_A; slot <= PORT_FLASH_MICROVISOR_B; slot++) {
        struct boot_trailer trailer;
        uint8_t number = image_number((enum port_flash_area)slot);

        (void)boot_trailer_read((enum port_flash_area)slot, &trailer); /* unreadable: no role */
        if (boot_decision_role((enum port_flash_area)slot, &trailer) == BOOT_ROLE_NONE) {
            continue;
        }
        if (number == 0xff) {
            if (!bytes_are(flash_fake_bytes((enum port_flash_area)slot), PORT_FLASH_SECTOR_BYTES, 0xff)) {
                fail_msg("T1 slot %d is not complete (seed %u)", slot, seed);
            }
            continue;
        }
        if (life.refused[number]) {
            fail_msg("T2 image %u was refused (seed %u)", number, seed);
        }
        if (life.starts[number] == BOOT_TRIES_MAX && !life.confirming[number]) {
            fail_msg("T3 image %u has been on trial often enough (seed %u)", number, seed);
        }
    }
}

static void life_boot(uint32_t seed)
{
    roles_check(seed);
    struct boot_decision decision = boot_decision_make(judge, NULL, seed % 4 == 0 ? BOOT_FALLS_MAX : 0);
    if (decision.role == BOOT_ROLE_NONE) {
        fail_msg("E3 nothing to start (seed %u)", seed);
    }
    life.slot = decision.slot;
    life.running = image_number(decision.slot);
    if (decision.role == BOOT_ROLE_TRIAL && ++life.starts[life.running] > BOOT_TRIES_MAX) {
        fail_msg("T3 image %u is on trial for the %u. time (seed %u)", life.running,
                 life.starts[life.running], seed);
    }
}

static void must(int status)
{
    assert_int_equal(status, PORT_OK);
}

/* What the microvisor's update does, in T1's order. */
static void life_update(enum port_flash_area slot)
{
    uint8_t body[256], manifest[SHA256_BYTES] = { ++life.number };

    assert_int_not_equal(life.number, 0xff);
    memset(body, life.number, sizeof(body));
    must(boot_trailer_erase(slot));
    must(port_flash_erase(slot, 0, BODY_BYTES));
    for (uint32_t at = 0; at < BODY_BYTES; at += sizeof(body)) {
        must(port_flash_program(slot, at, body, sizeof(body)));
    }
    must(boot_trailer_identify(slot, boot_trailer_next_sequence(), manifest));
    must(boot_trailer_mark(slot, BOOT_MARK_PENDING));
}

/* The images of each third number behave in their own way. */
static void life_run(void)
{
    enum port_flash_area other =
        life.slot == PORT_FLASH_MICROVISOR_A ? PORT_FLASH_MICROVISOR_B : PORT_FLASH_MICROVISOR_A;
    struct boot_trailer own, others;

    must(boot_trailer_read(life.slot, &own));
    must(boot_trailer_read(other, &others));
    bool trial = own.valid && !own.confirmed;
    if (trial && life.running % 3 == 1) {
        life.confirming[life.running] = true;
        must(boot_trailer_mark(life.slot, BOOT_MARK_CONFIRMED));
    } else if (trial) {
        return; /* hangs */
    }
    if (others.valid && others.pending && !others.confirmed && !others.refused) {
        must(boot_trailer_mark(other, BOOT_MARK_REFUSED));
        life.refused[image_number(other)] = true;
        roles_check(0);
    }
    life_update(other);
}

static bool life_cut(uint64_t cut_at, uint32_t seed, uint32_t boots)
{
    jmp_buf power;

    if (setjmp(power) != 0) {
        return true;
    }
    flash_fake_cut(cut_at, seed, &power);
    for (uint32_t i = 0; i < boots; i++) {
        life_boot(seed);
        life_run();
    }
    flash_fake_cut(0, 0, NULL);
    return false;
}

static void life_start(void)
{
    flash_start();
    memset(&life, 0, sizeof(life));
    memset(flash_fake_bytes(PORT_FLASH_MICROVISOR_A), 0, BODY_BYTES); /* the factory's image */
}

static void trailer_single_cuts(void **state)
{
    (void)state;
    for (uint32_t tearing = 0; tearing < TEARINGS; tearing++) {
        for (uint64_t cut = 1;; cut++) {
            uint32_t seed = (uint32_t)cut * 31 + tearing;

            life_start();
            if (!life_cut(cut, seed, 12)) {
                break;
            }
            power_back(seed);
            assert_false(life_cut(0, 0, ROUNDS));
        }
    }
}

static void trailer_repeated_cuts(void **state)
{
    (void)state;
    random_state = first_seed();
    for (uint64_t i = 0; i < cases_wanted(); i++) {
        uint32_t seed = next_random();

        if (i % 40 == 0) {
            life_start();
        }
        if (life_cut(1 + next_random() % 60, seed, ROUNDS)) {
            power_back(seed);
        }
    }
    printf("# boot: %llu power cuts\n", (unsigned long long)cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratchet_single_cuts),
        cmocka_unit_test(ratchet_repeated_cuts),
        cmocka_unit_test(trailer_single_cuts),
        cmocka_unit_test(trailer_repeated_cuts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
