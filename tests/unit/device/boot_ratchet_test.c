/* SPDX-License-Identifier: Apache-2.0 */
/* The security ratchet: rising, damaged copies, failing and full flash (Q1 to Q3 of core/boot/boot_ratchet.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/boot/boot_ratchet.h"
#include "port/port_status.h"
#include "tests/unit/device/flash_fake.h"

#define SECTORS 4u
#define PLACES  (PORT_FLASH_SECTOR_BYTES / PORT_FLASH_UNIT_BYTES)

static int setup(void **state)
{
    (void)state;
    flash_fake_resize(PORT_FLASH_BOOT, SECTORS * PORT_FLASH_SECTOR_BYTES);
    flash_fake_reset(false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_null(flash_fake_violation());
    return 0;
}

static uint32_t value(void)
{
    uint32_t now = 12345;

    assert_int_equal(boot_ratchet_read(&now), PORT_OK);
    return now;
}

static void assert_unreadable(void)
{
    uint32_t now = 0;

    assert_int_equal(boot_ratchet_read(&now), PORT_EIO);
    assert_int_equal(now, UINT32_MAX); /* not 0: Q3 */
    assert_int_equal(boot_ratchet_raise(1000), PORT_EIO);
}

static void poison(uint32_t sector, uint32_t place)
{
    flash_fake_poison(PORT_FLASH_BOOT, sector * PORT_FLASH_SECTOR_BYTES + place * PORT_FLASH_UNIT_BYTES);
}

static void it_rises_and_never_falls(void **state)
{
    static const uint32_t steps[] = { 1, 1, 3, 2, 0, 70000, 5, UINT32_MAX - 1 };
    uint32_t highest = 0;

    (void)state;
    assert_int_equal(value(), 0);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        uint64_t before = flash_fake_operations();

        assert_int_equal(boot_ratchet_raise(steps[i]), PORT_OK);
        assert_true(steps[i] > highest || flash_fake_operations() == before);
        highest = steps[i] > highest ? steps[i] : highest;
        assert_int_equal(value(), highest);
    }
}

static void one_intact_copy_is_enough(void **state)
{
    (void)state;
    assert_int_equal(boot_ratchet_raise(2), PORT_OK);
    assert_int_equal(boot_ratchet_raise(8), PORT_OK);
    for (uint32_t left = 0; left < SECTORS; left++) {
        struct flash_fake_state *saved = test_malloc(sizeof(*saved));

        flash_fake_state_copy(saved, flash_fake_state());
        for (uint32_t sector = 0; sector < SECTORS; sector++) {
            if (sector != left) {
                poison(sector, 1);
            }
        }
        assert_int_equal(value(), 8);
        assert_int_equal(boot_ratchet_raise(8), PORT_OK); /* made firm again */
        poison(left, 1);
        assert_int_equal(value(), 8);
        flash_fake_state_copy(flash_fake_state(), saved);
        test_free(saved);
    }
}

static void a_record_that_is_lost_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(boot_ratchet_raise(2), PORT_OK);
    assert_int_equal(boot_ratchet_raise(8), PORT_OK);
    for (uint32_t sector = 0; sector < SECTORS; sector++) {
        memset(flash_fake_bytes(PORT_FLASH_BOOT) + sector * PORT_FLASH_SECTOR_BYTES + 16, 0x11, 16);
    }
    assert_unreadable();
    for (uint32_t sector = 0; sector < SECTORS; sector++) {
        poison(sector, 1);
    }
    assert_unreadable();
}

/* A lost record is made up for by a later one: values only rise. */
static void an_older_record_may_be_lost(void **state)
{
    (void)state;
    assert_int_equal(boot_ratchet_raise(2), PORT_OK);
    assert_int_equal(boot_ratchet_raise(8), PORT_OK);
    for (uint32_t sector = 0; sector < SECTORS; sector++) {
        poison(sector, 0);
    }
    assert_int_equal(value(), 8);
}

static void an_interrupted_raise_never_happened(void **state)
{
    (void)state;
    assert_int_equal(boot_ratchet_raise(2), PORT_OK);
    poison(0, 1);
    assert_int_equal(value(), 2);
    assert_int_equal(boot_ratchet_raise(3), PORT_OK);
    assert_int_equal(value(), 3);
    memset(flash_fake_bytes(PORT_FLASH_BOOT) + 3 * 16, 0x77, 16);
    assert_int_equal(value(), 3);
    poison(1, 4); /* not of a cut: sector 0 comes first */
    assert_unreadable();
}

/* Every single bit of a record decides whether it counts. */
static void an_altered_record_is_none(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 128; bit++) {
        setup(NULL);
        assert_int_equal(boot_ratchet_raise(0x00ff55aa), PORT_OK);
        for (uint32_t sector = 0; sector < SECTORS; sector++) {
            flash_fake_bytes(PORT_FLASH_BOOT)[sector * PORT_FLASH_SECTOR_BYTES + bit / 8] ^=
                (uint8_t)(1u << bit % 8);
        }
        assert_unreadable();
    }
}

static void failing_flash_is_reported(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1; fail_at <= SECTORS; fail_at++) {
        setup(NULL);
        assert_int_equal(boot_ratchet_raise(5), PORT_OK);
        flash_fake_fail(fail_at);
        assert_int_equal(boot_ratchet_raise(6), PORT_OK); /* the next place, or fewer copies */
        assert_int_equal(value(), 6);
    }
    flash_fake_resize(PORT_FLASH_BOOT, 0);
    assert_unreadable();
    flash_fake_resize(PORT_FLASH_BOOT, PORT_FLASH_SECTOR_BYTES); /* one copy is none */
    assert_unreadable();
}

static void a_full_area_keeps_its_value(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= PLACES; i++) {
        assert_int_equal(boot_ratchet_raise(i), PORT_OK);
    }
    assert_int_equal(boot_ratchet_raise(PLACES + 1), PORT_ENOSPC);
    assert_int_equal(boot_ratchet_raise(PLACES), PORT_OK);
    assert_int_equal(value(), PLACES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_rises_and_never_falls),
        TEST(one_intact_copy_is_enough),
        TEST(a_record_that_is_lost_is_an_error),
        TEST(an_older_record_may_be_lost),
        TEST(an_interrupted_raise_never_happened),
        TEST(an_altered_record_is_none),
        TEST(failing_flash_is_reported),
        TEST(a_full_area_keeps_its_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
