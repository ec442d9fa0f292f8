/* SPDX-License-Identifier: Apache-2.0 */
/* System calls: every implemented call with good and bad arguments, every other slot, numbers against the SDK. */
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
#include "port/port_syscall.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/ns_fake.h"

#define AT   NS_FAKE_RAM
#define OUT  (NS_FAKE_RAM + 64)
#define BAD  0x10000000u
#define ROOM (NS_FAKE_RAM + 1024)

/* The core's numbers are the SDK's. */
_Static_assert((int)MV_OKAY == (int)MV_STATUS_OKAY, "ABI");
_Static_assert((int)MV_TIMENOTSET == (int)MV_STATUS_TIMENOTSET, "ABI");
_Static_assert((int)MV_PARAMETERFAULT == (int)MV_STATUS_PARAMETERFAULT, "ABI");
_Static_assert((int)MV_INVALIDBUFFERSIZE == (int)MV_STATUS_INVALIDBUFFERSIZE, "ABI");
_Static_assert((int)MV_BUFFERALREADYINUSE == (int)MV_STATUS_BUFFERALREADYINUSE, "ABI");
_Static_assert((int)MV_INVALIDINTERRUPT == (int)MV_STATUS_INVALIDINTERRUPT, "ABI");
_Static_assert((int)MV_INVALIDHANDLE == (int)MV_STATUS_INVALIDHANDLE, "ABI");
_Static_assert((int)MV_TOOMANYNOTIFICATIONBUFFERS == (int)MV_STATUS_TOOMANYNOTIFICATIONBUFFERS, "ABI");
_Static_assert((int)MV_UNAVAILABLE == (int)MV_STATUS_UNAVAILABLE, "ABI");
_Static_assert((int)MV_UNSUPPORTEDSTRUCTUREVERSION == (int)MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION, "ABI");
_Static_assert((int)MV_INVALIDBUFFERALIGNMENT == (int)MV_STATUS_INVALIDBUFFERALIGNMENT, "ABI");
_Static_assert((int)MV_LOGMESSAGETOOLONG == (int)MV_STATUS_LOGMESSAGETOOLONG, "ABI");
_Static_assert((int)MV_LOGGINGDISABLEDBYSERVER == (int)MV_STATUS_LOGGINGDISABLEDBYSERVER, "ABI");

static int fresh(void **state)
{
    (void)state;
    board_fake_reset(1);
    ns_fake_reset();
    log_ring_init();
    sys_init(1);
    sys_application_starts(MV_WAKE_APPLICATION_UPDATE, 1000000);
    return 0;
}

static uint32_t call(uint32_t slot, uint32_t a, uint32_t b)
{
    const uint32_t args[4] = { a, b, 0, 0 };

    return port_syscall(slot, args, false);
}

static uint32_t word(uint32_t address)
{
    uint32_t value;

    assert_int_equal(port_ns_read(address, &value, sizeof(value)), 0);
    return value;
}

static void put(uint32_t address, const void *data, uint32_t length)
{
    assert_int_equal(port_ns_write(address, data, length), 0);
}

static void slots_without_a_call_are_unavailable(void **state)
{
    static const uint8_t implemented[] = { 2,  3,  5,  7,  8,  10, 16, 17, 18, 23, 25, 26, 27, 29,
                                           36, 37, 59, 60, 61, 63, 64, 65, 66, 67, 68, 69, 70 };

    (void)state;
    for (uint32_t slot = 0; slot < PORT_SYSCALL_SLOTS + 10; slot++) {
        bool known = memchr(implemented, (int)slot, sizeof(implemented)) != NULL;

        if (slot != MV_SLOT_SERVER_LOG) /* unavailable before mvServerLoggingInit */
            assert_int_equal(call(slot, BAD, BAD) == MV_UNAVAILABLE, !known);
    }
    assert_int_equal(call(UINT32_MAX, 0, 0), MV_UNAVAILABLE);
}

static void bad_pointers_are_parameter_faults(void **state)
{
    static const uint8_t slots[] = { 2, 3, 5, 7, 8, 10, 16, 17, 18, 23, 25, 26, 29, 36, 60, 61, 63 };
    static const uint32_t bad[] = { 0,          BAD,       NS_FAKE_RAM - 1, NS_FAKE_RAM + NS_FAKE_RAM_SIZE,
                                    0xffffffff, 0xe000ed00 };

    (void)state;
    for (size_t i = 0; i < sizeof(slots); i++)
        for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
            assert_int_equal(call(slots[i], bad[k], slots[i] == 5 ? 34 : bad[k]), MV_PARAMETERFAULT);
    assert_int_equal(call(2, NS_FAKE_CODE, 0), MV_PARAMETERFAULT); /* code is not writable */
    assert_int_equal(call(2, NS_FAKE_RAM + NS_FAKE_RAM_SIZE - 7, 0), MV_PARAMETERFAULT);
    assert_int_equal(call(25, OUT, BAD), MV_PARAMETERFAULT);
    assert_int_equal(word(OUT), 0); /* nothing half done */
}

static void device_id(void **state)
{
    (void)state;
    sys_set_device_id("UV0123456789abcdef0123456789abcdef");
    assert_int_equal(call(5, OUT, 33), MV_INVALIDBUFFERSIZE);
    assert_int_equal(call(5, OUT, 35), MV_INVALIDBUFFERSIZE);
    assert_int_equal(call(5, OUT, 34), MV_OKAY);
    assert_memory_equal(ns_fake_ram() + 64, "UV0123456789abcdef0123456789abcdef", 34);
}

static void clocks(void **state)
{
    uint64_t value;

    (void)state;
    board_fake_set_time_us(7000000);
    assert_int_equal(call(2, OUT, 0), MV_OKAY);
    memcpy(&value, ns_fake_ram() + 64, 8);
    assert_true(value == 7000000);
    assert_int_equal(call(7, OUT, 0), MV_TIMENOTSET);
    sys_set_wall_time(1800000000000000ull, 7000000);
    board_fake_set_time_us(8000000);
    assert_int_equal(call(7, OUT, 0), MV_OKAY);
    memcpy(&value, ns_fake_ram() + 64, 8);
    assert_true(value == 1800000001000000ull);
    assert_int_equal(call(3, OUT, 0), MV_OKAY);
    assert_int_equal(word(OUT), 160000000);
    assert_int_equal(call(23, OUT, 0), MV_OKAY);
    assert_int_equal(word(OUT), 80000000);
    assert_int_equal(call(17, OUT, 0), MV_OKAY);
    assert_int_equal(word(OUT), 40000000);
    assert_int_equal(call(18, OUT, 0), MV_OKAY);
    assert_int_equal(word(OUT), 20000000);
}

static void wake_reason_is_one_byte(void **state)
{
    (void)state;
    memset(ns_fake_ram() + 64, 0xaa, 4);
    assert_int_equal(call(63, OUT, 0), MV_OKAY);
    assert_int_equal(word(OUT), 0xaaaaaa00 | MV_WAKE_APPLICATION_UPDATE);
}

static void some_calls_are_not_for_handlers(void **state)
{
    static const uint8_t slots[] = { 59, 60, 61, 63, 64, 65, 66, 67, 68, 69, 70 };
    const uint32_t args[4] = { OUT };

    (void)state;
    for (size_t i = 0; i < sizeof(slots); i++)
        assert_int_equal(port_syscall(slots[i], args, true), MV_UNAVAILABLE);
    assert_int_equal(port_syscall(2, args, true), MV_OKAY);
    assert_false(sys_take_restart());
}

static void restart_and_led_are_left_to_the_thread(void **state)
{
    uint32_t wakes = board_fake_wakes();

    (void)state;
    assert_int_equal(call(64, 1, 0), MV_PARAMETERFAULT);
    assert_false(sys_take_restart());
    assert_int_equal(call(64, 0, 0), MV_OKAY);
    assert_true(board_fake_wakes() > wakes);
    assert_true(sys_take_restart());
    assert_false(sys_take_restart());
    assert_int_equal(call(59, 1, 0), MV_OKAY);
    assert_false(board_fake_led());
    sys_step();
    assert_true(board_fake_led());
}

static void logging(void **state)
{
    (void)state;
    assert_int_equal(call(37, AT, 5), MV_UNAVAILABLE);
    assert_int_equal(call(36, ROOM + 256, 512), MV_INVALIDBUFFERALIGNMENT);
    assert_int_equal(call(36, ROOM, 500), MV_INVALIDBUFFERSIZE);
    assert_int_equal(call(36, ROOM, 0), MV_INVALIDBUFFERSIZE);
    assert_int_equal(call(36, ROOM, 512), MV_OKAY);
    assert_int_equal(call(37, AT, 5), MV_LOGGINGDISABLEDBYSERVER);
    sys_set_logging(true);
    assert_int_equal(call(37, AT, 1025), MV_LOGMESSAGETOOLONG);
    assert_int_equal(call(37, BAD, 5), MV_PARAMETERFAULT);
    assert_int_equal(call(37, AT, 400), MV_OKAY);
    assert_int_equal(call(37, AT, 400), MV_INVALIDBUFFERSIZE); /* the application's buffer has 512 bytes */
    assert_int_equal(call(37, AT, 0x10005), MV_OKAY);          /* a 16-bit argument */
    assert_int_equal(call(37, NS_FAKE_CODE, 5), MV_OKAY);      /* a constant */
}

static uint32_t setup(uint32_t irq, uint32_t buffer, uint32_t size)
{
    const struct mv_notification_setup setup = { irq, buffer, size };

    put(AT, &setup, sizeof(setup));
    return call(16, AT, OUT);
}

static void notification_centres(void **state)
{
    uint32_t handle;

    (void)state;
    assert_int_equal(setup(64, ROOM, 16), MV_INVALIDBUFFERSIZE);
    assert_int_equal(setup(64, ROOM, 40), MV_INVALIDBUFFERSIZE);
    assert_int_equal(setup(64, BAD, 32), MV_PARAMETERFAULT);
    assert_int_equal(setup(63, ROOM, 32), MV_INVALIDINTERRUPT);
    assert_int_equal(setup(64, ROOM, 32), MV_OKAY);
    handle = word(OUT);
    assert_int_not_equal(handle, 0);
    assert_int_equal(setup(65, ROOM + 16, 32), MV_BUFFERALREADYINUSE);
    assert_int_equal(setup(64, ROOM + 32, 32), MV_INVALIDINTERRUPT);
    put(OUT, &(uint32_t){ handle + 1 }, 4);
    assert_int_equal(call(10, OUT, 0), MV_INVALIDHANDLE);
    put(OUT, &handle, 4);
    assert_int_equal(call(10, OUT, 0), MV_OKAY);
    assert_int_equal(word(OUT), 0);
    assert_int_equal(call(10, OUT, 0), MV_INVALIDHANDLE);
    assert_int_equal(setup(64, ROOM, 32), MV_OKAY);
    assert_int_not_equal(word(OUT), handle);
}

static uint32_t request(uint32_t version, uint32_t centre, uint32_t tag)
{
    const struct mv_request_network request = { version, centre, tag };

    put(AT, &request, sizeof(request));
    return call(8, AT, OUT);
}

static void network_and_its_notifications(void **state)
{
    struct mv_notification records[2];
    uint32_t centre, network;

    (void)state;
    assert_int_equal(call(25, OUT, OUT + 4), MV_OKAY);
    assert_int_equal(word(OUT), MV_REASON_NEVER_USED_API | MV_REASON_RTC_NOT_SET);
    assert_int_equal(request(2, 0, 0), MV_UNSUPPORTEDSTRUCTUREVERSION);
    assert_int_equal(request(1, 77, 0), MV_INVALIDHANDLE);
    assert_int_equal(setup(66, ROOM, 32), MV_OKAY);
    centre = word(OUT);
    assert_int_equal(request(1, centre, 9), MV_OKAY);
    network = word(OUT);
    assert_int_equal(ns_fake_pended(66), 1); /* "ask for the status" */
    memset(ns_fake_ram() + 1024, 0, 32);
    sys_set_network(MV_NETWORK_CONNECTED, 42);
    sys_set_network(MV_NETWORK_CONNECTED, 43); /* no change, no event */
    assert_int_equal(ns_fake_pended(66), 2);
    memcpy(records, ns_fake_ram() + 1024, 32);
    assert_true(records[1].microseconds == 42);
    assert_int_equal(records[1].event_type, MV_EVENT_NETWORK_STATUS_CHANGED);
    assert_int_equal(records[1].tag, 9);
    assert_int_equal(call(29, network, OUT), MV_OKAY);
    assert_int_equal(word(OUT), MV_NETWORK_CONNECTED);
    assert_int_equal(call(29, network + 1, OUT), MV_INVALIDHANDLE);
    assert_int_equal(call(25, OUT, OUT + 4), MV_OKAY);
    assert_int_equal(word(OUT), MV_REASON_USING_NETWORK | MV_REASON_RTC_NOT_SET);
    assert_int_equal(word(OUT + 4), 1);
    put(OUT, &network, 4);
    assert_int_equal(call(26, OUT, 0), MV_OKAY);
    assert_int_equal(call(26, OUT, 0), MV_INVALIDHANDLE);
}

static void unread_records_stop_delivery_until_they_are_freed(void **state)
{
    (void)state;
    assert_int_equal(setup(66, ROOM, 32), MV_OKAY);
    assert_int_equal(request(1, word(OUT), 9), MV_OKAY);
    sys_set_network(MV_NETWORK_CONNECTED, 1);
    sys_set_network(MV_NETWORK_CONNECTING, 2); /* both records are taken: dropped */
    assert_int_equal(ns_fake_pended(66), 2);
    memset(ns_fake_ram() + 1024 + 8, 0, 4);
    sys_set_network(MV_NETWORK_CONNECTED, 3);
    assert_int_equal(ns_fake_pended(66), 3);
    assert_int_equal(word(ROOM), 3);
}

static uint32_t open_system(uint32_t centre, uint32_t tag, uint32_t source)
{
    const struct mv_open_system_notification open = { centre, tag, source };

    put(AT, &open, sizeof(open));
    return call(60, AT, OUT);
}

static void system_notifications(void **state)
{
    struct mv_notification records[4];
    uint32_t centre, updates;

    (void)state;
    assert_int_equal(setup(66, ROOM, 64), MV_OKAY);
    centre = word(OUT);
    assert_int_equal(open_system(0, 1, MV_SOURCE_UPDATE), MV_INVALIDHANDLE);
    assert_int_equal(open_system(centre + 1, 1, MV_SOURCE_UPDATE), MV_INVALIDHANDLE);
    assert_int_equal(open_system(centre, 1, 2), MV_INVALIDHANDLE);
    assert_int_equal(call(60, AT, NS_FAKE_CODE), MV_PARAMETERFAULT);
    assert_false(sys_listens_for_updates());
    assert_int_equal(open_system(centre, 1, MV_SOURCE_NETWORK), MV_OKAY);
    assert_false(sys_listens_for_updates());
    assert_int_equal(open_system(centre, 2, MV_SOURCE_UPDATE), MV_OKAY);
    updates = word(OUT);
    assert_true(sys_listens_for_updates());
    sys_set_network(MV_NETWORK_CONNECTED, 41);
    sys_set_update_downloaded(true, 42);
    sys_set_update_downloaded(true, 43);                                 /* no news */
    assert_int_equal(open_system(centre, 3, MV_SOURCE_UPDATE), MV_OKAY); /* late, and told at once */
    memcpy(records, ns_fake_ram() + 1024, sizeof(records));
    assert_int_equal(records[0].event_type, MV_EVENT_NETWORK_STATUS_CHANGED);
    assert_int_equal(records[0].tag, 1);
    assert_int_equal(records[1].event_type, MV_EVENT_UPDATE_DOWNLOADED);
    assert_int_equal(records[1].tag, 2);
    assert_true(records[1].microseconds == 42);
    assert_int_equal(records[2].tag, 3);
    assert_int_equal(records[3].event_type, MV_EVENT_NONE);
    put(OUT, &updates, 4);
    assert_int_equal(call(61, OUT, 0), MV_OKAY);
    assert_int_equal(word(OUT), 0);
    assert_int_equal(call(61, OUT, 0), MV_INVALIDHANDLE);
    assert_true(sys_listens_for_updates()); /* the late one */
    put(OUT, &centre, 4);
    assert_int_equal(call(10, OUT, 0), MV_OKAY);
    assert_false(sys_listens_for_updates()); /* nobody can be told any more */
}

static void system_notifications_are_bounded_and_end_with_the_application(void **state)
{
    uint32_t centre;

    (void)state;
    assert_int_equal(setup(66, ROOM, 64), MV_OKAY);
    centre = word(OUT);
    for (uint32_t i = 0; i < SYS_LISTENERS_MAX; i++)
        assert_int_equal(open_system(centre, i, MV_SOURCE_UPDATE), MV_OKAY);
    assert_int_equal(open_system(centre, 9, MV_SOURCE_UPDATE), MV_UNAVAILABLE);
    sys_application_starts(0, 1);
    assert_false(sys_listens_for_updates());
}

static void pools_are_bounded_and_end_with_the_application(void **state)
{
    uint32_t first = 0;

    (void)state;
    for (uint32_t i = 0; i < SYS_NETWORKS_MAX; i++)
        assert_int_equal(request(1, 0, 0), MV_OKAY);
    first = word(OUT);
    assert_int_equal(request(1, 0, 0), MV_UNAVAILABLE);
    for (uint32_t i = 0; i <= NS_FAKE_IRQ_MAX - NS_FAKE_IRQ_MIN; i++)
        assert_int_equal(setup(NS_FAKE_IRQ_MIN + i, ROOM + i * 32, 32), MV_OKAY);
    sys_application_starts(0, 0);
    assert_int_equal(call(29, first, OUT), MV_INVALIDHANDLE);
    assert_int_equal(setup(64, ROOM, 32), MV_OKAY);
}

static void every_call_counts_as_progress(void **state)
{
    (void)state;
    board_fake_set_time_us(9000000);
    call(27, 0, 0);
    assert_true(sys_last_call_us() == 9000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(slots_without_a_call_are_unavailable, fresh),
        cmocka_unit_test_setup(bad_pointers_are_parameter_faults, fresh),
        cmocka_unit_test_setup(device_id, fresh),
        cmocka_unit_test_setup(clocks, fresh),
        cmocka_unit_test_setup(wake_reason_is_one_byte, fresh),
        cmocka_unit_test_setup(some_calls_are_not_for_handlers, fresh),
        cmocka_unit_test_setup(restart_and_led_are_left_to_the_thread, fresh),
        cmocka_unit_test_setup(logging, fresh),
        cmocka_unit_test_setup(notification_centres, fresh),
        cmocka_unit_test_setup(network_and_its_notifications, fresh),
        cmocka_unit_test_setup(system_notifications, fresh),
        cmocka_unit_test_setup(system_notifications_are_bounded_and_end_with_the_application, fresh),
        cmocka_unit_test_setup(unread_records_stop_delivery_until_they_are_freed, fresh),
        cmocka_unit_test_setup(pools_are_bounded_and_end_with_the_application, fresh),
        cmocka_unit_test_setup(every_call_counts_as_progress, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
