/* SPDX-License-Identifier: Apache-2.0 */
/* Calls about time and clock frequencies, and the wall time that the server has given. */
#include "core/sys/sys_state.h"
#include "port/port_clock.h"
#include "port/port_critical.h"
#include "port/port_ns.h"

static uint32_t give_u64(uint32_t address, uint64_t value)
{
    return port_ns_write(address, &value, sizeof(value)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

static uint32_t give_u32(uint32_t address, uint32_t value)
{
    return port_ns_write(address, &value, sizeof(value)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

uint32_t sys_get_microseconds(const uint32_t args[4])
{
    return give_u64(args[0], port_clock_us());
}

uint32_t sys_get_wall_time(const uint32_t args[4])
{
    if (!port_ns_writable(args[0], sizeof(uint64_t)))
        return MV_PARAMETERFAULT;
    if (!sys_state.wall_known)
        return MV_TIMENOTSET;
    return give_u64(args[0], port_clock_us() + sys_state.wall_minus_clock_us);
}

static struct port_clock_rates rates(void)
{
    struct port_clock_rates out;

    port_clock_rates(&out);
    return out;
}

uint32_t sys_get_sysclk(const uint32_t args[4])
{
    return give_u32(args[0], rates().sysclk_hz);
}

uint32_t sys_get_hclk(const uint32_t args[4])
{
    return give_u32(args[0], rates().hclk_hz);
}

uint32_t sys_get_pclk1(const uint32_t args[4])
{
    return give_u32(args[0], rates().pclk1_hz);
}

uint32_t sys_get_pclk2(const uint32_t args[4])
{
    return give_u32(args[0], rates().pclk2_hz);
}

void sys_set_wall_time(uint64_t unix_us, uint64_t now_us)
{
    port_critical_enter();
    sys_state.wall_minus_clock_us = unix_us - now_us;
    sys_state.wall_known = true;
    port_critical_leave();
}

uint64_t sys_wall_time_us(uint64_t now_us)
{
    return sys_state.wall_known ? now_us + sys_state.wall_minus_clock_us : 0;
}
