/* SPDX-License-Identifier: Apache-2.0 */
/* Key updates with the whole core against a small server: what is taken, what is refused, what happens to applications and to the
 * connection. Numbers T1 to T6 are those of core/keys/keyring.h, N1 to N6 those of proto/keys/keys.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/core_limits.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"
#include "tests/unit/device/stream_fake.h"

#define FIRST  BUNDLE_FAKE_SIGNER /* what the factory gave */
#define SECOND 20u
#define THIRD  21u

static struct bundle_fake v1, v2;
static const struct bundle_fake *expected;
static struct keys_fake chain[4];
static uint32_t awaited_sequence, hellos_before;
static otr_UpdateError awaited_error;

static void make_bundle(struct bundle_fake *bundle, uint32_t n, uint32_t changed, uint32_t signer)
{
    bundle_fake_start(bundle, n);
    bundle_fake_layer(bundle, 0, FLASH_FAKE_APP_BYTES, 5 * BLOCK_BYTES + 100, 1, changed, true);
    bundle_fake_finish(bundle, signer);
}

static int set_up(bool staging)
{
    device_fake_new(staging, 1);
    make_bundle(&v1, 1, 0, FIRST);
    make_bundle(&v2, 2, BLOCK_BYTES + 10, SECOND);
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

/* Since hellos_before was taken. */
static bool is_connected(void)
{
    return server_fake_connected() && server_fake_hellos() > hellos_before;
}

static bool runs_expected(void)
{
    const otr_AppStatus *status = server_fake_status();

    return server_fake_connected() && status->state == otr_AppState_APP_RUNNING &&
           status->manifest_sha256.size == SHA256_BYTES &&
           memcmp(status->manifest_sha256.bytes, expected->manifest.sha256, SHA256_BYTES) == 0 &&
           status->phase == otr_UpdatePhase_UPDATE_IDLE;
}

static bool has_applied(void)
{
    return server_fake_connected() && server_fake_keys_status()->sequence == awaited_sequence;
}

static bool has_refused(void)
{
    return server_fake_keys_status()->error == awaited_error;
}

static bool app_failed(void)
{
    return server_fake_status()->phase == otr_UpdatePhase_UPDATE_FAILED;
}

static void run(const struct bundle_fake *bundle)
{
    expected = bundle;
    server_fake_target(bundle);
    assert_true(device_fake_run(runs_expected, 60000));
    assert_memory_equal(ns_fake_code(), bundle->image, FLASH_FAKE_APP_BYTES);
}

static void connect(void)
{
    hellos_before = server_fake_hellos();
    device_fake_boot();
    assert_true(device_fake_run(is_connected, 5000));
}

static void reconnect(void)
{
    hellos_before = server_fake_hellos();
    server_fake_disconnect();
    assert_true(device_fake_run(is_connected, 60000));
}

static void announce(uint32_t count)
{
    server_fake_keys(chain, count);
}

static void await_applied(uint32_t sequence)
{
    awaited_sequence = sequence;
    assert_true(device_fake_run(has_applied, 60000));
    assert_int_equal(server_fake_keys_status()->error, otr_UpdateError_UPDATE_OK);
    assert_false(server_fake_broken());
}

static void assert_signers(uint32_t a, uint32_t b)
{
    const otr_KeysStatus *status = server_fake_keys_status();

    assert_int_equal(status->signers_count, b != 0 ? 2 : 1);
    assert_true(status->signers[0] == keys_fake_signer_id(a));
    if (b != 0)
        assert_true(status->signers[1] == keys_fake_signer_id(b));
}

static void assert_sound(void)
{
    assert_false(server_fake_broken());
    if (flash_fake_violation() != NULL)
        fail_msg("flash: %s", flash_fake_violation());
}

/* 1: SECOND joins; 2: FIRST leaves, by SECOND's word; 3: THIRD joins. */
static void make_chain(void)
{
    keys_fake_begin(1);
    keys_fake_add(SECOND);
    keys_fake_sign(FIRST, &chain[0]);
    keys_fake_begin(2);
    keys_fake_delete(FIRST);
    keys_fake_sign(SECOND, &chain[1]);
    keys_fake_begin(3);
    keys_fake_add(THIRD);
    keys_fake_sign(SECOND, &chain[2]);
}

static void a_chain_is_taken_in_order_and_kept(void **state)
{
    (void)state;
    make_chain();
    connect();
    assert_int_equal(server_fake_hello()->keys.sequence, 0);
    assert_true(server_fake_hello()->has_keys);
    assert_signers(FIRST, 0);
    assert_true(server_fake_keys_status()->server_cas[0] == keys_fake_ca_id(0));
    assert_true(server_fake_keys_status()->server_ca_in_use == keys_fake_ca_id(0));
    announce(3);
    await_applied(3);
    assert_signers(SECOND, THIRD);
    assert_int_equal(server_fake_keys_requests(), 3);
    assert_int_equal(server_fake_hellos(), 1);
    connect();
    assert_int_equal(server_fake_hello()->keys.sequence, 3);
    assert_signers(SECOND, THIRD);
    device_fake_run_ms(1000);
    assert_int_equal(server_fake_keys_requests(), 3); /* it lacks nothing */
    assert_sound();
}

/* N6: not while it runs, not after a restart, not when its flash is damaged. */
static void what_is_installed_outlives_its_signer(void **state)
{
    (void)state;
    make_chain();
    connect();
    run(&v1);
    announce(2);
    await_applied(2);
    assert_int_equal(ns_fake_starts(), 1);
    connect();
    assert_true(device_fake_run(runs_expected, 20000));
    assert_int_equal(ns_fake_starts(), 2);
    flash_fake_bytes(PORT_FLASH_APP)[3 * BLOCK_BYTES + 5] ^= 0x10;
    memset(flash_fake_bytes(PORT_FLASH_STAGING), 0xff, FLASH_FAKE_STAGING_BYTES);
    connect();
    run(&v1);
    assert_sound();
}

static void a_deleted_signer_signs_nothing_new(void **state)
{
    (void)state;
    make_chain();
    connect();
    announce(2);
    await_applied(2);
    server_fake_target(&v1);
    assert_true(device_fake_run(app_failed, 20000));
    assert_int_equal(server_fake_status()->error, otr_UpdateError_UPDATE_SIGNER_UNKNOWN);
    run(&v2); /* SECOND's */
    connect();
    assert_true(device_fake_run(runs_expected, 20000));
    assert_sound();
}

/* What the deleted signer has installed may stay, but not come back once something else was installed. */
static void an_application_of_a_deleted_signer_does_not_come_back(void **state)
{
    (void)state;
    make_chain();
    connect();
    run(&v1);
    announce(2);
    await_applied(2);
    run(&v2);
    server_fake_target(&v1);
    assert_true(device_fake_run(app_failed, 20000));
    assert_int_equal(server_fake_status()->error, otr_UpdateError_UPDATE_SIGNER_UNKNOWN);
    assert_int_equal(server_fake_status()->state, otr_AppState_APP_RUNNING);
    assert_sound();
}

static uint32_t count_errors(void)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < server_fake_log_count(); i++)
        count += strncmp(server_fake_log(i)->text, "ERROR", 5) == 0;
    return count;
}

/* Desired brings a new key and an application that it has signed: no refusal in between. */
static void keys_come_before_the_application(void **state)
{
    (void)state;
    make_chain();
    announce(1);
    server_fake_target(&v2);
    expected = &v2;
    device_fake_boot();
    assert_true(device_fake_run(runs_expected, 60000));
    assert_int_equal(count_errors(), 0);
    assert_sound();
}

/* The other way round: it was refused, and what changes that comes later. */
static void a_refused_application_is_taken_when_its_signer_joins(void **state)
{
    (void)state;
    make_chain();
    connect();
    server_fake_target(&v2);
    assert_true(device_fake_run(app_failed, 20000));
    announce(1);
    expected = &v2;
    assert_true(device_fake_run(runs_expected, 60000));
    assert_sound();
}

static bool is_staging(void)
{
    return server_fake_status()->phase == otr_UpdatePhase_UPDATE_STAGING;
}

/* v1 is on its way when its signer leaves. */
static void a_staged_update_of_a_deleted_signer_is_dropped(void **state)
{
    (void)state;
    make_chain();
    connect();
    announce(1);
    await_applied(1);
    run(&v2);
    server_fake_faults()->hold_layers = true;
    server_fake_target(&v1);
    assert_true(device_fake_run(is_staging, 20000));
    announce(2);
    await_applied(2);
    server_fake_faults()->hold_layers = false;
    assert_true(device_fake_run(app_failed, 20000));
    assert_int_equal(server_fake_status()->error, otr_UpdateError_UPDATE_SIGNER_UNKNOWN);
    assert_int_equal(server_fake_status()->state, otr_AppState_APP_RUNNING);
    device_fake_boot(); /* nor is it resumed from flash */
    assert_true(device_fake_run(app_failed, 20000));
    assert_memory_equal(flash_fake_bytes(PORT_FLASH_APP), v2.image, FLASH_FAKE_APP_BYTES);
    assert_sound();
}

static bool is_installing(void)
{
    return server_fake_status()->phase == otr_UpdatePhase_UPDATE_INSTALLING;
}

/* Without staging the slot is written as blocks come: a signer that leaves in the middle must not leave the device without
 * application; also when the power fails then. */
static void an_installation_that_has_begun_is_finished(void **state)
{
    (void)state;
    make_chain();
    connect();
    server_fake_faults()->hold_layers = true;
    expected = &v1;
    server_fake_target(&v1);
    assert_true(device_fake_run(is_installing, 20000));
    announce(2);
    await_applied(2);
    server_fake_faults()->hold_layers = false;
    device_fake_boot();
    assert_true(device_fake_run(runs_expected, 20000));
    assert_memory_equal(ns_fake_code(), v1.image, FLASH_FAKE_APP_BYTES);
    assert_sound();
}

/* ---- refusals ------------------------------------------------------------------------------------ */

static void await_refused(otr_UpdateError error, uint32_t sequence)
{
    awaited_error = error;
    if (!device_fake_run(has_refused, 10000))
        fail_msg("error %d was not reported, but %d", (int)error, (int)server_fake_keys_status()->error);
    assert_int_equal(server_fake_keys_status()->sequence, sequence);
}

static void refuse(otr_UpdateError error)
{
    announce(1);
    reconnect(); /* a message that was refused is asked for again in the next session */
    await_refused(error, 0);
    assert_signers(FIRST, 0);
}

static void wrong_messages_change_nothing(void **state)
{
    (void)state;
    connect();
    keys_fake_begin(1);
    keys_fake_add(SECOND);
    keys_fake_sign(SECOND, &chain[0]); /* T1: by itself */
    refuse(otr_UpdateError_UPDATE_SIGNER_UNKNOWN);
    keys_fake_sign(FIRST, &chain[0]);
    chain[0].bytes[chain[0].length - 1] ^= 1; /* T1: not by FIRST */
    refuse(otr_UpdateError_UPDATE_SIGNATURE);
    chain[0].length = 3;
    refuse(otr_UpdateError_UPDATE_MANIFEST_FORMAT);
    keys_fake_begin(2); /* N1 */
    keys_fake_add(SECOND);
    keys_fake_sign(FIRST, &chain[0]);
    refuse(otr_UpdateError_UPDATE_KEYS_SEQUENCE);
    keys_fake_begin(1); /* N3 */
    keys_fake_delete(FIRST);
    keys_fake_sign(FIRST, &chain[0]);
    refuse(otr_UpdateError_UPDATE_KEYS_SET);
    keys_fake_begin(1); /* T4 */
    keys_fake_add_ca(1, 2);
    keys_fake_sign(FIRST, &chain[0]);
    refuse(otr_UpdateError_UPDATE_SERVER_CA);
    assert_sound();
}

/* A manifest is no NewKeys message: the signature is over another text. */
static void a_manifest_is_no_message(void **state)
{
    (void)state;
    connect();
    make_bundle(&v1, 1, 0, FIRST);
    chain[0].length = v1.manifest.length;
    memcpy(chain[0].bytes, v1.manifest.bytes, v1.manifest.length);
    refuse(otr_UpdateError_UPDATE_SIGNATURE);
}

/* N1: what was applied once is not applied again. N2: nor is what is for others. */
static void old_and_foreign_messages_are_refused(void **state)
{
    (void)state;
    make_chain();
    connect();
    announce(1);
    await_applied(1);
    chain[1] = chain[0];
    announce(2);
    await_refused(otr_UpdateError_UPDATE_KEYS_SEQUENCE, 1);
    keys_fake_begin(2);
    keys_fake_account("AC00000000000000000000000000000002");
    keys_fake_delete(FIRST);
    keys_fake_sign(SECOND, &chain[1]);
    connect();
    await_refused(otr_UpdateError_UPDATE_KEYS_ACCOUNT, 1);
    make_chain();
    connect();
    await_applied(2);
    assert_signers(SECOND, 0);
}

/* A refused message keeps no update away. */
static void an_application_is_installed_although_a_message_was_refused(void **state)
{
    (void)state;
    keys_fake_begin(1);
    keys_fake_sign(SECOND, &chain[0]);
    announce(1);
    connect();
    run(&v1);
    assert_int_equal(server_fake_keys_status()->error, otr_UpdateError_UPDATE_SIGNER_UNKNOWN);
    assert_int_equal(server_fake_keys_requests(), 1); /* and is not asked for over and over */
}

/* The server has announced more than it has. */
static void a_missing_message_keeps_no_update_away(void **state)
{
    (void)state;
    connect();
    chain[0].length = 0;
    announce(1);
    run(&v1);
    assert_int_equal(server_fake_keys_requests(), 1);
}

/* T2 */
static void flash_that_fails_leaves_the_old_ring(void **state)
{
    (void)state;
    make_chain();
    connect();
    device_fake_run_ms(1000);
    flash_fake_fail(1);
    announce(1);
    await_refused(otr_UpdateError_UPDATE_FLASH, 0);
    assert_signers(FIRST, 0);
    server_fake_disconnect();
    await_applied(1);
    assert_signers(FIRST, SECOND);
}

/* ---- server CAs ---------------------------------------------------------------------------------- */

static void expect_names(uint8_t a, int b)
{
    char text[64];
    int n = snprintf(text, sizeof(text), "ca/%016llx ", (unsigned long long)keys_fake_ca_id(a));

    if (b >= 0)
        snprintf(text + n, sizeof(text) - (size_t)n, "ca/%016llx ",
                 (unsigned long long)keys_fake_ca_id((uint8_t)b));
    assert_string_equal(stream_fake.names, text);
}

/* CA 1 joins; the server shows it when it is named; CA 0 leaves. */
static void the_fleet_moves_to_another_server_ca(void **state)
{
    (void)state;
    stream_fake.server_ca = 0;
    connect();
    expect_names(0, -1);
    keys_fake_begin(1);
    keys_fake_add_ca(1, 0);
    keys_fake_sign(FIRST, &chain[0]);
    announce(1);
    hellos_before = server_fake_hellos();
    assert_true(device_fake_run(is_connected, 60000)); /* anew, to use it */
    assert_int_equal(server_fake_hello()->keys.sequence, 1);
    expect_names(0, 1);
    assert_int_equal(server_fake_keys_status()->server_cas_count, 2);
    keys_fake_begin(2);
    keys_fake_delete_ca(0);
    keys_fake_sign(FIRST, &chain[1]);
    announce(2); /* T5: too early */
    await_refused(otr_UpdateError_UPDATE_SERVER_CA, 1);
    assert_int_equal(server_fake_keys_status()->server_cas_count, 2);
    stream_fake.server_ca = 1;
    reconnect();
    hellos_before = server_fake_hellos();
    assert_true(device_fake_run(is_connected, 60000)); /* anew, without it */
    assert_int_equal(server_fake_hello()->keys.sequence, 2);
    expect_names(1, -1);
    assert_int_equal(server_fake_keys_status()->server_cas_count, 1);
    assert_true(server_fake_keys_status()->server_ca_in_use == keys_fake_ca_id(1));
    connect();
    expect_names(1, -1);
    stream_fake.server_ca = 0; /* the old one is not believed any more */
    hellos_before = server_fake_hellos();
    device_fake_boot();
    assert_false(device_fake_run(is_connected, 60000));
    assert_sound();
}

/* Until the old one was dropped, the device gets in with either. */
static void both_server_cas_are_good_during_the_change(void **state)
{
    (void)state;
    connect();
    keys_fake_begin(1);
    keys_fake_add_ca(1, 0);
    keys_fake_sign(FIRST, &chain[0]);
    announce(1);
    await_applied(1);
    for (int n = 0; n < 4; n++) {
        stream_fake.server_ca = n % 2;
        connect();
        assert_true(server_fake_hello()->keys.server_ca_in_use == keys_fake_ca_id((uint8_t)(n % 2)));
    }
    assert_sound();
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, with_staging)
    const struct CMUnitTest tests[] = {
        T(a_chain_is_taken_in_order_and_kept),
        T(what_is_installed_outlives_its_signer),
        T(a_deleted_signer_signs_nothing_new),
        T(an_application_of_a_deleted_signer_does_not_come_back),
        T(keys_come_before_the_application),
        T(a_refused_application_is_taken_when_its_signer_joins),
        T(a_staged_update_of_a_deleted_signer_is_dropped),
        cmocka_unit_test_setup(an_installation_that_has_begun_is_finished, without_staging),
        T(wrong_messages_change_nothing),
        T(a_manifest_is_no_message),
        T(old_and_foreign_messages_are_refused),
        T(an_application_is_installed_although_a_message_was_refused),
        T(a_missing_message_keeps_no_update_away),
        T(flash_that_fails_leaves_the_old_ring),
        T(the_fleet_moves_to_another_server_ca),
        T(both_server_cas_are_good_during_the_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
