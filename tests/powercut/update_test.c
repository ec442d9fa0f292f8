/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole updates of the whole core (check-in, download, installation, start) with the power cut at each flash operation, once
 * or twice, with and without a staging area, with and without block lists, with layers in external flash of which some blocks
 * stay, some change, and some have no room in the staging area; and with encrypted layers.
 *
 * Checked in every case:
 *  U-1 whenever an application is started, the code window holds exactly one of the signed images, and external flash its
 *      layers;
 *  U-2 with the server in reach the device always ends up running what is wanted;
 *  U-3 neither the slot nor external flash is ever written while an application runs;
 *  U-4 with room to stage everything, after a cut before the installation an application starts without the server;
 *  U-5 the flash is used by its rules: aligned, no bit from 0 to 1, no unit twice (flash_fake.h);
 *  U-6 the identity and the session survive: the device checks in by itself after each cut;
 *  L1 no part of a layer decrypter's private key or of a content key is ever in flash, but for the former in the key/value store.
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

#include "port/port_clock.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

#define DECRYPTER 1u

static struct bundle_fake v1, v2;
static const struct bundle_fake *wanted;
static bool wrong_code, written_while_running;
static uint64_t cases;

/* What a kind of update is like. */
struct kind {
    const char *name;
    bool staging;
    bool with_list;
    bool external;
    uint32_t beside_bytes; /* of the staging area, behind the slot's part: for the blocks of external flash */
    uint32_t tearings;
    bool encrypted;
};

static const struct kind kinds[] = {
    { "staged", true, true, false, 0, 3, false },
    { "in place", false, true, false, 0, 3, false },
    { "staged, no block list", true, false, false, 0, 1, false },
    { "in place, no block list", false, false, false, 0, 1, false },
    { "staged, external flash", true, true, true, FLASH_FAKE_EXTERNAL_BYTES, 2, false },
    { "half staged, external flash", true, true, true, 3 * BLOCK_BYTES, 2, false },
    { "in place, external flash", false, true, true, 0, 2, false },
    { "half staged, encrypted", true, true, true, 3 * BLOCK_BYTES, 1, true },
    { "in place, encrypted", false, true, true, 0, 1, true },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool is_installed(const struct bundle_fake *bundle, const uint8_t *slot)
{
    return memcmp(slot, bundle->image, FLASH_FAKE_APP_BYTES) == 0 &&
           bundle_fake_external_is(bundle, flash_fake_bytes(PORT_FLASH_EXTERNAL));
}

static void on_start(void)
{
    if (!is_installed(&v1, ns_fake_code()) && !is_installed(&v2, ns_fake_code()))
        wrong_code = true;
}

static void on_write(enum port_flash_area area)
{
    if ((area == PORT_FLASH_APP || area == PORT_FLASH_EXTERNAL) && port_ns_state() != PORT_NS_OFF)
        written_while_running = true;
}

static bool runs_wanted(void)
{
    const otr_AppStatus *status = server_fake_status();

    return server_fake_connected() && status->state == otr_AppState_APP_RUNNING &&
           status->phase == otr_UpdatePhase_UPDATE_IDLE &&
           memcmp(status->manifest_sha256.bytes, wanted->manifest.sha256, SHA256_BYTES) == 0 &&
           is_installed(wanted, ns_fake_code());
}

static void check(const char *name, uint64_t cut, uint32_t seed)
{
    const char *broken = NULL;

    if (wrong_code)
        broken = "U-1 wrong code was started";
    else if (written_while_running)
        broken = "U-3 flash was written while an application ran";
    else if (flash_fake_violation() != NULL)
        broken = flash_fake_violation();
    else if (server_fake_broken())
        broken = "U-6 the device broke the protocol";
    if (broken != NULL)
        fail_msg("%s: %s (cut at operation %llu, seed %u)", name, broken, (unsigned long long)cut, seed);
}

static bool flash_has(enum port_flash_area area, const uint8_t *bytes, uint32_t length)
{
    const uint8_t *flash = flash_fake_bytes(area);

    for (uint32_t i = 0; i + length <= port_flash_bytes(area); i++)
        if (flash[i] == bytes[0] && memcmp(flash + i, bytes, length) == 0)
            return true;
    return false;
}

/* L1 */
static bool keys_are_in_flash(void)
{
    uint8_t private_key[32], point[P256_POINT_BYTES], content[2][CONTENT_KEY_BYTES];

    crypto_fake_decrypter(DECRYPTER, private_key, point);
    bundle_fake_content_key(&v1, content[0]);
    bundle_fake_content_key(&v2, content[1]);
    for (unsigned area = 0; area < PORT_FLASH_AREA_COUNT; area++)
        for (uint32_t i = 0; i < 32; i += 8)
            if ((area != PORT_FLASH_KV && flash_has(area, private_key + i, 8)) ||
                flash_has(area, content[i / 16] + i % 16, 8))
                return true;
    return false;
}

static void finish(const struct kind *kind, uint64_t cut, uint32_t seed)
{
    if (!device_fake_run(runs_wanted, 900000)) {
        printf("%s\n", board_fake_console());
        fail_msg("%s: U-2 the update was not finished (cut at operation %llu, seed %u)", kind->name,
                 (unsigned long long)cut, seed);
    }
    check(kind->name, cut, seed);
    if (kind->encrypted && keys_are_in_flash())
        fail_msg("%s: L1 a key is in flash (cut at operation %llu, seed %u)", kind->name,
                 (unsigned long long)cut, seed);
}

static bool has_key(void)
{
    return server_fake_keys_status()->layer_decrypters_count == 1;
}

static void give_key(void)
{
    static struct keys_fake message;

    keys_fake_begin(1);
    keys_fake_add_decrypter_for_device(DECRYPTER);
    keys_fake_sign(BUNDLE_FAKE_SIGNER, &message);
    server_fake_keys(&message, 1);
    assert_true(device_fake_run(has_key, 60000));
}

/* A device that runs v1 and is told to run v2. */
static void prepare(const struct kind *kind)
{
    flash_fake_resize(PORT_FLASH_STAGING, FLASH_FAKE_STAGING_BYTES + kind->beside_bytes);
    device_fake_new(kind->staging, 1);
    ns_fake_on_start(on_start);
    flash_fake_watch(on_write);
    wrong_code = written_while_running = false;
    wanted = &v1;
    device_fake_boot();
    if (kind->encrypted)
        give_key();
    server_fake_target(&v1);
    finish(kind, 0, 0);
    wanted = &v2;
    server_fake_target(&v2);
}

/* Runs until the cut comes or the update is finished; true if it was cut. */
static bool run_cut(const struct kind *kind, uint64_t cut, uint32_t seed, bool boot)
{
    jmp_buf power;

    if (setjmp(power) != 0)
        return true;
    flash_fake_cut(cut, seed, &power);
    if (boot)
        device_fake_boot();
    finish(kind, cut, seed);
    flash_fake_cut(0, 0, NULL);
    return false;
}

/* U-4: was the installation not begun? Then the old application runs, whatever else is out of reach. */
static void check_old_runs(const struct kind *kind, uint64_t cut, uint32_t seed)
{
    bool untouched = is_installed(&v1, flash_fake_bytes(PORT_FLASH_APP));
    uint32_t before = ns_fake_starts();
    bool all_staged = kind->staging && (!kind->external || kind->beside_bytes >= FLASH_FAKE_EXTERNAL_BYTES);

    if (!all_staged || !untouched)
        return;
    server_fake_faults()->unreachable = true;
    device_fake_boot();
    device_fake_run_ms(500);
    if (ns_fake_starts() == before)
        fail_msg("%s: U-4 nothing runs (cut at operation %llu, seed %u)", kind->name, (unsigned long long)cut,
                 seed);
    check(kind->name, cut, seed);
    server_fake_faults()->unreachable = false;
}

/* Two layers: of the first two blocks change and one is new, of the second nothing changes. */
static void make_external(struct bundle_fake *bundle, uint32_t n, uint32_t length, uint32_t changed,
                          uint32_t more, uint32_t more_changed, bool encrypted)
{
    bundle_fake_start(bundle, n);
    bundle_fake_layer(bundle, 0, FLASH_FAKE_APP_BYTES, length, 1, changed, true);
    bundle_fake_external_layer(bundle, 0, 6 * BLOCK_BYTES, more, 2, more_changed);
    bundle_fake_external_layer(bundle, 9 * BLOCK_BYTES, BLOCK_BYTES, 500, 3, 0);
    if (encrypted)
        bundle_fake_encrypt(bundle, DECRYPTER);
    bundle_fake_finish(bundle, BUNDLE_FAKE_SIGNER);
}

static void make_bundles(const struct kind *kind)
{
    if (kind->external) {
        make_external(&v1, 1, 2 * BLOCK_BYTES + 100, 0, 4 * BLOCK_BYTES, 0, kind->encrypted);
        make_external(&v2, 2, 2 * BLOCK_BYTES + 100, 10, 5 * BLOCK_BYTES - 9, BLOCK_BYTES + 1,
                      kind->encrypted);
        return;
    }
    bundle_fake_simple(&v1, 1, 5 * BLOCK_BYTES + 100, 0, kind->with_list);
    bundle_fake_simple(&v2, 2, 7 * BLOCK_BYTES + 900, 2 * BLOCK_BYTES + 10, kind->with_list);
}

static void cut_each_operation(const struct kind *kind)
{
    for (uint32_t tearing = 0; tearing < kind->tearings; tearing++) {
        for (uint64_t cut = 1;; cut++) {
            uint32_t seed = (uint32_t)cut * 31 + tearing;

            prepare(kind);
            if (!run_cut(kind, cut, seed, false))
                break;
            cases++;
            check_old_runs(kind, cut, seed);
            device_fake_boot();
            finish(kind, cut, seed);
        }
    }
}

static void single_cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        make_bundles(&kinds[i]);
        cut_each_operation(&kinds[i]);
    }
}

/* Cut, boot, cut again, up to eight times, at random moments, also while the device resumes. */
static void repeated_cuts(void **state)
{
    const char *limit = getenv("POWERCUT_CASES"), *seed = getenv("POWERCUT_SEED");
    uint64_t count = limit != NULL ? strtoull(limit, NULL, 10) : 300;
    uint32_t random = seed != NULL ? (uint32_t)strtoul(seed, NULL, 10) : 99;

    (void)state;
    for (uint64_t i = 0; i < count; i++) {
        const struct kind *kind = &kinds[i % KINDS];
        bool boot = false;

        make_bundles(kind);
        prepare(kind);
        for (uint32_t again = 0; again < 8; again++) {
            random = random * 1664525u + 1013904223u;
            if (!run_cut(kind, 1 + (random >> 8) % 60, random, boot))
                break;
            boot = true;
            cases++;
        }
        device_fake_boot();
        finish(kind, i, random);
    }
    printf("# update: %llu power cuts\n", (unsigned long long)cases);
}

/* Every cut of a repair: a slot that was damaged while the device was off. */
static void cuts_during_repair(void **state)
{
    const struct kind *kind = &kinds[0];

    (void)state;
    make_bundles(kind);
    for (uint64_t cut = 1;; cut++) {
        prepare(kind);
        assert_true(device_fake_run(runs_wanted, 60000));
        flash_fake_bytes(PORT_FLASH_APP)[BLOCK_BYTES + 1] ^= 1;
        flash_fake_bytes(PORT_FLASH_STAGING)[BLOCK_BYTES + 1] ^= 1;
        if (!run_cut(kind, cut, (uint32_t)cut, true))
            break;
        cases++;
        device_fake_boot();
        finish(kind, cut, (uint32_t)cut);
    }
}

static uint32_t slot_writes;

static void count_slot_writes(enum port_flash_area area)
{
    slot_writes += area == PORT_FLASH_APP;
}

/* R5: after a cut in the middle of an installation, what looks right is still written again: it may look different later. */
static void blocks_in_doubt_are_written_again(void **state)
{
    const struct kind *kind = &kinds[0];
    uint32_t in_doubt = 0;

    (void)state;
    make_bundles(kind);
    for (uint64_t cut = 1;; cut++) {
        prepare(kind);
        if (!run_cut(kind, cut, (uint32_t)cut, false))
            break;
        if (memcmp(flash_fake_bytes(PORT_FLASH_APP), v1.image, FLASH_FAKE_APP_BYTES) == 0 ||
            memcmp(flash_fake_bytes(PORT_FLASH_APP), v2.image, FLASH_FAKE_APP_BYTES) == 0)
            continue; /* not in the middle */
        memcpy(flash_fake_bytes(PORT_FLASH_APP), v2.image, FLASH_FAKE_APP_BYTES);
        memcpy(flash_fake_bytes(PORT_FLASH_STAGING), v2.image, FLASH_FAKE_APP_BYTES);
        slot_writes = 0;
        flash_fake_watch(count_slot_writes);
        device_fake_boot();
        finish(kind, cut, 0);
        in_doubt++;
        if (slot_writes == 0)
            fail_msg("R5: nothing was written again (cut at operation %llu)", (unsigned long long)cut);
    }
    assert_true(in_doubt > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_cuts),
        cmocka_unit_test(cuts_during_repair),
        cmocka_unit_test(blocks_in_doubt_are_written_again),
        cmocka_unit_test(repeated_cuts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
