/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted layers with the whole core against a small server: keys come, are used, and go; nothing of them is left in flash but in the
 * key/value store. Numbers L1 to L3 are those of core/keys/decrypters.h, E6 that of core/ota/ota.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/keys/decrypters.h"
#include "core/kv/kv.h"
#include "core/sys/mv_abi.h"
#include "port/port_status.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/flash_caller_fake.h"
#include "tests/unit/device/flash_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

#define KEY   1u /* of the fleet */
#define OTHER 2u

static struct bundle_fake v1, v2;
static const struct bundle_fake *expected;
static struct keys_fake chain[4];
static uint32_t chain_length, awaited;

static void make_bundle(struct bundle_fake *bundle, uint32_t n, uint32_t changed, uint32_t decrypter)
{
    bundle_fake_start(bundle, n);
    bundle_fake_layer(bundle, 0, FLASH_FAKE_APP_BYTES, 5 * BLOCK_BYTES + 100, 1, changed, true);
    bundle_fake_external_layer(bundle, BLOCK_BYTES, 4 * BLOCK_BYTES, 2 * BLOCK_BYTES + 7, 9, 0);
    bundle_fake_encrypt(bundle, decrypter);
    bundle_fake_finish(bundle, BUNDLE_FAKE_SIGNER);
}

static int set_up(bool staging)
{
    device_fake_new(staging, 1);
    make_bundle(&v1, 1, 0, KEY);
    make_bundle(&v2, 2, 10, KEY);
    chain_length = 0;
    return 0;
}

static int with_staging(void **state)
{
    (void)state;
    return set_up(true);
}

static int without_staging(void **state)
{
    (void)state;
    return set_up(false);
}

/* ---- steps --------------------------------------------------------------------------------------- */

static bool runs_expected(void)
{
    const otr_AppStatus *status = server_fake_status();

    return server_fake_connected() && status->state == otr_AppState_APP_RUNNING &&
           status->phase == otr_UpdatePhase_UPDATE_IDLE &&
           memcmp(status->manifest_sha256.bytes, expected->manifest.sha256, SHA256_BYTES) == 0;
}

static bool has_failed(void)
{
    return server_fake_status()->phase == otr_UpdatePhase_UPDATE_FAILED &&
           server_fake_status()->error == (otr_UpdateError)awaited;
}

static bool has_applied(void)
{
    return server_fake_connected() && server_fake_keys_status()->sequence == awaited;
}

static void run(const struct bundle_fake *bundle)
{
    expected = bundle;
    server_fake_target(bundle);
    assert_true(device_fake_run(runs_expected, 60000));
    assert_memory_equal(ns_fake_code(), bundle->image, FLASH_FAKE_APP_BYTES);
    assert_true(bundle_fake_external_is(bundle, flash_fake_bytes(PORT_FLASH_EXTERNAL)));
}

static void fails(const struct bundle_fake *bundle, otr_UpdateError error)
{
    server_fake_target(bundle);
    awaited = error;
    assert_true(device_fake_run(has_failed, 60000));
}

/* Signs the message that was begun, and waits until it is applied. */
static void deliver(void)
{
    keys_fake_sign(BUNDLE_FAKE_SIGNER, &chain[chain_length++]);
    server_fake_keys(chain, chain_length);
    awaited = chain_length;
    assert_true(device_fake_run(has_applied, 60000));
    assert_int_equal(server_fake_keys_status()->error, otr_UpdateError_UPDATE_OK);
}

static void begin(void)
{
    keys_fake_begin(chain_length + 1);
}

static void assert_decrypters(uint32_t count, uint64_t first)
{
    const otr_KeysStatus *status = server_fake_keys_status();

    assert_int_equal(status->layer_decrypters_count, count);
    if (count > 0)
        assert_true(status->layer_decrypters[0] == first);
}

static void give_key(void)
{
    begin();
    keys_fake_add_decrypter_for_device(KEY);
    deliver();
    assert_decrypters(1, keys_fake_decrypter_id(KEY));
}

static bool flash_has(enum port_flash_area area, const uint8_t *bytes, uint32_t length)
{
    const uint8_t *flash = flash_fake_bytes(area);

    for (uint32_t i = 0; i + length <= port_flash_bytes(area); i++)
        if (flash[i] == bytes[0] && memcmp(flash + i, bytes, length) == 0)
            return true;
    return false;
}

/* L1: outside the store there is no part of eight bytes of a private or content key. */
static void assert_no_keys_in_flash(void)
{
    uint8_t private_key[32], point[P256_POINT_BYTES], content[2][CONTENT_KEY_BYTES];

    crypto_fake_decrypter(KEY, private_key, point);
    bundle_fake_content_key(&v1, content[0]);
    bundle_fake_content_key(&v2, content[1]);
    for (unsigned area = 0; area < PORT_FLASH_AREA_COUNT; area++) {
        for (uint32_t i = 0; i < 32 && area != PORT_FLASH_KV; i += 8)
            assert_false(flash_has(area, private_key + i, 8));
        for (uint32_t i = 0; i < 32; i += 8)
            assert_false(flash_has(area, content[i / 16] + i % 16, 8));
    }
}

/* ---- tests --------------------------------------------------------------------------------------- */

static void encrypted_application_runs(void **state)
{
    uint8_t private_key[32], point[P256_POINT_BYTES];

    (void)state;
    device_fake_boot();
    give_key();
    run(&v1);
    assert_no_keys_in_flash();
    run(&v2);
    assert_no_keys_in_flash();
    crypto_fake_decrypter(KEY, private_key, point);
    assert_true(flash_has(PORT_FLASH_KV, private_key, 32)); /* the search finds what is there */
    device_fake_boot();
    expected = &v2;
    assert_true(device_fake_run(runs_expected, 60000));
}

/* Each bundle has a content key of its own, so all of the cipher text differs; what is fetched is what differs in the plain text. */
static void only_changed_blocks_are_fetched(void **state)
{
    uint64_t before;

    (void)state;
    device_fake_boot();
    give_key();
    run(&v1);
    before = server_fake_blob_bytes();
    run(&v2);
    assert_in_range(server_fake_blob_bytes() - before, BLOCK_BYTES,
                    2 * BLOCK_BYTES - 1); /* and manifest and lists */
}

static void without_the_key_nothing_is_begun(void **state)
{
    (void)state;
    device_fake_boot();
    fails(&v1, otr_UpdateError_UPDATE_DECRYPTER_UNKNOWN);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_OTA,
                                            "ERROR 35 layers are encrypted to a decrypter that "
                                            "this device does not have"),
                     1);
    give_key(); /* and it goes on by itself */
    expected = &v1;
    assert_true(device_fake_run(runs_expected, 60000));
}

/* What runs goes on without the key, and is not lost for an update that cannot be opened. */
static void deleted_keys_open_nothing(void **state)
{
    uint8_t record[DECRYPTER_RECORD_BYTES];

    (void)state;
    device_fake_boot();
    give_key();
    run(&v1);
    begin();
    keys_fake_delete_decrypter(KEY);
    deliver();
    assert_decrypters(0, 0);
    for (int key = KV_LAYER_KEY_0; key <= KV_LAYER_KEY_3; key++)
        assert_int_equal(kv_get((enum kv_key)key, record, sizeof(record)), PORT_ENOENT);
    fails(&v2, otr_UpdateError_UPDATE_DECRYPTER_UNKNOWN);
    assert_int_equal(server_fake_status()->state, otr_AppState_APP_RUNNING);
    device_fake_boot();
    server_fake_target(&v1);
    expected = &v1;
    assert_true(device_fake_run(runs_expected, 60000));
}

static void content_key_must_open(void **state)
{
    (void)state;
    device_fake_boot();
    give_key();
    v1.body.content_key.ciphertext.bytes[3] ^= 1;
    bundle_fake_finish(&v1, BUNDLE_FAKE_SIGNER);
    fails(&v1, otr_UpdateError_UPDATE_CONTENT_KEY);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_OTA,
                                            "ERROR 36 content key of encrypted layers cannot be opened"),
                     1);
}

static void keys_travel_under_keys(void **state)
{
    uint8_t private_key[32], point[P256_POINT_BYTES];

    (void)state;
    device_fake_boot();
    give_key();
    crypto_fake_decrypter(KEY, private_key, point);
    begin();
    keys_fake_add_decrypter(OTHER, point, keys_fake_decrypter_id(KEY));
    keys_fake_delete_decrypter(KEY);
    deliver();
    assert_decrypters(1, keys_fake_decrypter_id(OTHER));
    fails(&v1, otr_UpdateError_UPDATE_DECRYPTER_UNKNOWN);
    make_bundle(&v2, 2, 10, OTHER);
    run(&v2);
}

/* N7: the message is applied, and counts, but brings this device nothing. */
static void keys_of_others_are_passed_over(void **state)
{
    uint8_t private_key[32], point[P256_POINT_BYTES];

    (void)state;
    device_fake_boot();
    crypto_fake_decrypter(OTHER, private_key, point);
    begin();
    keys_fake_add_decrypter(KEY, point, keys_fake_decrypter_id(OTHER));
    deliver();
    assert_decrypters(0, 0);
    assert_non_null(strstr(board_fake_console(), "not_for_us=1"));
    begin(); /* says that it is for this device, and is not */
    keys_fake_add_decrypter(KEY, point, keys_fake_decrypter_id(OTHER));
    keys_fake_add_decrypter_for_device(OTHER);
    deliver();
    assert_decrypters(1, keys_fake_decrypter_id(OTHER));
    for (uint32_t again = 0; again < 2; again++) { /* the second makes no difference */
        begin();
        keys_fake_add_decrypter_for_device(KEY);
        deliver();
        assert_decrypters(2, keys_fake_decrypter_id(OTHER));
    }
    run(&v1);
}

/* L3 */
static void keys_are_what_they_say(void **state)
{
    (void)state;
    device_fake_boot();
    begin();
    keys_fake_add_decrypter_for_device(OTHER);
    keys_fake_misname_decrypter(keys_fake_decrypter_id(KEY));
    deliver();
    assert_decrypters(0, 0);
    fails(&v1, otr_UpdateError_UPDATE_DECRYPTER_UNKNOWN);
}

/* A read of the application finds a block of external flash damaged: it is fetched and decrypted again, while the application runs. */
static void external_flash_is_repaired(void **state)
{
    uint8_t *external = flash_fake_bytes(PORT_FLASH_EXTERNAL);
    uint64_t before;

    (void)state;
    device_fake_boot();
    give_key();
    run(&v1);
    before = server_fake_blob_bytes();
    external[2 * BLOCK_BYTES + 9] ^= 0x10;
    assert_int_equal(flash_caller_fake(MV_SLOT_FLASH_READ, 2 * BLOCK_BYTES, 100), MV_INTERNALERROR);
    assert_true(device_fake_run(runs_expected, 20000));
    assert_true(bundle_fake_external_is(&v1, external));
    assert_true(server_fake_blob_bytes() - before == BLOCK_BYTES);
    assert_int_equal(flash_caller_fake(MV_SLOT_FLASH_READ, 2 * BLOCK_BYTES, 100), MV_OKAY);
    assert_memory_equal(flash_caller_fake_buffer(), v1.external + 2 * BLOCK_BYTES, 100);
    assert_no_keys_in_flash();
}

/* The slot and what waited for it were damaged while the device was off: what is fetched again is decrypted again. */
static void damaged_blocks_are_repaired(void **state)
{
    (void)state;
    device_fake_boot();
    give_key();
    run(&v1);
    flash_fake_bytes(PORT_FLASH_APP)[3 * BLOCK_BYTES + 5] ^= 4;
    flash_fake_bytes(PORT_FLASH_STAGING)[3 * BLOCK_BYTES + 5] ^= 4;
    device_fake_boot();
    run(&v1);
    assert_no_keys_in_flash();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(encrypted_application_runs, with_staging),
        cmocka_unit_test_setup(encrypted_application_runs, without_staging),
        cmocka_unit_test_setup(only_changed_blocks_are_fetched, with_staging),
        cmocka_unit_test_setup(only_changed_blocks_are_fetched, without_staging),
        cmocka_unit_test_setup(without_the_key_nothing_is_begun, with_staging),
        cmocka_unit_test_setup(deleted_keys_open_nothing, with_staging),
        cmocka_unit_test_setup(content_key_must_open, with_staging),
        cmocka_unit_test_setup(keys_travel_under_keys, with_staging),
        cmocka_unit_test_setup(keys_of_others_are_passed_over, with_staging),
        cmocka_unit_test_setup(keys_are_what_they_say, with_staging),
        cmocka_unit_test_setup(external_flash_is_repaired, with_staging),
        cmocka_unit_test_setup(damaged_blocks_are_repaired, with_staging),
        cmocka_unit_test_setup(damaged_blocks_are_repaired, without_staging),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
