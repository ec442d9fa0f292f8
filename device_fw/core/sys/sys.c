/* SPDX-License-Identifier: Apache-2.0 */
/* The table of system calls, the calls about device and application, and the thread's side. See sys.h. */
#include "core/sys/sys.h"

#include <string.h>

#include "core/log/log.h"
#include "core/sys/sys_state.h"
#include "port/port_clock.h"
#include "port/port_critical.h"
#include "port/port_ns.h"
#include "port/port_power.h"
#include "port/port_syscall.h"

struct sys_state sys_state;

static uint32_t get_device_id(const uint32_t args[4])
{
    if (!port_ns_writable(args[0], args[1]))
        return MV_PARAMETERFAULT;
    if (args[1] != SID_CHARS)
        return MV_INVALIDBUFFERSIZE;
    return port_ns_write(args[0], sys_state.device_id, SID_CHARS) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

uint32_t sys_log_buffer_check(uint32_t address, uint32_t bytes)
{
    if (!port_ns_writable(address, bytes))
        return MV_PARAMETERFAULT;
    if (address % SYS_LOG_BUFFER_ALIGN != 0)
        return MV_INVALIDBUFFERALIGNMENT;
    if (bytes == 0 || bytes % SYS_LOG_BUFFER_ALIGN != 0)
        return MV_INVALIDBUFFERSIZE;
    return MV_OKAY;
}

static uint32_t server_logging_init(const uint32_t args[4])
{
    uint32_t status = sys_log_buffer_check(args[0], args[1]);

    if (status == MV_OKAY)
        sys_state.log_quota_bytes = args[1];
    return status;
}

static uint32_t server_log(const uint32_t args[4])
{
    uint32_t length = args[1] & 0xffffu;
    uint8_t *room;

    if (sys_state.log_quota_bytes == 0)
        return MV_UNAVAILABLE;
    if (length > LOG_TEXT_MAX_BYTES)
        return MV_LOGMESSAGETOOLONG;
    if (!port_ns_readable(args[0], length))
        return MV_PARAMETERFAULT;
    if (!sys_state.logging_enabled)
        return MV_LOGGINGDISABLEDBYSERVER;
    room = log_ring_app_reserve(length, sys_state.log_quota_bytes);
    if (room == NULL)
        return MV_INVALIDBUFFERSIZE;
    if (port_ns_read(args[0], room, length) != 0)
        return MV_PARAMETERFAULT;
    log_ring_app_commit(port_clock_us());
    port_wake();
    return MV_OKAY;
}

static uint32_t no_op(const uint32_t args[4])
{
    (void)args;
    return MV_OKAY;
}

static uint32_t system_led_enable(const uint32_t args[4])
{
    sys_state.led_on = args[0] != 0;
    sys_state.led_changed = true;
    port_wake();
    return MV_OKAY;
}

static uint32_t get_wake_reason(const uint32_t args[4])
{
    uint8_t reason = (uint8_t)sys_state.wake_reason; /* a one-byte enum in the application's world */

    return port_ns_write(args[0], &reason, sizeof(reason)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

static uint32_t restart(const uint32_t args[4])
{
    if (args[0] != MV_RESTART_AUTO_APPLY_UPDATE)
        return MV_PARAMETERFAULT;
    sys_state.restart_asked = true;
    port_wake();
    return MV_OKAY;
}

struct call {
    uint32_t (*function)(const uint32_t args[4]);
    bool not_in_handler; /* MV_UNAVAILABLE when called from an interrupt */
};

/* Slots without a function are in the ABI, or unused there, and answer MV_UNAVAILABLE. */
static const struct call calls[PORT_SYSCALL_SLOTS] = {
    [MV_SLOT_GET_MICROSECONDS] = { sys_get_microseconds, false },
    [MV_SLOT_GET_SYSCLK] = { sys_get_sysclk, false },
    [MV_SLOT_GET_DEVICE_ID] = { get_device_id, false },
    [MV_SLOT_GET_WALL_TIME] = { sys_get_wall_time, false },
    [MV_SLOT_REQUEST_NETWORK] = { sys_request_network, false },
    [MV_SLOT_CLOSE_NOTIFICATIONS] = { sys_close_notifications, false },
    [MV_SLOT_SETUP_NOTIFICATIONS] = { sys_setup_notifications, false },
    [MV_SLOT_GET_PCLK1] = { sys_get_pclk1, false },
    [MV_SLOT_GET_PCLK2] = { sys_get_pclk2, false },
    [MV_SLOT_GET_HCLK] = { sys_get_hclk, false },
    [MV_SLOT_GET_NETWORK_REASONS] = { sys_get_network_reasons, false },
    [MV_SLOT_RELEASE_NETWORK] = { sys_release_network, false },
    [MV_SLOT_NO_OP] = { no_op, false },
    [MV_SLOT_GET_NETWORK_STATUS] = { sys_get_network_status, false },
    [MV_SLOT_SERVER_LOGGING_INIT] = { server_logging_init, false },
    [MV_SLOT_SERVER_LOG] = { server_log, false },
    [MV_SLOT_TESTING_COMPLETE] = { sys_testing_complete, false },
    [MV_SLOT_TEST_LOG] = { sys_test_log, false },
    [MV_SLOT_TEST_LOGGING_INIT] = { sys_test_logging_init, false },
    [MV_SLOT_SYSTEM_LED_ENABLE] = { system_led_enable, true },
    [MV_SLOT_OPEN_SYSTEM_NOTIFICATION] = { sys_open_system_notification, true },
    [MV_SLOT_CLOSE_SYSTEM_NOTIFICATION] = { sys_close_system_notification, true },
    [MV_SLOT_GET_WAKE_REASON] = { get_wake_reason, true },
    [MV_SLOT_RESTART] = { restart, true },
    [MV_SLOT_FLASH_CLOSE] = { sys_flash_close, true },
    [MV_SLOT_FLASH_GET_INFO] = { sys_flash_get_info, true },
    [MV_SLOT_FLASH_WRITE] = { sys_flash_write, true },
    [MV_SLOT_FLASH_OPEN] = { sys_flash_open, true },
    [MV_SLOT_FLASH_ERASE] = { sys_flash_erase, true },
    [MV_SLOT_FLASH_READ] = { sys_flash_read, true },
};

uint32_t port_syscall(uint32_t slot, const uint32_t args[4], bool from_handler)
{
    if (slot >= PORT_SYSCALL_SLOTS)
        return MV_UNAVAILABLE;
    sys_state.last_call_us = port_clock_us();
    if (calls[slot].function == NULL || (from_handler && calls[slot].not_in_handler))
        return MV_UNAVAILABLE;
    return calls[slot].function(args);
}

void sys_init(uint32_t seed)
{
    memset(&sys_state, 0, sizeof(sys_state));
    sys_state.next_handle = seed;
    sys_state.network_status = MV_NETWORK_DISCONNECTED;
}

uint32_t sys_new_handle(void)
{
    sys_state.next_handle += 0x9e3779b1u; /* odd: visits every value once before it repeats */
    if (sys_state.next_handle == 0)
        sys_state.next_handle += 0x9e3779b1u;
    return sys_state.next_handle;
}

void sys_application_starts(uint32_t wake_reason, uint64_t now_us)
{
    port_critical_enter();
    memset(sys_state.centres, 0, sizeof(sys_state.centres));
    memset(sys_state.networks, 0, sizeof(sys_state.networks));
    memset(sys_state.listeners, 0, sizeof(sys_state.listeners));
    sys_test_starts();
    sys_flash_starts();
    sys_state.log_quota_bytes = 0;
    sys_state.used_network_api = false;
    sys_state.restart_asked = false;
    sys_state.wake_reason = wake_reason;
    sys_state.last_call_us = now_us;
    port_critical_leave();
}

void sys_set_device_id(const char sid[SID_CHARS])
{
    port_critical_enter();
    memcpy(sys_state.device_id, sid, SID_CHARS);
    port_critical_leave();
}

void sys_set_logging(bool enabled)
{
    sys_state.logging_enabled = enabled; /* one byte: no critical section needed */
}

void sys_set_fetching_update(bool fetching)
{
    sys_state.fetching_update = fetching;
}

bool sys_take_restart(void)
{
    bool asked;

    port_critical_enter();
    asked = sys_state.restart_asked;
    sys_state.restart_asked = false;
    port_critical_leave();
    return asked;
}

void sys_step(void)
{
    bool changed, on;

    port_critical_enter();
    changed = sys_state.led_changed;
    on = sys_state.led_on;
    sys_state.led_changed = false;
    port_critical_leave();
    if (changed)
        port_led(on);
}

uint64_t sys_last_call_us(void)
{
    uint64_t at_us;

    port_critical_enter();
    at_us = sys_state.last_call_us;
    port_critical_leave();
    return at_us;
}
