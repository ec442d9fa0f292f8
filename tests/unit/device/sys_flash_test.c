/* SPDX-License-Identifier: Apache-2.0 */
/* Calls about external flash: handles, ranges, and calls that wait for the thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/core_limits.h"
#include "core/log/log.h"
#include "core/sys/sys.h"
#include "device_fw/sdk/mv_enums.h"
#include "device_fw/sdk/mv_structs.h"
#include "port/port_clock.h"
#include "port/port_syscall.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/ns_fake.h"

#define BYTES  0x10000u
#define OUT    (NS_FAKE_RAM + 64)
#define BUFFER (NS_FAKE_RAM + 4096)
#define BAD    0x10000000u

_Static_assert((int)MV_TOOMANYCHANNELS == (int)MV_STATUS_TOOMANYCHANNELS, "ABI");
_Static_assert((int)MV_INTERNALERROR == (int)MV_STATUS_INTERNALERROR, "ABI");
_Static_assert((int)MV_ADDRESSOUTOFRANGE == (int)MV_STATUS_ADDRESSOUTOFRANGE, "ABI");
_Static_assert(sizeof(struct mv_flash_info) == sizeof(struct MvExternalFlashInfo), "ABI");

/* One of the application's tasks that is in a call, or between two. */
struct task {
    uint32_t slot;
    uint32_t args[4];
    uint32_t mark;
};

static uint32_t handle;

static uint32_t call(uint32_t slot, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const uint32_t args[4] = { a, b, c, d };

    ns_fake_call_mark(0);
    return port_syscall(slot, args, false);
}

static uint32_t word(uint32_t address)
{
    uint32_t value;

    assert_int_equal(port_ns_read(address, &value, sizeof(value)), 0);
    return value;
}

static uint32_t open_flash(void)
{
    assert_int_equal(call(MV_SLOT_FLASH_OPEN, OUT, 0, 0, 0), MV_OKAY);
    return word(OUT);
}

static int fresh(void **state)
{
    (void)state;
    board_fake_reset(1);
    ns_fake_reset();
    log_ring_init();
    sys_init(1);
    sys_set_external_flash(BYTES);
    sys_application_starts(MV_WAKE_APPLICATION_UPDATE, 1000000);
    handle = open_flash();
    return 0;
}

/* Makes the task's call, or makes it again. */
static uint32_t go(struct task *task)
{
    uint32_t status;

    ns_fake_call_mark(task->mark);
    status = port_syscall(task->slot, task->args, false);
    task->mark = status == PORT_SYSCALL_AGAIN ? port_syscall_mark() : 0;
    return status;
}

static struct task reader(uint32_t address, uint32_t length, uint32_t buffer)
{
    return (struct task){ MV_SLOT_FLASH_READ, { handle, address, length, buffer }, 0 };
}

static void handles_are_bounded_and_end(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < SYS_FLASH_HANDLES_MAX; i++)
        assert_int_not_equal(open_flash(), handle);
    assert_int_equal(call(MV_SLOT_FLASH_OPEN, OUT, 0, 0, 0), MV_TOOMANYCHANNELS);
    assert_int_equal(port_ns_write(OUT, &handle, sizeof(handle)), 0);
    assert_int_equal(call(MV_SLOT_FLASH_CLOSE, OUT, 0, 0, 0), MV_OKAY);
    assert_int_equal(word(OUT), 0);
    assert_int_equal(call(MV_SLOT_FLASH_CLOSE, OUT, 0, 0, 0), MV_INVALIDHANDLE);
    assert_int_equal(call(MV_SLOT_FLASH_READ, handle, 0, 4, BUFFER), MV_INVALIDHANDLE);
    assert_int_not_equal(open_flash(), handle);
    sys_application_starts(0, 0);
    assert_int_equal(call(MV_SLOT_FLASH_READ, word(OUT), 0, 4, BUFFER), MV_INVALIDHANDLE);
}

static void information(void **state)
{
    struct mv_flash_info info = { .version = 1, .chip_id = 77 };

    (void)state;
    open_flash();
    assert_int_equal(port_ns_write(OUT, &info, sizeof(info)), 0);
    assert_int_equal(call(MV_SLOT_FLASH_GET_INFO, handle + 1, OUT, 0, 0), MV_INVALIDHANDLE);
    assert_int_equal(call(MV_SLOT_FLASH_GET_INFO, handle, BAD, 0, 0), MV_PARAMETERFAULT);
    assert_int_equal(call(MV_SLOT_FLASH_GET_INFO, handle, OUT, 0, 0), MV_OKAY);
    assert_int_equal(port_ns_read(OUT, &info, sizeof(info)), 0);
    assert_int_equal(info.chip_id, 0);
    assert_int_equal(info.size, BYTES);
    assert_int_equal(info.num_handles, 2);
    info.version = 2;
    assert_int_equal(port_ns_write(OUT, &info, sizeof(info)), 0);
    assert_int_equal(call(MV_SLOT_FLASH_GET_INFO, handle, OUT, 0, 0), MV_UNSUPPORTEDSTRUCTUREVERSION);
}

static void bad_arguments(void **state)
{
    static const uint32_t ranges[][2] = {
        { BYTES, 1 }, { BYTES - 1, 2 }, { 0, BYTES + 1 }, { 0xffffffff, 2 }, { 1, 0xffffffff },
    };
    struct sys_flash_work work;

    (void)state;
    for (uint32_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        assert_int_not_equal(call(MV_SLOT_FLASH_READ, handle, ranges[i][0], ranges[i][1], BUFFER), MV_OKAY);
        assert_int_equal(call(MV_SLOT_FLASH_ERASE, handle, ranges[i][0], ranges[i][1], 0),
                         MV_ADDRESSOUTOFRANGE);
    }
    assert_int_equal(call(MV_SLOT_FLASH_READ, handle, BYTES, 1, BUFFER), MV_ADDRESSOUTOFRANGE);
    assert_int_equal(call(MV_SLOT_FLASH_READ, handle, 0, 4, BAD), MV_PARAMETERFAULT);
    assert_int_equal(call(MV_SLOT_FLASH_READ, handle, 0, 4, NS_FAKE_CODE), MV_PARAMETERFAULT);
    assert_int_equal(call(MV_SLOT_FLASH_READ, handle, 0, 4, NS_FAKE_RAM + NS_FAKE_RAM_SIZE - 3),
                     MV_PARAMETERFAULT);
    assert_int_equal(call(MV_SLOT_FLASH_WRITE, handle, 0, 4, BAD), MV_PARAMETERFAULT);
    assert_int_equal(call(MV_SLOT_FLASH_WRITE, handle, BYTES - 3, 4, NS_FAKE_CODE), MV_ADDRESSOUTOFRANGE);
    assert_int_equal(call(MV_SLOT_FLASH_ERASE, handle, 1, 4096, 0), MV_INVALIDBUFFERALIGNMENT);
    assert_int_equal(call(MV_SLOT_FLASH_ERASE, handle, 4096, 4095, 0), MV_INVALIDBUFFERALIGNMENT);
    assert_int_equal(call(MV_SLOT_FLASH_READ, handle, BYTES, 0, BUFFER), MV_OKAY); /* nothing is asked */
    assert_false(sys_flash_next(&work));
    sys_set_external_flash(0);
    assert_int_equal(call(MV_SLOT_FLASH_OPEN, OUT, 0, 0, 0), MV_UNAVAILABLE);
}

static void none_of_them_is_for_handlers(void **state)
{
    const uint32_t args[4] = { handle, 0, 4, BUFFER };

    (void)state;
    for (uint32_t slot = MV_SLOT_FLASH_CLOSE; slot <= MV_SLOT_FLASH_READ; slot++)
        assert_int_equal(port_syscall(slot, args, true), MV_UNAVAILABLE);
}

static void a_call_waits_until_all_is_done(void **state)
{
    struct task task = reader(100, 5000, BUFFER);
    struct sys_flash_work work;

    (void)state;
    assert_false(sys_flash_next(&work));
    assert_int_equal(go(&task), PORT_SYSCALL_AGAIN);
    assert_int_not_equal(task.mark, 0);
    assert_true(sys_flash_next(&work));
    assert_int_equal(work.kind, SYS_FLASH_READ);
    assert_int_equal(work.address, 100);
    assert_int_equal(work.length, 5000);
    assert_int_equal(work.buffer, BUFFER);
    sys_flash_done(3996);
    assert_int_equal(go(&task), PORT_SYSCALL_AGAIN);
    assert_true(sys_flash_next(&work));
    assert_int_equal(work.address, 4096);
    assert_int_equal(work.length, 1004);
    assert_int_equal(work.buffer, BUFFER + 3996);
    sys_flash_done(1004);
    assert_false(sys_flash_next(&work));
    assert_int_equal(go(&task), MV_OKAY);
    assert_false(sys_flash_next(&work));
}

static void a_failure_is_the_answer(void **state)
{
    struct task task = { MV_SLOT_FLASH_ERASE, { handle, 4096, 8192, 0 }, 0 };
    struct sys_flash_work work;

    (void)state;
    assert_int_equal(go(&task), PORT_SYSCALL_AGAIN);
    assert_true(sys_flash_next(&work));
    assert_int_equal(work.kind, SYS_FLASH_ERASE);
    sys_flash_done(4096);
    sys_flash_failed(MV_ADDRESSOUTOFRANGE);
    assert_int_equal(go(&task), MV_ADDRESSOUTOFRANGE);
    sys_flash_failed(MV_INTERNALERROR); /* nobody waits for it */
    assert_int_equal(go(&task), PORT_SYSCALL_AGAIN);
}

/* A task that was deleted in a call and started anew must not get the answer of its former life. */
static void an_answer_belongs_to_one_call(void **state)
{
    struct task former = reader(0, 16, BUFFER), anew = reader(0, 16, BUFFER);
    struct sys_flash_work work;

    (void)state;
    assert_int_equal(go(&former), PORT_SYSCALL_AGAIN);
    sys_flash_done(16);
    assert_int_equal(go(&anew), PORT_SYSCALL_AGAIN);
    assert_int_equal(anew.mark, 0); /* the answer may still be fetched */
    assert_false(sys_flash_next(&work));
    board_fake_add_time_us(SYS_FLASH_KEEP_US + 1);
    assert_int_equal(go(&anew), PORT_SYSCALL_AGAIN);
    assert_true(sys_flash_next(&work));
    sys_flash_done(16);
    assert_int_equal(go(&anew), MV_OKAY);
}

static void tasks_take_turns(void **state)
{
    struct task first = reader(0, 16, BUFFER);
    struct task second = { MV_SLOT_FLASH_WRITE, { handle, 32, 16, BUFFER + 16 }, 0 };
    struct sys_flash_work work;

    (void)state;
    assert_int_equal(go(&first), PORT_SYSCALL_AGAIN);
    assert_int_equal(go(&second), PORT_SYSCALL_AGAIN);
    board_fake_add_time_us(10 * SYS_FLASH_KEEP_US); /* what is being worked on is finished */
    assert_int_equal(go(&second), PORT_SYSCALL_AGAIN);
    assert_true(sys_flash_next(&work));
    assert_int_equal(work.address, 0);
    sys_flash_done(16);
    assert_int_equal(go(&second), PORT_SYSCALL_AGAIN);
    assert_int_equal(go(&first), MV_OKAY);
    assert_int_equal(go(&second), PORT_SYSCALL_AGAIN);
    assert_true(sys_flash_next(&work));
    assert_int_equal(work.kind, SYS_FLASH_WRITE);
    assert_int_equal(work.address, 32);
    sys_flash_done(16);
    assert_int_equal(go(&second), MV_OKAY);
}

static void who_comes_too_late_for_its_answer_asks_again(void **state)
{
    struct task late = reader(0, 16, BUFFER), other = reader(64, 16, BUFFER);
    struct sys_flash_work work;

    (void)state;
    assert_int_equal(go(&late), PORT_SYSCALL_AGAIN);
    sys_flash_done(16);
    board_fake_add_time_us(SYS_FLASH_KEEP_US + 1);
    assert_int_equal(go(&other), PORT_SYSCALL_AGAIN);
    assert_int_equal(go(&late), PORT_SYSCALL_AGAIN);
    sys_flash_done(16);
    assert_int_equal(go(&other), MV_OKAY);
    assert_int_equal(go(&late), PORT_SYSCALL_AGAIN);
    assert_true(sys_flash_next(&work));
    assert_int_equal(work.address, 0);
    sys_flash_done(16);
    assert_int_equal(go(&late), MV_OKAY);
}

static void a_request_ends_with_the_application(void **state)
{
    struct task task = reader(0, 16, BUFFER);
    struct sys_flash_work work;

    (void)state;
    assert_int_equal(go(&task), PORT_SYSCALL_AGAIN);
    sys_application_starts(0, 0);
    assert_false(sys_flash_next(&work));
    sys_flash_done(16); /* the thread was just at it */
    assert_int_equal(go(&task), MV_INVALIDHANDLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(handles_are_bounded_and_end, fresh),
        cmocka_unit_test_setup(information, fresh),
        cmocka_unit_test_setup(bad_arguments, fresh),
        cmocka_unit_test_setup(none_of_them_is_for_handlers, fresh),
        cmocka_unit_test_setup(a_call_waits_until_all_is_done, fresh),
        cmocka_unit_test_setup(a_failure_is_the_answer, fresh),
        cmocka_unit_test_setup(an_answer_belongs_to_one_call, fresh),
        cmocka_unit_test_setup(tasks_take_turns, fresh),
        cmocka_unit_test_setup(who_comes_too_late_for_its_answer_asks_again, fresh),
        cmocka_unit_test_setup(a_request_ends_with_the_application, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
