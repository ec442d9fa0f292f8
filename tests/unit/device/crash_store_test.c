/* SPDX-License-Identifier: Apache-2.0 */
/* The crash store: order, acknowledgement, the ring, wear limits, damaged flash. Invariants as in core/crash/crash_store.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/crash/crash_record.h"
#include "core/crash/crash_store.h"
#include "proto/limits.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/flash_fake.h"

#define SECTORS  8u
#define HOUR_US  3600000000ull
#define INTERVAL (CRASH_INTERVAL_MS * 1000ull)

static otr_CrashReport report, found;
static uint64_t now_us;

static void with_sectors(uint32_t sectors)
{
    flash_fake_resize(PORT_FLASH_CRASH, sectors * PORT_FLASH_SECTOR_BYTES);
    board_fake_reset(1);
    flash_fake_reset(false);
    now_us = 1;
    crash_store_mount(1, now_us);
}

static int new_store(void **state)
{
    (void)state;
    with_sectors(SECTORS);
    return 0;
}

/* Report number n: each of its own kind. */
static const otr_CrashReport *numbered(uint32_t n)
{
    memset(&report, 0, sizeof(report));
    report.report_id = 1000 + n;
    report.boot_id = 5;
    report.has_crash = true;
    report.crash.cause = otr_CrashCause_CRASH_USAGE_FAULT;
    report.crash.pc = 0x200000 + 4 * n;
    report.stack.size = (pb_size_t)(n % 2 == 0 ? CRASH_STACK_MAX_BYTES : 40);
    memset(report.stack.bytes, (int)n, report.stack.size);
    strcpy(report.app_sid, "KA00000000000000000000000000000001");
    return &report;
}

/* Adds with enough time between two. */
static void keep(uint32_t n)
{
    now_us += INTERVAL;
    assert_int_equal(crash_store_add(numbered(n), now_us), CRASH_KEPT);
}

static void restart(void)
{
    flash_fake_restart();
    crash_store_mount(2, now_us);
}

static void assert_oldest(uint32_t n)
{
    memset(&found, 0xee, sizeof(found));
    assert_true(crash_store_oldest(&found));
    (void)numbered(n);
    assert_true(found.report_id == report.report_id);
    assert_int_equal(found.crash.pc, report.crash.pc);
    assert_string_equal(found.app_sid, report.app_sid);
    assert_int_equal(found.stack.size, report.stack.size);
    assert_memory_equal(found.stack.bytes, report.stack.bytes, report.stack.size);
}

static void assert_sound(void)
{
    if (flash_fake_violation() != NULL)
        fail_msg("C5 %s", flash_fake_violation());
}

static void a_new_store_has_nothing_and_writes_nothing(void **state)
{
    (void)state;
    assert_false(crash_store_oldest(&found));
    assert_true(flash_fake_operations() == 0);
}

static void reports_are_handed_out_oldest_first_until_acknowledged(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 11; n++)
        keep(n);
    for (uint32_t n = 0; n < 11; n++) {
        assert_oldest(n);
        assert_oldest(n);
        restart();
        assert_oldest(n);
        crash_store_ack(1000 + n);
        crash_store_ack(1000 + n); /* again: nothing waits under that name */
    }
    assert_false(crash_store_oldest(&found));
    restart();
    assert_false(crash_store_oldest(&found));
    assert_sound();
}

static void the_newest_are_kept_when_nobody_takes_them(void **state)
{
    uint32_t count = 5 * SECTORS * CRASH_SLOTS + 3, first = count - CRASH_RECORDS;

    (void)state;
    for (uint32_t n = 0; n < count; n++)
        keep(n);
    restart();
    assert_true(crash_store_oldest(&found));
    assert_true(found.report_id <= 1000 + first);
    for (uint32_t n = (uint32_t)(found.report_id - 1000); n < count; n++) {
        assert_oldest(n);
        crash_store_ack(1000 + n);
    }
    assert_false(crash_store_oldest(&found));
    assert_sound();
}

static void what_is_pushed_out_is_counted(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < SECTORS * CRASH_SLOTS; n++)
        keep(n);
    assert_int_equal(crash_store_dropped(), 0);
    crash_store_ack(1001);
    keep(99);
    assert_int_equal(crash_store_dropped(), CRASH_SLOTS - 1);
    assert_oldest(CRASH_SLOTS);
}

static void the_same_again_is_not_kept_while_it_waits(void **state)
{
    (void)state;
    keep(1);
    keep(2);
    now_us += HOUR_US;
    assert_int_equal(crash_store_add(numbered(1), now_us), CRASH_WAITS);
    restart();
    assert_int_equal(crash_store_add(numbered(1), now_us), CRASH_WAITS);
    crash_store_ack(1001);
    assert_int_equal(crash_store_add(numbered(1), now_us), CRASH_KEPT);
    assert_oldest(2);
}

static void what_differs_in_anything_is_another_kind(void **state)
{
    otr_CrashReport other = *numbered(1);

    (void)state;
    keep(1);
    other.crash.lr ^= 1;
    assert_int_equal(crash_store_add(&other, now_us), CRASH_KEPT);
    other.crash.cause = otr_CrashCause_CRASH_BUS_FAULT;
    now_us += INTERVAL;
    assert_int_equal(crash_store_add(&other, now_us), CRASH_KEPT);
    other.app_sid[33] = '2';
    now_us += INTERVAL;
    assert_int_equal(crash_store_add(&other, now_us), CRASH_KEPT);
    other.microvisor_number++;
    now_us += INTERVAL;
    assert_int_equal(crash_store_add(&other, now_us), CRASH_KEPT);
    other.origin = otr_CrashOrigin_CRASH_OF_MICROVISOR;
    assert_int_equal(crash_store_add(&other, now_us), CRASH_KEPT);
}

static void a_loop_is_kept_a_few_times_and_then_seldom(void **state)
{
    uint32_t kept = 0, n = 0;

    (void)state;
    for (; n < 100; n++)
        kept += crash_store_add(numbered(n), now_us += 1000) == CRASH_KEPT;
    assert_int_equal(kept, CRASH_BURST);
    for (uint64_t end_us = now_us + 10 * INTERVAL; now_us < end_us; n++)
        kept += crash_store_add(numbered(n), now_us += INTERVAL / 7) == CRASH_KEPT;
    assert_in_range(kept, CRASH_BURST + 9, CRASH_BURST + 11);
    now_us += 100 * INTERVAL; /* a quiet time is worth a burst, not a hundred */
    for (kept = 0; n < 500; n++)
        kept += crash_store_add(numbered(n), now_us) == CRASH_KEPT;
    assert_int_equal(kept, CRASH_BURST);
}

static void asking_costs_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(crash_store_ask(numbered(1), now_us), CRASH_KEPT);
    assert_true(flash_fake_operations() == 0);
    for (uint32_t n = 0; n < CRASH_BURST; n++)
        assert_int_equal(crash_store_add(numbered(n), now_us), CRASH_KEPT);
    assert_int_equal(crash_store_ask(numbered(0), now_us), CRASH_WAITS);
    assert_int_equal(crash_store_ask(numbered(50), now_us), CRASH_LIMITED);
}

static enum crash_kept add_own(uint32_t n)
{
    (void)numbered(n);
    report.origin = otr_CrashOrigin_CRASH_OF_MICROVISOR;
    return crash_store_add(&report, now_us);
}

static void crashes_of_the_microvisor_are_limited_over_its_starts(void **state)
{
    uint32_t kept = 0, start = 10;

    (void)state;
    for (; start < 10 + CRASH_OWN_STARTS; start++) {
        crash_store_mount(start, now_us);
        kept += add_own(start) == CRASH_KEPT;
        if (kept > 0)
            crash_store_ack(1000 + start); /* delivered at once: the worst case */
    }
    assert_int_equal(kept, CRASH_OWN_MAX);
    for (; start < 10 + 10 * CRASH_OWN_STARTS; start++) {
        crash_store_mount(start, now_us);
        kept += add_own(start) == CRASH_KEPT;
        crash_store_ack(1000 + start);
    }
    assert_in_range(kept, CRASH_OWN_MAX * 9, CRASH_OWN_MAX * 11);
    assert_sound();
}

static void the_largest_report_fits(void **state)
{
    (void)state;
    memset(&report, 0xff, sizeof(report));
    report.origin = otr_CrashOrigin_CRASH_OF_APP;
    report.has_crash = true;
    report.crash.cause = otr_CrashCause_CRASH_BAD_IMAGE;
    report.crash.address_known = true;
    memset(report.app_sid, 'a', SID_CHARS);
    report.app_sid[SID_CHARS] = '\0';
    report.registers.size = 0;
    report.stack.size = 0;
    report.sealed.size = CRASH_SEALED_MAX_BYTES;
    assert_int_equal(crash_store_add(&report, now_us), CRASH_KEPT);
    assert_true(crash_store_oldest(&found));
    assert_memory_equal(found.sealed.bytes, report.sealed.bytes, CRASH_SEALED_MAX_BYTES);
    assert_true(found.report_id == UINT64_MAX);
}

static void failing_flash_loses_one_report_and_no_other(void **state)
{
    (void)state;
    keep(1);
    for (uint32_t n = 2; n < 40; n++) {
        now_us += INTERVAL;
        flash_fake_fail(1 + n % 2);
        (void)crash_store_add(numbered(n), now_us);
        flash_fake_fail(0);
        crash_store_ack(1000 + n);
    }
    assert_int_equal(flash_fake_violation() == NULL, 1);
    assert_oldest(1);
    restart();
    assert_oldest(1);
    crash_store_ack(1001);
    keep(50);
    assert_oldest(50);
}

static void an_acknowledgement_that_cannot_be_written_holds_until_the_restart(void **state)
{
    (void)state;
    keep(1);
    flash_fake_fail(1);
    crash_store_ack(1001);
    assert_false(crash_store_oldest(&found));
    restart();
    assert_oldest(1);
}

static void damaged_reports_are_left_out(void **state)
{
    uint8_t *area = flash_fake_bytes(PORT_FLASH_CRASH);

    (void)state;
    keep(0);
    keep(1);
    keep(2);
    area[CRASH_SECTOR_HEAD_BYTES + CRASH_HEAD_BYTES + 100] ^= 1;
    flash_fake_poison(PORT_FLASH_CRASH, CRASH_SECTOR_HEAD_BYTES + CRASH_SLOT_BYTES + 64);
    assert_oldest(2); /* damaged since the mount */
    restart();
    assert_oldest(2);
    keep(3);
    crash_store_ack(1002);
    assert_oldest(3);
    assert_sound();
}

static void a_board_without_room_keeps_nothing_and_says_so(void **state)
{
    (void)state;
    for (uint32_t sectors = 0; sectors < 2; sectors++) {
        with_sectors(sectors);
        assert_int_equal(crash_store_add(numbered(1), now_us), CRASH_LOST);
        assert_false(crash_store_oldest(&found));
        crash_store_ack(1);
    }
    assert_string_equal(crash_kept_name(CRASH_LOST), "lost");
}

static void a_larger_area_is_used_in_part(void **state)
{
    (void)state;
    with_sectors(SECTORS + 3);
    for (uint32_t n = 0; n < 100; n++)
        keep(n);
    for (uint32_t i = SECTORS * PORT_FLASH_SECTOR_BYTES; i < (SECTORS + 3) * PORT_FLASH_SECTOR_BYTES; i++)
        assert_int_equal(flash_fake_bytes(PORT_FLASH_CRASH)[i], 0xff);
}

/* Whatever an area that was used for something else holds: it is neither believed nor programmed over. */
static void foreign_content_is_erased_before_use(void **state)
{
    (void)state;
    memset(flash_fake_bytes(PORT_FLASH_CRASH), 0x00, SECTORS * PORT_FLASH_SECTOR_BYTES);
    restart();
    assert_false(crash_store_oldest(&found));
    for (uint32_t n = 0; n < 40; n++)
        keep(n);
    assert_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_store_has_nothing_and_writes_nothing, new_store),
        cmocka_unit_test_setup(reports_are_handed_out_oldest_first_until_acknowledged, new_store),
        cmocka_unit_test_setup(the_newest_are_kept_when_nobody_takes_them, new_store),
        cmocka_unit_test_setup(what_is_pushed_out_is_counted, new_store),
        cmocka_unit_test_setup(the_same_again_is_not_kept_while_it_waits, new_store),
        cmocka_unit_test_setup(what_differs_in_anything_is_another_kind, new_store),
        cmocka_unit_test_setup(a_loop_is_kept_a_few_times_and_then_seldom, new_store),
        cmocka_unit_test_setup(asking_costs_nothing, new_store),
        cmocka_unit_test_setup(crashes_of_the_microvisor_are_limited_over_its_starts, new_store),
        cmocka_unit_test_setup(the_largest_report_fits, new_store),
        cmocka_unit_test_setup(failing_flash_loses_one_report_and_no_other, new_store),
        cmocka_unit_test_setup(an_acknowledgement_that_cannot_be_written_holds_until_the_restart, new_store),
        cmocka_unit_test_setup(damaged_reports_are_left_out, new_store),
        cmocka_unit_test(a_board_without_room_keeps_nothing_and_says_so),
        cmocka_unit_test(a_larger_area_is_used_in_part),
        cmocka_unit_test_setup(foreign_content_is_erased_before_use, new_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
