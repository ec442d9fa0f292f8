/* SPDX-License-Identifier: Apache-2.0 */
/* The trailer of a microvisor slot: its life, damaged parts, failing flash (T1, T2 and T4 of core/boot/boot_trailer.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/boot/boot_trailer.h"
#include "port/port_status.h"
#include "tests/unit/device/flash_fake.h"

#define SLOT       PORT_FLASH_MICROVISOR_B
#define SLOT_BYTES (4u * PORT_FLASH_SECTOR_BYTES)
#define TRAILER    (SLOT_BYTES - PORT_FLASH_SECTOR_BYTES)
#define COPY       (PORT_FLASH_SECTOR_BYTES / 2u)

/* Offsets of the format. */
#define AT_PENDING   64u
#define AT_CONFIRMED 80u
#define AT_TRIES     112u

static const uint8_t manifest[SHA256_BYTES] = { 1, 2, 3, 0xff, 0, 0x80 };

static int setup(void **state)
{
    (void)state;
    flash_fake_resize(PORT_FLASH_MICROVISOR_A, SLOT_BYTES);
    flash_fake_resize(PORT_FLASH_MICROVISOR_B, SLOT_BYTES);
    flash_fake_reset(false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_null(flash_fake_violation());
    return 0;
}

static struct boot_trailer read_slot(enum port_flash_area slot)
{
    struct boot_trailer trailer;

    assert_int_equal(boot_trailer_read(slot, &trailer), PORT_OK);
    return trailer;
}

static void make_pending(enum port_flash_area slot, uint32_t sequence)
{
    assert_int_equal(boot_trailer_erase(slot), PORT_OK);
    assert_int_equal(boot_trailer_identify(slot, sequence, manifest), PORT_OK);
    assert_int_equal(boot_trailer_mark(slot, BOOT_MARK_PENDING), PORT_OK);
}

static void a_factory_trailer_is_blank_and_an_emptied_one_is_not(void **state)
{
    (void)state;
    assert_true(read_slot(SLOT).blank);
    assert_false(read_slot(SLOT).valid);
    assert_int_equal(boot_trailer_erase(SLOT), PORT_OK);
    assert_false(read_slot(SLOT).blank);
    assert_false(read_slot(SLOT).valid);
    assert_true(read_slot(PORT_FLASH_MICROVISOR_A).blank);
}

static void a_trailer_lives_its_life(void **state)
{
    (void)state;
    make_pending(SLOT, 7);
    struct boot_trailer trailer = read_slot(SLOT);
    assert_true(trailer.valid && trailer.pending && !trailer.confirmed && !trailer.refused && !trailer.blank);
    assert_int_equal(trailer.sequence, 7);
    assert_int_equal(trailer.tries, 0);
    assert_memory_equal(trailer.manifest_sha256, manifest, SHA256_BYTES);
    for (uint32_t tries = 1; tries <= BOOT_TRIES_MAX; tries++) {
        assert_int_equal(boot_trailer_count_try(SLOT), PORT_OK);
        assert_int_equal(read_slot(SLOT).tries, tries);
    }
    assert_int_equal(boot_trailer_count_try(SLOT), PORT_EIO);
    assert_int_equal(boot_trailer_mark(SLOT, BOOT_MARK_CONFIRMED), PORT_OK);
    assert_int_equal(boot_trailer_mark(SLOT, BOOT_MARK_CONFIRMED), PORT_OK);
    assert_true(read_slot(SLOT).confirmed);
    assert_int_equal(boot_trailer_mark(SLOT, BOOT_MARK_REFUSED), PORT_OK);
    trailer = read_slot(SLOT);
    assert_true(trailer.refused && trailer.confirmed && trailer.pending); /* T2 */
    assert_int_equal(boot_trailer_erase(SLOT), PORT_OK);
    assert_false(read_slot(SLOT).refused);
}

/* Every unit of a trailer in turn can no longer be read, or holds something else: nothing is lost. */
static void one_bad_unit_costs_nothing(void **state)
{
    (void)state;
    for (uint32_t copy = 0; copy < 2; copy++) {
        for (uint32_t at = 0; at < AT_TRIES + BOOT_TRIES_MAX * PORT_FLASH_UNIT_BYTES; at += 16) {
            for (int poisoned = 0; poisoned < 2; poisoned++) {
                setup(NULL);
                make_pending(SLOT, 9);
                assert_int_equal(boot_trailer_count_try(SLOT), PORT_OK);
                assert_int_equal(boot_trailer_mark(SLOT, BOOT_MARK_CONFIRMED), PORT_OK);
                if (poisoned) {
                    flash_fake_poison(SLOT, TRAILER + copy * COPY + at);
                } else {
                    memset(flash_fake_bytes(SLOT) + TRAILER + copy * COPY + at, 0x51, 16);
                }
                struct boot_trailer trailer = read_slot(SLOT);
                assert_true(trailer.valid && trailer.pending && trailer.confirmed && !trailer.refused);
                assert_int_equal(trailer.sequence, 9);
                assert_int_equal(trailer.tries, 1);
            }
        }
    }
}

static void a_torn_mark_is_not_set_and_can_be_set_again(void **state)
{
    (void)state;
    make_pending(SLOT, 1);
    memset(flash_fake_bytes(SLOT) + TRAILER + AT_CONFIRMED, 0x10, 16);
    assert_false(read_slot(SLOT).confirmed);
    assert_int_equal(boot_trailer_mark(SLOT, BOOT_MARK_CONFIRMED), PORT_OK);
    flash_fake_poison(SLOT, TRAILER + COPY + AT_CONFIRMED);
    assert_true(read_slot(SLOT).confirmed);
    flash_fake_poison(SLOT, TRAILER + AT_TRIES);
    flash_fake_poison(SLOT, TRAILER + COPY + AT_TRIES);
    assert_int_equal(read_slot(SLOT).tries, 0);
    assert_int_equal(boot_trailer_count_try(SLOT), PORT_OK);
    assert_int_equal(read_slot(SLOT).tries, 1);
}

static void a_lost_mark_below_the_last_try_does_not_give_it_back(void **state)
{
    (void)state;
    make_pending(SLOT, 1);
    assert_int_equal(boot_trailer_count_try(SLOT), PORT_OK);
    assert_int_equal(boot_trailer_count_try(SLOT), PORT_OK);
    flash_fake_poison(SLOT, TRAILER + AT_TRIES);
    flash_fake_poison(SLOT, TRAILER + COPY + AT_TRIES);
    assert_int_equal(read_slot(SLOT).tries, 2);
}

static void an_identity_that_is_not_intact_is_none(void **state)
{
    (void)state;
    make_pending(SLOT, 1);
    flash_fake_bytes(SLOT)[TRAILER + 5] ^= 0x20;
    flash_fake_bytes(SLOT)[TRAILER + COPY + 39] ^= 1;
    struct boot_trailer trailer = read_slot(SLOT);
    assert_false(trailer.valid || trailer.pending || trailer.blank);
    flash_fake_poison(SLOT, TRAILER);
    flash_fake_poison(SLOT, TRAILER + COPY + 32);
    assert_int_equal(boot_trailer_read(SLOT, &trailer), PORT_EIO);
    assert_false(trailer.valid || trailer.blank);
    assert_int_not_equal(boot_trailer_count_try(SLOT), PORT_OK);
}

/* Each flash operation of a life fails in turn: what was not said to be done may be missing, what was is there. */
static void failing_operations_are_reported(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1; fail_at <= 9; fail_at++) {
        setup(NULL);
        flash_fake_fail(fail_at);
        int erased = boot_trailer_erase(SLOT);
        int identified = boot_trailer_identify(SLOT, 3, manifest);
        int marked = boot_trailer_mark(SLOT, BOOT_MARK_PENDING);
        int counted = boot_trailer_count_try(SLOT);
        struct boot_trailer trailer = read_slot(SLOT);
        assert_true(erased == PORT_OK || fail_at == 1);
        assert_int_equal(identified, PORT_OK); /* one copy of two is enough */
        assert_int_equal(marked, PORT_OK);
        assert_int_equal(counted, PORT_OK);
        assert_true(trailer.valid && trailer.pending && trailer.tries == 1);
    }
}

static uint32_t erases_of_image;

static void count_erases(const struct flash_fake_op *op)
{
    erases_of_image += op->kind == FLASH_FAKE_ERASE && op->offset == flash_fake_base(SLOT);
}

/* T1: what was confirmed keeps its image until the next one is written, what was not loses its beginning. */
static void only_an_unconfirmed_image_is_destroyed(void **state)
{
    (void)state;
    flash_fake_observe(count_erases);
    for (uint32_t i = 0; i < 4; i++) {
        bool confirmed = i % 2 != 0, refused = i / 2 != 0;

        make_pending(SLOT, 1);
        if (confirmed) {
            assert_int_equal(boot_trailer_mark(SLOT, BOOT_MARK_CONFIRMED), PORT_OK);
        }
        if (refused) {
            assert_int_equal(boot_trailer_mark(SLOT, BOOT_MARK_REFUSED), PORT_OK);
        }
        erases_of_image = 0;
        assert_int_equal(boot_trailer_erase(SLOT), PORT_OK);
        assert_int_equal(erases_of_image, confirmed && !refused ? 0 : 1);
    }
}

static uint32_t erases_of_trailer;

static void count_trailer_erases(const struct flash_fake_op *op)
{
    erases_of_trailer += op->kind == FLASH_FAKE_ERASE && op->offset == flash_fake_base(SLOT) + TRAILER;
}

/* An erase that was cut may leave EMPTIED as it was and the rest blank, in cells that will not keep what is programmed next. */
static void an_erase_that_only_looks_done_is_done_again(void **state)
{
    (void)state;
    assert_int_equal(boot_trailer_erase(SLOT), PORT_OK);
    flash_fake_observe(count_trailer_erases);
    erases_of_trailer = 0;
    assert_int_equal(boot_trailer_erase(SLOT), PORT_OK);
    assert_int_equal(erases_of_trailer, 1);
    flash_fake_observe(NULL);
}

static void a_torn_identity_is_made_up_for(void **state)
{
    (void)state;
    assert_int_equal(boot_trailer_erase(SLOT), PORT_OK);
    memset(flash_fake_bytes(SLOT) + TRAILER, 0x33, 16);
    assert_int_equal(boot_trailer_identify(SLOT, 4, manifest), PORT_OK);
    assert_int_equal(read_slot(SLOT).sequence, 4);
    flash_fake_poison(SLOT, TRAILER + COPY);
    assert_int_equal(boot_trailer_identify(SLOT, 4, manifest), PORT_EIO);
    assert_int_equal(boot_trailer_erase(SLOT), PORT_OK);
    assert_int_equal(boot_trailer_identify(SLOT, 4, manifest), PORT_OK);
}

static void fail_each(enum port_flash_area area)
{
    (void)area;
    flash_fake_fail(1);
}

static void a_mark_that_does_not_stick_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(boot_trailer_erase(SLOT), PORT_OK);
    flash_fake_watch(fail_each);
    assert_int_equal(boot_trailer_identify(SLOT, 1, manifest), PORT_EIO);
    flash_fake_watch(NULL);
    make_pending(SLOT, 1);
    flash_fake_watch(fail_each);
    assert_int_equal(boot_trailer_mark(SLOT, BOOT_MARK_CONFIRMED), PORT_EIO);
    assert_int_equal(boot_trailer_count_try(SLOT), PORT_EIO);
    assert_int_equal(boot_trailer_erase(SLOT), PORT_EIO);
    flash_fake_watch(NULL);
    assert_false(read_slot(SLOT).confirmed);
    assert_int_equal(read_slot(SLOT).tries, 0);
}

static void what_is_no_slot_is_refused(void **state)
{
    struct boot_trailer trailer;

    (void)state;
    flash_fake_resize(SLOT, 0);
    assert_int_equal(boot_trailer_read(SLOT, &trailer), PORT_EINVAL);
    assert_int_equal(boot_trailer_erase(SLOT), PORT_EINVAL);
    assert_int_equal(boot_trailer_identify(SLOT, 1, manifest), PORT_EINVAL);
    assert_int_equal(boot_trailer_mark(SLOT, BOOT_MARK_REFUSED), PORT_EINVAL);
    assert_int_equal(boot_trailer_count_try(SLOT), PORT_EINVAL);
    assert_int_equal(boot_trailer_mark(PORT_FLASH_KV, BOOT_MARK_REFUSED), PORT_EINVAL);
    assert_int_equal(boot_trailer_mark(PORT_FLASH_MICROVISOR_A, (enum boot_mark)3), PORT_EINVAL);
}

static void sequences_rise_over_both_slots(void **state)
{
    (void)state;
    assert_int_equal(boot_trailer_next_sequence(), 1);
    make_pending(PORT_FLASH_MICROVISOR_B, 1);
    assert_int_equal(boot_trailer_next_sequence(), 2);
    make_pending(PORT_FLASH_MICROVISOR_A, 2);
    assert_int_equal(boot_trailer_next_sequence(), 3);
    assert_int_equal(boot_trailer_erase(PORT_FLASH_MICROVISOR_B), PORT_OK);
    assert_int_equal(boot_trailer_next_sequence(), 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_factory_trailer_is_blank_and_an_emptied_one_is_not),
        TEST(a_trailer_lives_its_life),
        TEST(one_bad_unit_costs_nothing),
        TEST(a_torn_mark_is_not_set_and_can_be_set_again),
        TEST(a_lost_mark_below_the_last_try_does_not_give_it_back),
        TEST(an_identity_that_is_not_intact_is_none),
        TEST(failing_operations_are_reported),
        TEST(only_an_unconfirmed_image_is_destroyed),
        TEST(an_erase_that_only_looks_done_is_done_again),
        TEST(a_torn_identity_is_made_up_for),
        TEST(a_mark_that_does_not_stick_is_an_error),
        TEST(what_is_no_slot_is_refused),
        TEST(sequences_rise_over_both_slots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
