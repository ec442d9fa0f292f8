/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Installing an image in recovery with the power cut at each flash operation, once or again and again; what the cut leaves is
 * torn, unstable, or can no longer be read.
 *
 * Checked after each cut (numbers as in core/boot):
 *  I2 the slot is started only when it holds exactly the image; the device can always be recovered again; a failing slot A is
 *  made up for by slot B; flash rules: flash_fake_violation().
 * POWERCUT_CASES (default 2,000) bounds the number of random repeated cuts; single cuts are exhaustive.
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
#include "core/boot/boot_install.h"
#include "port/port_status.h"
#include "tests/unit/device/flash_fake.h"

#define TEARINGS   6u
#define BODY_BYTES 4997u /* two sectors and a broken unit with the header */
#define SLOT_BYTES (4u * PORT_FLASH_SECTOR_BYTES)

static struct boot_image_header header;
static uint8_t body[BODY_BYTES];
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

/* Both slots hold what must not be started: A was refused, B has been tried too often. */
static void start(void)
{
    static const uint8_t manifest[SHA256_BYTES] = { 1 };

    flash_fake_resize(PORT_FLASH_MICROVISOR_A, SLOT_BYTES);
    flash_fake_resize(PORT_FLASH_MICROVISOR_B, SLOT_BYTES);
    flash_fake_reset(false);
    for (int slot = PORT_FLASH_MICROVISOR_A; slot <= PORT_FLASH_MICROVISOR_B; slot++) {
        enum port_flash_area area = (enum port_flash_area)slot;

        memset(flash_fake_bytes(area), 0x77, SLOT_BYTES - PORT_FLASH_SECTOR_BYTES);
        assert_int_equal(boot_trailer_identify(area, 5, manifest), PORT_OK);
        assert_int_equal(boot_trailer_mark(area, BOOT_MARK_PENDING), PORT_OK);
    }
    assert_int_equal(boot_trailer_mark(PORT_FLASH_MICROVISOR_A, BOOT_MARK_REFUSED), PORT_OK);
    for (uint32_t i = 0; i < BOOT_TRIES_MAX; i++) {
        assert_int_equal(boot_trailer_count_try(PORT_FLASH_MICROVISOR_B), PORT_OK);
    }
    flash_fake_observe(remember);
}

static bool holds_image(enum port_flash_area slot)
{
    const uint8_t *at = flash_fake_bytes(slot);

    return memcmp(at, &header, sizeof(header)) == 0 && memcmp(at + sizeof(header), body, BODY_BYTES) == 0;
}

static uint32_t judge(void *context, enum port_flash_area slot)
{
    if (bytes_are(flash_fake_bytes(slot), PORT_FLASH_SECTOR_BYTES, 0xff)) {
        return BOOT_NO(BOOT_STEP_SIGNATURE); /* its beginning is erased, as T1 allows */
    }
    if (!holds_image(slot)) {
        fail_msg("I2 slot %d would be started without the image (seed %u)", slot, *(uint32_t *)context);
    }
    return BOOT_YES(BOOT_STEP_SIGNATURE);
}

static struct boot_decision decide(uint32_t seed)
{
    return boot_decision_make(judge, &seed, 0);
}

/* True when the power failed on the way. */
static bool install_cut(uint64_t cut_at, uint32_t seed)
{
    jmp_buf power;

    if (setjmp(power) != 0) {
        if (seed % 3 == 0 && last_op.kind == FLASH_FAKE_PROGRAM) {
            flash_fake_poison(last_op.area, last_op.offset - flash_fake_base(last_op.area));
        }
        flash_fake_restart();
        assert_null(flash_fake_violation());
        cases++;
        return true;
    }
    flash_fake_cut(cut_at, seed, &power);
    assert_int_equal(boot_install(&header, body), PORT_OK);
    flash_fake_cut(0, 0, NULL);
    return false;
}

static void finish(uint32_t seed)
{
    if (decide(seed).role == BOOT_ROLE_NONE) {
        assert_false(install_cut(0, 0));
    }
    struct boot_decision decision = decide(seed);
    assert_int_equal(decision.role, BOOT_ROLE_CONFIRMED);
    assert_int_equal(decision.slot, PORT_FLASH_MICROVISOR_A);
}

static void single_cuts(void **state)
{
    (void)state;
    for (uint32_t tearing = 0; tearing < TEARINGS; tearing++) {
        for (uint64_t cut = 1;; cut++) {
            uint32_t seed = (uint32_t)cut * 31 + tearing;

            start();
            if (!install_cut(cut, seed)) {
                break;
            }
            finish(seed);
        }
    }
}

static void repeated_cuts(void **state)
{
    const char *limit = getenv("POWERCUT_CASES"), *first = getenv("POWERCUT_SEED");
    uint64_t wanted = limit != NULL ? strtoull(limit, NULL, 10) : 2000;

    (void)state;
    random_state = first != NULL ? (uint32_t)strtoul(first, NULL, 10) : 5;
    for (uint64_t i = 0; i < wanted;) {
        uint32_t seed = next_random();

        start();
        while (i++ < wanted && install_cut(1 + next_random() % 400, seed)) {
            (void)decide(seed);
            seed = next_random();
        }
        finish(seed);
    }
    printf("# install: %llu power cuts\n", (unsigned long long)cases);
}

static enum port_flash_area worn;

static void wear(enum port_flash_area area)
{
    if (area == worn) {
        flash_fake_fail(1);
    }
}

static void a_worn_slot_is_made_up_for_by_the_other(void **state)
{
    (void)state;
    for (worn = PORT_FLASH_MICROVISOR_A; worn <= PORT_FLASH_MICROVISOR_B; worn++) {
        start();
        flash_fake_watch(wear);
        assert_int_equal(boot_install(&header, body), PORT_OK);
        flash_fake_watch(NULL);
        assert_int_equal(decide(0).slot,
                         worn == PORT_FLASH_MICROVISOR_A ? PORT_FLASH_MICROVISOR_B : PORT_FLASH_MICROVISOR_A);
    }
    start();
    for (uint64_t fail_at = 1; fail_at < 330; fail_at += 7) { /* one operation on the way */
        start();
        flash_fake_fail(fail_at);
        assert_int_equal(boot_install(&header, body), PORT_OK);
        assert_int_equal(decide(0).role, BOOT_ROLE_CONFIRMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_cuts),
        cmocka_unit_test(repeated_cuts),
        cmocka_unit_test(a_worn_slot_is_made_up_for_by_the_other),
    };

    header = (struct boot_image_header){ .magic = BOOT_IMAGE_MAGIC, .body_bytes = BODY_BYTES };
    for (uint32_t i = 0; i < BODY_BYTES; i++) {
        body[i] = (uint8_t)(i * 7 + i / 251);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
