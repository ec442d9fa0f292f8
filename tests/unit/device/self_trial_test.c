/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisors that are no good, with the whole core, the product's boot decision and a small server: refused before anything is
 * erased, given up on trial, remembered; the security ratchet; lies and failing flash. Good ones: self_update_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/boot/boot_decision.h"
#include "core/boot/boot_ratchet.h"
#include "core/boot/boot_trailer.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/self_device_fake.h"
#include "tests/unit/device/server_fake.h"

static void assert_gives_up(enum kernel_fake_life life)
{
    kernel_fake_make(&self_device_next, SELF_DEVICE_NEXT, 0, life, BOOT_FAKE_IMAGE_BYTES);
    self_device_run_app();
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(self_device_failed, 300000);
    assert_int_equal(boot_fake_number(), BOOT_FAKE_NUMBER);
    assert_int_equal(self_device_status()->error, otr_UpdateError_UPDATE_TRIAL_FAILED);
    assert_memory_equal(self_device_status()->target_sha256.bytes, self_device_next.manifest.sha256,
                        SHA256_BYTES);
    self_device_reach(self_device_app_runs, 60000);
    device_fake_run_ms(1000);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_MICROVISOR,
                                            "microvisor update refused: ERROR 16 it was started and did not "
                                            "check in"),
                     1);
}

static void one_that_does_not_check_in_is_given_up(void **state)
{
    (void)state;
    assert_gives_up(KERNEL_FAKE_MUTE);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_NEXT), 1);
}

static void one_that_crashes_is_given_up(void **state)
{
    (void)state;
    assert_gives_up(KERNEL_FAKE_CRASH);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_NEXT), BOOT_TRIES_MAX);
}

static void what_was_given_up_is_not_tried_again(void **state)
{
    uint64_t bytes;

    (void)state;
    assert_gives_up(KERNEL_FAKE_CRASH);
    bytes = server_fake_blob_bytes();
    server_fake_microvisor(&self_device_next, true);
    device_fake_run_ms(100000);
    assert_true(device_fake_boot()); /* remembered in flash */
    self_device_reach(self_device_failed, 20000);
    device_fake_run_ms(100000);
    assert_int_equal(self_device_status()->error, otr_UpdateError_UPDATE_TRIAL_FAILED);
    assert_int_equal(server_fake_blob_bytes(), bytes);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_NEXT), BOOT_TRIES_MAX);
}

static void after_another_was_wanted_it_is_tried_again(void **state)
{
    (void)state;
    assert_gives_up(KERNEL_FAKE_MUTE);
    self_device_update_to(&self_device_other);
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(self_device_failed, 300000);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_NEXT), 2);
    server_fake_microvisor(NULL, false); /* keep what runs: wanted, too */
    self_device_reach(self_device_idle, 10000);
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(self_device_failed, 300000);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_NEXT), 3);
}

/* S5: to give up in favour of nothing would be the end. */
static void a_trial_goes_on_when_the_other_slot_is_damaged(void **state)
{
    (void)state;
    kernel_fake_make(&self_device_next, SELF_DEVICE_NEXT, 0, KERNEL_FAKE_MUTE, BOOT_FAKE_IMAGE_BYTES);
    server_fake_microvisor(&self_device_next, true);
    device_fake_run_ms(20000);
    assert_int_equal(boot_fake_life(), KERNEL_FAKE_MUTE);
    flash_fake_bytes(PORT_FLASH_MICROVISOR_A)[5000] ^= 1;
    device_fake_run_ms(20 * BOOT_FAKE_TRIAL_MS);
    assert_int_equal(boot_fake_number(), SELF_DEVICE_NEXT);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_NEXT), 1);
    flash_fake_bytes(PORT_FLASH_MICROVISOR_A)[5000] ^= 1;
    self_device_reach(self_device_failed, 5 * BOOT_FAKE_TRIAL_MS);
    assert_int_equal(boot_fake_number(), BOOT_FAKE_NUMBER);
}

/* S2: refused for what its manifest says, so nothing of a slot was touched. */
static void assert_manifest_refused(otr_UpdateError error)
{
    self_device_slot_writes = 0;
    flash_fake_watch(self_device_count_slot_writes);
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(self_device_failed, 20000);
    assert_int_equal(self_device_status()->error, error);
    assert_int_equal(self_device_slot_writes, 0);
    assert_true(device_fake_boot());
    self_device_reach(self_device_failed, 20000);
    assert_int_equal(self_device_status()->error, error);
    assert_int_equal(self_device_slot_writes, 0);
    flash_fake_watch(NULL);
    self_device_new(NULL);
}

/* S6: confirmed, and from then on it crashes at each start. The older one has its turn, and gives it up for good. */
static void one_that_decays_is_set_aside(void **state)
{
    (void)state;
    kernel_fake_make(&self_device_next, SELF_DEVICE_NEXT, 0, KERNEL_FAKE_DECAYS, BOOT_FAKE_IMAGE_BYTES);
    self_device_run_app();
    self_device_update_to(&self_device_next);
    assert_true(device_fake_boot());
    assert_int_equal(boot_fake_number(), BOOT_FAKE_NUMBER);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_NEXT), 1 + BOOT_FALLS_MAX);
    self_device_reach(self_device_failed, 20000);
    assert_int_equal(self_device_status()->error, otr_UpdateError_UPDATE_TRIAL_FAILED);
    assert_memory_equal(self_device_status()->target_sha256.bytes, self_device_next.manifest.sha256,
                        SHA256_BYTES);
    self_device_reach(self_device_app_runs, 60000);
    assert_true(device_fake_boot());
    self_device_reach(self_device_failed, 20000);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_NEXT), 1 + BOOT_FALLS_MAX);
    self_device_update_to(&self_device_other);
}

/* S6: until it has met a server, the older one only has a turn. */
static void without_a_server_nothing_is_refused(void **state)
{
    struct boot_trailer trailer;

    (void)state;
    kernel_fake_make(&self_device_next, SELF_DEVICE_NEXT, 0, KERNEL_FAKE_DECAYS, BOOT_FAKE_IMAGE_BYTES);
    self_device_update_to(&self_device_next);
    server_fake_faults()->mute = true;
    assert_true(device_fake_boot());
    device_fake_run_ms(100000);
    assert_int_equal(boot_fake_number(), BOOT_FAKE_NUMBER);
    assert_int_equal(boot_trailer_read(PORT_FLASH_MICROVISOR_B, &trailer), 0);
    assert_true(trailer.confirmed && !trailer.refused);
}

/* E6, Q1: what is below the ratchet has no turn, whatever the newer one does. */
static void the_ratchet_outweighs_falls(void **state)
{
    uint32_t floor;

    (void)state;
    kernel_fake_make(&self_device_next, SELF_DEVICE_NEXT, 4, KERNEL_FAKE_DECAYS, BOOT_FAKE_IMAGE_BYTES);
    self_device_update_to(&self_device_next);
    assert_int_equal(boot_ratchet_read(&floor), 0);
    assert_int_equal(floor, 4);
    assert_false(device_fake_boot());
    assert_int_equal(boot_fake_starts(BOOT_FAKE_NUMBER), 1); /* the first one of all */
    assert_true(boot_fake_starts(SELF_DEVICE_NEXT) > 2 * BOOT_FALLS_MAX);
}

static void bad_manifests_touch_nothing(void **state)
{
    (void)state;
    kernel_fake_seal_manifest(&self_device_next, KERNEL_FAKE_FOREIGN);
    assert_manifest_refused(otr_UpdateError_UPDATE_SIGNER_UNKNOWN);
    strcpy(self_device_next.body.meta.board, "other");
    kernel_fake_seal_manifest(&self_device_next, KERNEL_FAKE_ROOT);
    assert_manifest_refused(otr_UpdateError_UPDATE_BOARD);
    self_device_next.body.layers[0].encrypted_with_key_id = 5;
    kernel_fake_seal_manifest(&self_device_next, KERNEL_FAKE_ROOT);
    assert_manifest_refused(otr_UpdateError_UPDATE_ENCRYPTED);
    self_device_next.body.layers[0].size = BOOT_FAKE_SLOT_BYTES;
    kernel_fake_seal_manifest(&self_device_next, KERNEL_FAKE_ROOT);
    assert_manifest_refused(otr_UpdateError_UPDATE_IMAGE);
    self_device_next.body.has_meta = false;
    kernel_fake_seal_manifest(&self_device_next, KERNEL_FAKE_ROOT);
    assert_manifest_refused(otr_UpdateError_UPDATE_MANIFEST_FORMAT);
}

static void an_image_that_does_not_agree_is_never_started(void **state)
{
    uint64_t bytes;

    (void)state;
    self_device_next.body.meta.version_number++;
    kernel_fake_seal_manifest(&self_device_next, KERNEL_FAKE_ROOT);
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(self_device_failed, 20000);
    assert_int_equal(self_device_status()->error, otr_UpdateError_UPDATE_IMAGE);
    bytes = server_fake_blob_bytes();
    assert_true(device_fake_boot()); /* found out once: the image is not fetched again */
    self_device_reach(self_device_failed, 20000);
    device_fake_run_ms(60000);
    assert_int_equal(server_fake_blob_bytes(), bytes);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_NEXT), 0);
    server_fake_microvisor(NULL, false);
    self_device_update_to(&self_device_other);
}

static void the_ratchet_is_raised_when_confirmed_and_obeyed(void **state)
{
    uint32_t floor;

    (void)state;
    kernel_fake_make(&self_device_next, SELF_DEVICE_NEXT, 4, KERNEL_FAKE_GOOD, BOOT_FAKE_IMAGE_BYTES);
    self_device_update_to(&self_device_next);
    assert_int_equal(boot_ratchet_read(&floor), 0);
    assert_int_equal(floor, 4);
    device_fake_run_ms(1000);
    assert_int_equal(self_device_status()->ratchet, 4);
    server_fake_microvisor(&self_device_other, true); /* ratchet 0 */
    self_device_reach(self_device_failed, 20000);
    assert_int_equal(self_device_status()->error, otr_UpdateError_UPDATE_RATCHET);
    assert_true(device_fake_boot());
    assert_int_equal(boot_fake_number(), SELF_DEVICE_NEXT);
    kernel_fake_make(&self_device_other, SELF_DEVICE_OTHER, 4, KERNEL_FAKE_GOOD, BOOT_FAKE_IMAGE_BYTES);
    self_device_update_to(&self_device_other);
}

static void a_trial_does_not_raise_the_ratchet(void **state)
{
    uint32_t floor;

    (void)state;
    kernel_fake_make(&self_device_next, SELF_DEVICE_NEXT, 4, KERNEL_FAKE_MUTE, BOOT_FAKE_IMAGE_BYTES);
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(self_device_failed, 300000);
    assert_int_equal(boot_ratchet_read(&floor), 0);
    assert_int_equal(floor, 0);
}

/* The first Welcome raises it to the factory's own. */
static void a_factory_with_a_ratchet(void **state)
{
    uint32_t floor;

    (void)state;
    device_fake_new(true, 1);
    boot_fake_factory(7);
    assert_true(device_fake_boot());
    assert_int_equal(boot_ratchet_read(&floor), 0);
    assert_int_equal(floor, 0);
    self_device_reach(self_device_idle, 20000);
    device_fake_run_ms(1000);
    assert_int_equal(boot_ratchet_read(&floor), 0);
    assert_int_equal(floor, 7);
}

static void flipped_bits_are_fetched_again(void **state)
{
    (void)state;
    server_fake_faults()->flip_blob = 1; /* the manifest */
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(self_device_failed, 10000);
    assert_int_equal(self_device_status()->error, otr_UpdateError_UPDATE_MANIFEST_HASH);
    self_device_update_to(&self_device_next);
    server_fake_faults()->flip_blob = 5; /* the next image */
    server_fake_microvisor(&self_device_other, true);
    self_device_reach(self_device_failed, 10000);
    assert_int_equal(self_device_status()->error, otr_UpdateError_UPDATE_LAYER_HASH);
    self_device_update_to(&self_device_other);
}

static void a_truncated_image_is_not_taken(void **state)
{
    uint32_t whole = self_device_next.image.length;

    (void)state;
    self_device_next.image.length = BLOCK_BYTES;
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(self_device_failed, 10000);
    assert_int_equal(self_device_status()->error, otr_UpdateError_UPDATE_LAYER_HASH);
    self_device_next.image.length = whole;
    self_device_update_to(&self_device_next);
}

static void a_server_without_the_blobs_is_asked_again(void **state)
{
    (void)state;
    server_fake_faults()->refuse_blobs = true;
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(self_device_failed, 10000);
    assert_int_equal(self_device_status()->error, otr_UpdateError_UPDATE_NOT_FOUND);
    server_fake_faults()->refuse_blobs = false;
    self_device_update_to(&self_device_next);
}

static void a_flash_that_fails_once_is_tried_again(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 24; at++) {
        flash_fake_fail(at);
        self_device_update_to(&self_device_next);
        self_device_new(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_that_does_not_check_in_is_given_up, self_device_new),
        cmocka_unit_test_setup(one_that_crashes_is_given_up, self_device_new),
        cmocka_unit_test_setup(what_was_given_up_is_not_tried_again, self_device_new),
        cmocka_unit_test_setup(after_another_was_wanted_it_is_tried_again, self_device_new),
        cmocka_unit_test_setup(a_trial_goes_on_when_the_other_slot_is_damaged, self_device_new),
        cmocka_unit_test_setup(one_that_decays_is_set_aside, self_device_new),
        cmocka_unit_test_setup(without_a_server_nothing_is_refused, self_device_new),
        cmocka_unit_test_setup(the_ratchet_outweighs_falls, self_device_new),
        cmocka_unit_test_setup(bad_manifests_touch_nothing, self_device_new),
        cmocka_unit_test_setup(an_image_that_does_not_agree_is_never_started, self_device_new),
        cmocka_unit_test_setup(the_ratchet_is_raised_when_confirmed_and_obeyed, self_device_new),
        cmocka_unit_test_setup(a_trial_does_not_raise_the_ratchet, self_device_new),
        cmocka_unit_test_setup(a_factory_with_a_ratchet, self_device_new),
        cmocka_unit_test_setup(flipped_bits_are_fetched_again, self_device_new),
        cmocka_unit_test_setup(a_truncated_image_is_not_taken, self_device_new),
        cmocka_unit_test_setup(a_server_without_the_blobs_is_asked_again, self_device_new),
        cmocka_unit_test_setup(a_flash_that_fails_once_is_tried_again, self_device_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
