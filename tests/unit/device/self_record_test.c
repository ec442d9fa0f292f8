/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a microvisor update: what it keeps, what invalidates it, what a cut makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/self/self_record.h"
#include "port/port_status.h"
#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/flash_fake.h"

#define HEADER_BYTES 40u /* magic, hash and CRC */

static uint8_t sha256[SHA256_BYTES], other[SHA256_BYTES];
static struct self_record record;

static int fresh(void **state)
{
    (void)state;
    memset(sha256, 0x42, SHA256_BYTES);
    memset(other, 0x43, SHA256_BYTES);
    boot_fake_slots(BOOT_FAKE_SLOT_BYTES);
    flash_fake_reset(false);
    return 0;
}

static void a_record_comes_back(void **state)
{
    (void)state;
    self_record_read(&record);
    assert_false(record.valid);
    assert_int_equal(self_record_begin(sha256), 0);
    self_record_read(&record);
    assert_true(self_record_is_of(&record, sha256));
    assert_false(self_record_is_of(&record, other));
    assert_false(record.started);
    assert_int_equal(record.refused, otr_UpdateError_UPDATE_OK);
    assert_int_equal(self_record_discard(), 0);
    self_record_read(&record);
    assert_false(record.valid);
    assert_false(self_record_is_of(&record, sha256));
    assert_null(flash_fake_violation());
}

static void marks_are_kept_one_by_one(void **state)
{
    uint32_t blocks = MICROVISOR_SLOT_BYTES / BLOCK_BYTES;

    (void)state;
    assert_int_equal(self_record_begin(sha256), 0);
    assert_int_equal(self_record_mark_block(0), 0);
    assert_int_equal(self_record_mark_block(blocks - 1), 0);
    assert_true(self_record_block_done(0));
    assert_false(self_record_block_done(1));
    assert_true(self_record_block_done(blocks - 1));
    assert_int_equal(self_record_mark_block(0), 0); /* again is allowed */
    self_record_read(&record);
    assert_false(record.started || record.emptied);
    assert_int_equal(self_record_mark_started(), 0);
    self_record_read(&record);
    assert_true(record.started && !record.emptied);
    assert_int_equal(self_record_mark_emptied(), 0);
    self_record_read(&record);
    assert_true(record.started && record.emptied);
    assert_int_equal(record.refused, otr_UpdateError_UPDATE_OK);
    assert_null(flash_fake_violation());
}

/* J1 */
static void a_new_record_forgets_the_old_one(void **state)
{
    (void)state;
    for (int error = 1; error <= _otr_UpdateError_MAX; error++) {
        assert_int_equal(self_record_begin(sha256), 0);
        assert_int_equal(self_record_mark_block(3), 0);
        assert_int_equal(self_record_refuse((otr_UpdateError)error), 0);
        self_record_read(&record);
        assert_int_equal(record.refused, error);
        assert_int_equal(self_record_begin(other), 0);
        self_record_read(&record);
        assert_true(self_record_is_of(&record, other));
        assert_int_equal(record.refused, otr_UpdateError_UPDATE_OK);
        assert_false(self_record_block_done(3));
    }
    assert_null(flash_fake_violation());
}

static void each_flipped_bit_of_a_header_invalidates_it(void **state)
{
    (void)state;
    assert_int_equal(self_record_begin(sha256), 0);
    for (uint32_t bit = 0; bit < 8 * HEADER_BYTES; bit++) {
        flash_fake_bytes(PORT_FLASH_SELF)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        self_record_read(&record);
        assert_false(record.valid);
        flash_fake_bytes(PORT_FLASH_SELF)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    self_record_read(&record);
    assert_true(record.valid);
}

static void what_cannot_be_read_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(self_record_begin(sha256), 0);
    assert_int_equal(self_record_mark_block(1), 0);
    flash_fake_poison(PORT_FLASH_SELF, 2048 + 16);
    assert_false(self_record_block_done(1));
    flash_fake_poison(PORT_FLASH_SELF, 0);
    self_record_read(&record);
    assert_false(record.valid);
}

static bool begin_is_cut(uint64_t cut_at, uint32_t seed)
{
    jmp_buf power;

    if (setjmp(power) != 0)
        return true;
    flash_fake_cut(cut_at, seed, &power);
    (void)self_record_begin(other);
    return false;
}

/* After a cut there is the old record, the new one or none; never a mixture. */
static void a_cut_leaves_no_mixture(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 200; seed++) {
        fresh(NULL);
        assert_int_equal(self_record_begin(sha256), 0);
        assert_int_equal(self_record_refuse(otr_UpdateError_UPDATE_BOARD), 0);
        assert_true(begin_is_cut(1 + seed % 2, seed));
        flash_fake_restart();
        self_record_read(&record);
        if (self_record_is_of(&record, other))
            assert_int_equal(record.refused, otr_UpdateError_UPDATE_OK);
        else if (record.valid)
            assert_true(self_record_is_of(&record, sha256));
        assert_int_equal(self_record_begin(other), 0);
        self_record_read(&record);
        assert_true(self_record_is_of(&record, other));
        assert_null(flash_fake_violation());
    }
}

static void a_flash_that_fails_is_reported(void **state)
{
    (void)state;
    for (uint64_t at = 1; at <= 2; at++) {
        flash_fake_fail(at);
        assert_int_equal(self_record_begin(sha256), PORT_EIO);
    }
    assert_int_equal(self_record_begin(sha256), 0);
    flash_fake_fail(1);
    assert_int_equal(self_record_mark_block(1), PORT_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_record_comes_back, fresh),
        cmocka_unit_test_setup(marks_are_kept_one_by_one, fresh),
        cmocka_unit_test_setup(a_new_record_forgets_the_old_one, fresh),
        cmocka_unit_test_setup(each_flipped_bit_of_a_header_invalidates_it, fresh),
        cmocka_unit_test_setup(what_cannot_be_read_is_not_there, fresh),
        cmocka_unit_test_setup(a_cut_leaves_no_mixture, fresh),
        cmocka_unit_test_setup(a_flash_that_fails_is_reported, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
