/* SPDX-License-Identifier: Apache-2.0 */
/* Layers in external flash: what is fetched, erased, staged and left alone; the whole core against a small server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/sys/mv_abi.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/flash_caller_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

#define LAYER_BYTES (6u * BLOCK_BYTES)

static struct bundle_fake v1, v2;
static const struct bundle_fake *expected;
static uint32_t writes[FLASH_FAKE_EXTERNAL_BYTES / BLOCK_BYTES]; /* erases and programs of each block */
static bool written_while_running;

static bool runs_expected(void)
{
    const otr_AppStatus *status = server_fake_status();

    return server_fake_connected() && status->state == otr_AppState_APP_RUNNING &&
           status->phase == otr_UpdatePhase_UPDATE_IDLE && status->manifest_sha256.size == SHA256_BYTES &&
           memcmp(status->manifest_sha256.bytes, expected->manifest.sha256, SHA256_BYTES) == 0;
}

static bool has_failed(void)
{
    return server_fake_status()->phase == otr_UpdatePhase_UPDATE_FAILED;
}

static bool is_running(void)
{
    return port_ns_state() == PORT_NS_RUNNING;
}

static void observe(const struct flash_fake_op *op)
{
    uint32_t from = op->offset - flash_fake_base(op->area);

    if (op->area == PORT_FLASH_EXTERNAL)
        for (uint32_t block = from / BLOCK_BYTES; block * BLOCK_BYTES < from + op->len; block++)
            writes[block]++;
    if (op->area == PORT_FLASH_EXTERNAL && port_ns_state() != PORT_NS_OFF)
        written_while_running = true;
}

/* One block of code that both applications share, and a layer in external flash. */
static void make(struct bundle_fake *bundle, uint32_t n, uint32_t length, uint32_t changed)
{
    bundle_fake_start(bundle, n);
    bundle_fake_layer(bundle, 0, FLASH_FAKE_APP_BYTES, BLOCK_BYTES, 1, 0, true);
    bundle_fake_external_layer(bundle, BLOCK_BYTES, LAYER_BYTES, length, 2, changed);
    bundle_fake_finish(bundle, BUNDLE_FAKE_SIGNER);
}

static void begin(bool staging, uint32_t beside_bytes)
{
    flash_fake_resize(PORT_FLASH_EXTERNAL, FLASH_FAKE_EXTERNAL_BYTES);
    flash_fake_resize(PORT_FLASH_STAGING, FLASH_FAKE_STAGING_BYTES + beside_bytes);
    device_fake_new(staging, 1);
    memset(writes, 0, sizeof(writes));
    written_while_running = false;
    flash_fake_observe(observe);
    make(&v1, 1, 4 * BLOCK_BYTES, 0);
    make(&v2, 2, 4 * BLOCK_BYTES, BLOCK_BYTES + 1);
    device_fake_boot();
}

static int new_device(void **state)
{
    (void)state;
    begin(true, FLASH_FAKE_EXTERNAL_BYTES);
    return 0;
}

static void assert_sound(void)
{
    assert_false(server_fake_broken());
    assert_false(written_while_running);
    if (flash_fake_violation() != NULL)
        fail_msg("flash: %s", flash_fake_violation());
}

/* Bytes that the server had to send. */
static uint64_t install(const struct bundle_fake *bundle)
{
    uint64_t before = server_fake_blob_bytes();

    expected = bundle;
    server_fake_target(bundle);
    if (!device_fake_run(runs_expected, 60000))
        fail_msg("not installed:\n%s", board_fake_console());
    assert_memory_equal(ns_fake_code(), bundle->image, FLASH_FAKE_APP_BYTES);
    assert_true(bundle_fake_external_is(bundle, flash_fake_bytes(PORT_FLASH_EXTERNAL)));
    assert_sound();
    return server_fake_blob_bytes() - before;
}

/* Manifest and lists, which are fetched for every update. */
static uint64_t overhead(const struct bundle_fake *bundle)
{
    return bundle->manifest.length + bundle->blobs[1].length + bundle->blobs[3].length;
}

static void only_changed_blocks_are_fetched_and_written(void **state)
{
    (void)state;
    assert_true(install(&v1) == overhead(&v1) + 5 * BLOCK_BYTES);
    memset(writes, 0, sizeof(writes));
    assert_true(install(&v2) == overhead(&v2) + 2 * BLOCK_BYTES);
    for (uint32_t block = 0; block < FLASH_FAKE_EXTERNAL_BYTES / BLOCK_BYTES; block++)
        assert_int_equal(writes[block] > 0, block == 1 || block == 2);
}

static void what_lies_beside_the_layers_is_left_alone(void **state)
{
    uint8_t *external = flash_fake_bytes(PORT_FLASH_EXTERNAL);

    (void)state;
    memset(external, 0x11, BLOCK_BYTES);
    memset(external + BLOCK_BYTES, 0x22, LAYER_BYTES); /* where the layer goes */
    memset(external + 7 * BLOCK_BYTES, 0x33, BLOCK_BYTES);
    install(&v1);
    for (uint32_t i = 0; i < BLOCK_BYTES; i++) {
        assert_int_equal(external[i], 0x11);
        assert_int_equal(external[5 * BLOCK_BYTES + i], 0xff); /* behind the layer, in its region */
        assert_int_equal(external[7 * BLOCK_BYTES + i], 0x33);
    }
}

static void the_old_application_runs_until_everything_is_staged(void **state)
{
    (void)state;
    install(&v1);
    server_fake_faults()->refuse_blobs = true;
    server_fake_target(&v2);
    assert_true(device_fake_run(has_failed, 20000));
    assert_int_equal(port_ns_state(), PORT_NS_RUNNING);
    assert_true(bundle_fake_external_is(&v1, flash_fake_bytes(PORT_FLASH_EXTERNAL)));
    server_fake_faults()->refuse_blobs = false;
    install(&v2);
}

/* Two blocks wait in the staging area, the others go straight into the flash. */
static void a_small_staging_area_is_used_as_far_as_it_goes(void **state)
{
    (void)state;
    begin(true, 2 * BLOCK_BYTES);
    assert_true(install(&v1) == overhead(&v1) + 5 * BLOCK_BYTES);
    assert_true(install(&v2) == overhead(&v2) + 2 * BLOCK_BYTES);
    begin(true, 0);
    assert_true(install(&v1) == overhead(&v1) + 5 * BLOCK_BYTES);
    assert_true(install(&v2) == overhead(&v2) + 2 * BLOCK_BYTES);
    begin(false, 0);
    assert_true(install(&v1) == overhead(&v1) + 5 * BLOCK_BYTES);
    assert_true(install(&v2) == overhead(&v2) + 2 * BLOCK_BYTES);
}

/* What was staged before the power failed is not fetched again, wherever it waits. */
static void staged_blocks_survive_a_restart(void **state)
{
    (void)state;
    begin(true, 2 * BLOCK_BYTES);
    server_fake_faults()->flip_blob = 5; /* manifest, two lists, code, then the layer's run is spoilt */
    server_fake_target(&v1);
    assert_true(device_fake_run(has_failed, 20000));
    server_fake_faults()->flip_blob = 0;
    device_fake_boot();
    assert_true(install(&v1) <= 4 * BLOCK_BYTES); /* the code waits, manifest and lists are in the journal */
}

static void spoil_staged_block(const struct flash_fake_op *op)
{
    uint8_t *staged = flash_fake_bytes(PORT_FLASH_STAGING) + FLASH_FAKE_STAGING_BYTES + 2 * BLOCK_BYTES;

    if (op->area == PORT_FLASH_EXTERNAL && op->kind == FLASH_FAKE_ERASE && writes[1] == 0)
        staged[17] ^= 1;
    observe(op);
}

static void a_staged_block_that_spoils_is_fetched_while_installing(void **state)
{
    (void)state;
    install(&v1);
    memset(writes, 0, sizeof(writes));
    flash_fake_observe(spoil_staged_block);
    assert_true(install(&v2) == overhead(&v2) + 3 * BLOCK_BYTES);
    assert_true(writes[2] > writes[1]); /* written, found wrong, written again */
}

static void a_layer_can_move_and_vanish(void **state)
{
    (void)state;
    install(&v1);
    bundle_fake_start(&v2, 3);
    bundle_fake_layer(&v2, 0, FLASH_FAKE_APP_BYTES, BLOCK_BYTES, 1, 0, true);
    bundle_fake_external_layer(&v2, 2 * BLOCK_BYTES, LAYER_BYTES, 4 * BLOCK_BYTES, 2, 0);
    bundle_fake_finish(&v2, BUNDLE_FAKE_SIGNER);
    install(&v2);
    bundle_fake_simple(&v1, 4, 2 * BLOCK_BYTES, 0, true);
    memset(writes, 0, sizeof(writes));
    install(&v1);
    for (uint32_t block = 0; block < FLASH_FAKE_EXTERNAL_BYTES / BLOCK_BYTES; block++)
        assert_int_equal(writes[block], 0);
}

static void a_board_without_external_flash_refuses_the_layer(void **state)
{
    (void)state;
    flash_fake_resize(PORT_FLASH_EXTERNAL, 0);
    device_fake_new(true, 1);
    device_fake_boot();
    server_fake_target(&v1);
    assert_true(device_fake_run(has_failed, 20000));
    assert_int_equal(server_fake_status()->error, otr_UpdateError_UPDATE_LAYER_REGION);
    flash_fake_resize(PORT_FLASH_EXTERNAL, FLASH_FAKE_EXTERNAL_BYTES);
}

/* ---- the application's calls ---- */

static uint32_t read_flash(uint32_t address, uint32_t length)
{
    memset(flash_caller_fake_buffer(), 0x77, length + 1);
    return flash_caller_fake(MV_SLOT_FLASH_READ, address, length);
}

/* Layers and what lies beside them, whole blocks, parts of them, and ranges over both. */
static void reads_give_what_is_there(void **state)
{
    static const uint32_t ranges[][2] = {
        { 0, 1 },        { 4095, 1 },   { 4095, 2 },    { 4096, 4096 },        { 5000, 3 },
        { 5000, 10000 }, { 0, 0x6000 }, { 0xfff0, 16 }, { 6 * 4096 + 5, 513 }, { 4096 + 510, 4 },
    };
    const uint8_t *external = flash_fake_bytes(PORT_FLASH_EXTERNAL);

    (void)state;
    memset(flash_fake_bytes(PORT_FLASH_EXTERNAL), 0x3c, BLOCK_BYTES);
    install(&v1);
    for (uint32_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        assert_int_equal(read_flash(ranges[i][0], ranges[i][1]), MV_OKAY);
        assert_memory_equal(flash_caller_fake_buffer(), external + ranges[i][0], ranges[i][1]);
        assert_int_equal(flash_caller_fake_buffer()[ranges[i][1]], 0x77);
    }
    assert_sound();
}

/* No byte of it stays with the application, and it comes back without a restart. */
static void a_damaged_block_is_not_given_out_and_repaired(void **state)
{
    uint8_t *external = flash_fake_bytes(PORT_FLASH_EXTERNAL);
    uint64_t before;
    uint32_t starts;

    (void)state;
    install(&v1);
    starts = ns_fake_starts();
    before = server_fake_blob_bytes();
    external[3 * BLOCK_BYTES + 4000] ^= 0x10;
    assert_int_equal(read_flash(2 * BLOCK_BYTES + 4000, 200), MV_INTERNALERROR);
    for (uint32_t i = 96; i < 200; i++)
        assert_int_equal(flash_caller_fake_buffer()[i], 0);
    written_while_running = false; /* the repair may */
    expected = &v1;
    assert_true(device_fake_run(runs_expected, 20000));
    assert_true(bundle_fake_external_is(&v1, external));
    assert_true(server_fake_blob_bytes() - before == BLOCK_BYTES);
    assert_int_equal(read_flash(2 * BLOCK_BYTES + 4000, 200), MV_OKAY);
    assert_memory_equal(flash_caller_fake_buffer(), v1.external + 2 * BLOCK_BYTES + 4000, 200);
    assert_int_equal(ns_fake_starts(), starts);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_MICROVISOR, "external flash is repaired"), 1);
    written_while_running = false;
    assert_sound();
}

static bool repaired(void)
{
    return bundle_fake_external_is(expected, flash_fake_bytes(PORT_FLASH_EXTERNAL));
}

/* Unreadable, several at once, one that only has to be erased, while the server is away, with the power cut. */
static void every_damage_is_repaired(void **state)
{
    uint8_t *external = flash_fake_bytes(PORT_FLASH_EXTERNAL);
    uint32_t starts;

    (void)state;
    install(&v1);
    server_fake_faults()->unreachable = true;
    server_fake_disconnect();
    flash_fake_poison(PORT_FLASH_EXTERNAL, BLOCK_BYTES + 32);
    external[2 * BLOCK_BYTES] ^= 1;
    external[6 * BLOCK_BYTES - 1] = 0; /* behind the layer, in its region */
    assert_int_equal(read_flash(BLOCK_BYTES, 4), MV_INTERNALERROR);
    assert_int_equal(read_flash(2 * BLOCK_BYTES + 100, 4), MV_INTERNALERROR);
    assert_int_equal(read_flash(5 * BLOCK_BYTES + 100, 4), MV_INTERNALERROR);
    device_fake_run_ms(1000);
    assert_int_equal(port_ns_state(), PORT_NS_RUNNING);
    assert_int_equal(external[6 * BLOCK_BYTES - 1], 0xff);
    device_fake_boot(); /* forgets what it had found */
    assert_true(device_fake_run(is_running, 5000));
    assert_int_equal(read_flash(BLOCK_BYTES, 4), MV_INTERNALERROR);
    assert_int_equal(read_flash(2 * BLOCK_BYTES, 4), MV_INTERNALERROR);
    starts = ns_fake_starts();
    server_fake_faults()->unreachable = false;
    server_fake_faults()->flip_blob = 1; /* the first answer is spoilt: tried again later */
    assert_true(device_fake_run(repaired, 60000));
    assert_int_equal(ns_fake_starts(), starts);
    assert_int_equal(read_flash(BLOCK_BYTES, 3 * BLOCK_BYTES), MV_OKAY);
}

/* The slot is measured at the application's next start, whatever else is being repaired. */
static void a_damaged_slot_comes_before_a_damaged_layer(void **state)
{
    (void)state;
    install(&v1);
    server_fake_faults()->refuse_blobs = true;
    flash_fake_bytes(PORT_FLASH_EXTERNAL)[BLOCK_BYTES] ^= 1;
    assert_int_equal(read_flash(BLOCK_BYTES, 4), MV_INTERNALERROR);
    assert_true(device_fake_run(has_failed, 20000));
    flash_fake_bytes(PORT_FLASH_APP)[7] ^= 1;
    flash_fake_bytes(PORT_FLASH_STAGING)[7] ^= 1;
    server_fake_restart_app();
    device_fake_run_ms(2000);
    assert_int_equal(port_ns_state(), PORT_NS_OFF);
    server_fake_faults()->refuse_blobs = false;
    written_while_running = false;
    expected = &v1;
    assert_true(device_fake_run(runs_expected, 600000));
    assert_true(repaired());
    assert_memory_equal(ns_fake_code(), v1.image, FLASH_FAKE_APP_BYTES);
    assert_sound();
}

static void an_update_ends_a_repair(void **state)
{
    (void)state;
    install(&v1);
    server_fake_faults()->refuse_blobs = true;
    flash_fake_bytes(PORT_FLASH_EXTERNAL)[3 * BLOCK_BYTES] ^= 1;
    assert_int_equal(read_flash(3 * BLOCK_BYTES, 4), MV_INTERNALERROR);
    server_fake_faults()->refuse_blobs = false;
    written_while_running = false;
    install(&v2);
    assert_int_equal(read_flash(BLOCK_BYTES, 4 * BLOCK_BYTES), MV_OKAY);
}

static void put(uint32_t length, uint8_t value)
{
    memset(flash_caller_fake_buffer(), value, length);
}

static void beside_the_layers_the_application_may_write(void **state)
{
    uint8_t *external = flash_fake_bytes(PORT_FLASH_EXTERNAL);

    (void)state;
    memset(external + 8 * BLOCK_BYTES, 0xff, 2 * BLOCK_BYTES);
    install(&v1);
    put(600, 0x5f);
    assert_int_equal(flash_caller_fake(MV_SLOT_FLASH_WRITE, 9 * BLOCK_BYTES - 301, 600), MV_OKAY);
    put(2, 0xf5);
    assert_int_equal(flash_caller_fake(MV_SLOT_FLASH_WRITE, 9 * BLOCK_BYTES - 1, 2),
                     MV_OKAY); /* clears bits only */
    assert_int_equal(external[9 * BLOCK_BYTES - 302], 0xff);
    assert_int_equal(external[9 * BLOCK_BYTES - 301], 0x5f);
    assert_int_equal(external[9 * BLOCK_BYTES - 1], 0x55);
    assert_int_equal(external[9 * BLOCK_BYTES], 0x55);
    assert_int_equal(external[9 * BLOCK_BYTES + 298], 0x5f);
    assert_int_equal(external[9 * BLOCK_BYTES + 299], 0xff);
    assert_int_equal(flash_caller_fake(MV_SLOT_FLASH_ERASE, 8 * BLOCK_BYTES, 2 * BLOCK_BYTES), MV_OKAY);
    assert_int_equal(external[9 * BLOCK_BYTES], 0xff);
    written_while_running = false;
    assert_sound();
}

static void layers_are_read_only(void **state)
{
    (void)state;
    install(&v1); /* blocks 1 to 6 */
    assert_int_equal(flash_caller_fake(MV_SLOT_FLASH_ERASE, BLOCK_BYTES, BLOCK_BYTES), MV_ADDRESSOUTOFRANGE);
    assert_int_equal(flash_caller_fake(MV_SLOT_FLASH_ERASE, 0, 2 * BLOCK_BYTES), MV_ADDRESSOUTOFRANGE);
    assert_int_equal(flash_caller_fake(MV_SLOT_FLASH_ERASE, 6 * BLOCK_BYTES, BLOCK_BYTES),
                     MV_ADDRESSOUTOFRANGE);
    assert_int_equal(flash_caller_fake(MV_SLOT_FLASH_WRITE, BLOCK_BYTES - 1, 2), MV_ADDRESSOUTOFRANGE);
    assert_int_equal(flash_caller_fake(MV_SLOT_FLASH_WRITE, 7 * BLOCK_BYTES - 1, 1), MV_ADDRESSOUTOFRANGE);
    assert_int_equal(flash_caller_fake(MV_SLOT_FLASH_ERASE, 7 * BLOCK_BYTES, BLOCK_BYTES), MV_OKAY);
    written_while_running = false;
    assert_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_changed_blocks_are_fetched_and_written, new_device),
        cmocka_unit_test_setup(what_lies_beside_the_layers_is_left_alone, new_device),
        cmocka_unit_test_setup(the_old_application_runs_until_everything_is_staged, new_device),
        cmocka_unit_test_setup(a_small_staging_area_is_used_as_far_as_it_goes, new_device),
        cmocka_unit_test_setup(staged_blocks_survive_a_restart, new_device),
        cmocka_unit_test_setup(a_staged_block_that_spoils_is_fetched_while_installing, new_device),
        cmocka_unit_test_setup(a_layer_can_move_and_vanish, new_device),
        cmocka_unit_test_setup(reads_give_what_is_there, new_device),
        cmocka_unit_test_setup(a_damaged_block_is_not_given_out_and_repaired, new_device),
        cmocka_unit_test_setup(every_damage_is_repaired, new_device),
        cmocka_unit_test_setup(a_damaged_slot_comes_before_a_damaged_layer, new_device),
        cmocka_unit_test_setup(an_update_ends_a_repair, new_device),
        cmocka_unit_test_setup(beside_the_layers_the_application_may_write, new_device),
        cmocka_unit_test_setup(layers_are_read_only, new_device),
        cmocka_unit_test_setup(a_board_without_external_flash_refuses_the_layer, new_device),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
