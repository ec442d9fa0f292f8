/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updates of the microvisor by the whole core, with the product's boot decision, and the power cut at each flash operation, once or
 * many times, under an application that runs. (Pairs of cuts of smaller devices: tests/campaigns.)
 *
 * Checked in every case:
 *  of tests/unit/device/boot_fake.h: what is started, written, confirmed, and the ratchet;
 *  X-2 the device ends up connected, running what is wanted if it is good, else what ran before; and it says so;
 *  X-5 the flash is used by its rules (flash_fake.h);
 *  J2 (self_record.h) what was fetched before a cut was fetched rightly;
 *  X-6 the identity and the session survive;
 *  X-9 the application runs in the end and is the same.
 * POWERCUT_CASES (default 300) bounds the number of random repeated cuts; single cuts are exhaustive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/boot/boot_trailer.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

#define NUMBER    20000u
#define LIMIT_MS  7200000u
#define TEARINGS  3u
#define CUTS_MAX  8u
#define CUT_RANGE 70u /* operations of one update */
#define HASH_FAILED                                                                                          \
    "microvisor update failed, will be tried again: ERROR 6 layer does not have the signed hash"

/* What kind of microvisor is offered. */
struct kind {
    const char *name;
    enum kernel_fake_life life;
    uint32_t ratchet;
};

static const struct kind kinds[] = {
    { "good", KERNEL_FAKE_GOOD, 0 },
    { "good with a ratchet", KERNEL_FAKE_GOOD, 3 },
    { "does not check in", KERNEL_FAKE_MUTE, 3 },
    { "crashes", KERNEL_FAKE_CRASH, 3 },
};

static struct kernel_fake next;
static struct bundle_fake app;
static const struct kernel_fake *allowed[3];
static uint64_t cases;

static bool app_runs(void)
{
    return server_fake_connected() && server_fake_status()->state == otr_AppState_APP_RUNNING &&
           memcmp(server_fake_status()->manifest_sha256.bytes, app.manifest.sha256, SHA256_BYTES) == 0 &&
           memcmp(ns_fake_code(), app.image, FLASH_FAKE_APP_BYTES) == 0;
}

static bool next_runs(void)
{
    const otr_MicrovisorStatus *status = server_fake_microvisor_status();

    return boot_fake_number() == NUMBER && status->confirmed && status->ratchet == next.header.ratchet &&
           status->phase == otr_UpdatePhase_UPDATE_IDLE &&
           memcmp(status->manifest_sha256.bytes, next.manifest.sha256, SHA256_BYTES) == 0;
}

static bool next_is_given_up(void)
{
    const otr_MicrovisorStatus *status = server_fake_microvisor_status();

    return boot_fake_number() == BOOT_FAKE_NUMBER && status->confirmed && status->ratchet == 0 &&
           status->phase == otr_UpdatePhase_UPDATE_FAILED &&
           status->error == otr_UpdateError_UPDATE_TRIAL_FAILED &&
           memcmp(status->target_sha256.bytes, next.manifest.sha256, SHA256_BYTES) == 0;
}

/* A good one that lost the power in each of its trials has been given up, too. */
static bool is_over(void)
{
    if (!app_runs())
        return false;
    if (kernel_fake_life_of(next.image.bytes + BOOT_IMAGE_HEADER_BYTES) == KERNEL_FAKE_GOOD &&
        boot_fake_starts(NUMBER) < BOOT_TRIES_MAX)
        return next_runs();
    return next_runs() || next_is_given_up();
}

static void check(const struct kind *kind, bool finished, uint64_t cut, uint32_t seed)
{
    const char *broken = boot_fake_broken();

    if (broken == NULL)
        broken = flash_fake_violation();
    if (broken == NULL && server_fake_broken())
        broken = "X-6 the device broke the protocol";
    if (broken == NULL && server_fake_count_logs(otr_LogKind_LOG_MICROVISOR, HASH_FAILED) > 0)
        broken = "J2 a block that has its mark is not what was fetched";
    if (broken == NULL && !finished)
        broken = "X-2 the device does not end up where it should";
    if (broken != NULL) {
        printf("%s\n", board_fake_console());
        fail_msg("%s: %s (cut at operation %llu, seed %u)", kind->name, broken, (unsigned long long)cut,
                 seed);
    }
}

/* A device of the factory that runs an application and is offered another microvisor. */
static void prepare(const struct kind *kind)
{
    device_fake_new(true, 1);
    allowed[0] = &next;
    allowed[1] = boot_fake_factory_kernel();
    boot_fake_watch(allowed);
    flash_fake_watch(boot_fake_on_write);
    kernel_fake_make(&next, NUMBER, kind->ratchet, kind->life, BOOT_FAKE_IMAGE_BYTES);
    bundle_fake_simple(&app, 1, 3 * BLOCK_BYTES, 0, true);
    server_fake_target(&app);
    assert_true(device_fake_boot());
    assert_true(device_fake_run(app_runs, LIMIT_MS));
    server_fake_microvisor(&next, true);
}

/* Runs until the cut comes or all is over; true if it was cut. */
static bool run_cut(const struct kind *kind, uint64_t cut, uint32_t seed, bool boot)
{
    jmp_buf power;

    if (setjmp(power) != 0)
        return true;
    flash_fake_cut(cut, seed, &power);
    check(kind, (!boot || device_fake_boot()) && device_fake_run(is_over, LIMIT_MS), cut, seed);
    flash_fake_cut(0, 0, NULL);
    return false;
}

static void finish(const struct kind *kind, uint64_t cut, uint32_t seed)
{
    check(kind, device_fake_boot() && device_fake_run(is_over, LIMIT_MS), cut, seed);
}

static void cut_each_operation(const struct kind *kind)
{
    for (uint32_t tearing = 0; tearing < TEARINGS; tearing++) {
        for (uint64_t cut = 1;; cut++) {
            uint32_t seed = (uint32_t)cut * 31 + tearing;

            prepare(kind);
            if (!run_cut(kind, cut, seed, false))
                break;
            cases++;
            finish(kind, cut, seed);
        }
    }
}

static void single_cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        cut_each_operation(&kinds[i]);
    assert_true(cases > 400);
}

/* Cut, boot, cut again, up to eight times, at random moments: also in trials, and while boot0 counts them. */
static void repeated_cuts(void **state)
{
    const char *limit = getenv("POWERCUT_CASES"), *seed = getenv("POWERCUT_SEED");
    uint64_t count = limit != NULL ? strtoull(limit, NULL, 10) : 300;
    uint32_t random = seed != NULL ? (uint32_t)strtoul(seed, NULL, 10) : 99;

    (void)state;
    for (uint64_t i = 0; i < count; i++) {
        const struct kind *kind = &kinds[i % (sizeof(kinds) / sizeof(kinds[0]))];
        bool boot = false;

        prepare(kind);
        for (uint32_t again = 0; again < CUTS_MAX; again++) {
            random = random * 1664525u + 1013904223u;
            if (!run_cut(kind, 1 + (random >> 8) % CUT_RANGE, random, boot))
                break;
            boot = true;
            cases++;
        }
        finish(kind, i, random);
    }
    printf("# self_update: %llu power cuts\n", (unsigned long long)cases);
}

static int slots(void **state)
{
    (void)state;
    boot_fake_slots(BOOT_FAKE_SLOT_BYTES);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_cuts),
        cmocka_unit_test(repeated_cuts),
    };

    return cmocka_run_group_tests(tests, slots, NULL);
}
