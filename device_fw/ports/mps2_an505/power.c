/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reset, reset reason, watchdog, LED.
 *
 * The reason is written just before the reset and taken out at the next start; a reset that nobody announced
 * (power, the reset button) finds none and counts as a cold boot. RAM keeps its content over resets and is
 * zero at power-on. So does the count of falls, which is there when its complement is.
 */
#include "ports/mps2_an505/power.h"

#include "port/port_power.h"
#include "ports/mps2_an505/alarm.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/memory_map.h"

#define REASON_MAGIC   0x4F545252u /* marks a reason that was written by us */
#define RETAINED_MAGIC REG32(MAP_RETAINED)
#define RETAINED_WORD  REG32(MAP_RETAINED + 4u)
#define FALLS          REG32(MAP_RETAINED + 8u)
#define FALLS_INVERSE  REG32(MAP_RETAINED + 12u)

_Static_assert(MAP_HANDOVER >= MAP_RETAINED + 16u, "the four words do not overlap what follows");
_Static_assert(ALARM_SLEEP_MAX_US / 1000u * 2u < POWER_WATCHDOG_MS,
               "the longest sleep leaves room for a kick");

static enum power_reason last_reason;

void power_watchdog_start(uint32_t ms)
{
    REG32(WATCHDOG_LOCK) = WATCHDOG_KEY;
    REG32(WATCHDOG_LOAD) = BOARD_CLOCK_HZ / 1000u * ms;
    REG32(WATCHDOG_CTRL) = WATCHDOG_CTRL_IRQ | WATCHDOG_CTRL_RST;
    REG32(WATCHDOG_LOCK) = 0;
}

void power_start(void)
{
    if (RETAINED_MAGIC == REASON_MAGIC) {
        last_reason = (enum power_reason)RETAINED_WORD;
    }
    RETAINED_MAGIC = 0;
    power_watchdog_start(POWER_WATCHDOG_MS);
}

static void falls_write(uint32_t falls)
{
    FALLS = falls;
    FALLS_INVERSE = ~falls;
}

uint32_t power_falls(void)
{
    return FALLS_INVERSE == ~FALLS ? FALLS : 0;
}

void power_falls_forget(void)
{
    falls_write(0);
}

void power_reset(enum power_reason reason)
{
    if (reason == POWER_REASON_CRASH || reason == POWER_REASON_WATCHDOG) {
        falls_write(power_falls() + 1);
    }
    RETAINED_WORD = reason;
    RETAINED_MAGIC = REASON_MAGIC;
    board_barrier();
    REG32(SCB_AIRCR) = AIRCR_VECTKEY | AIRCR_PRIS | AIRCR_SYSRESETREQS | AIRCR_SYSRESETREQ;
    board_barrier();
    for (;;) {
        __asm volatile("wfi");
    }
}

uint32_t port_reset_reason(void)
{
    return last_reason;
}

void port_restart(uint32_t reason)
{
    power_reset((enum power_reason)reason);
}

void port_watchdog_kick(void)
{
    REG32(WATCHDOG_LOCK) = WATCHDOG_KEY;
    REG32(WATCHDOG_INTCLR) = 1;
    REG32(WATCHDOG_LOCK) = 0;
}

uint32_t port_watchdog_ms(void)
{
    return POWER_WATCHDOG_MS;
}

const char *port_board_name(void)
{
    return "mps2_an505";
}

void port_led(bool on)
{
    REG32(FPGAIO_LED) = on ? 1u : 0u;
}
