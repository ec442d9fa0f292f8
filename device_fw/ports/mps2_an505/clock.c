/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time: timer 0 runs freely at 20 MHz and is extended to 64 bits, timer 1 is the alarm.
 *
 * Invariant: the counter is read at least once per wrap (214 s), because no sleep is longer than
 * ALARM_SLEEP_MAX_US and the thread gets the core whatever the application does.
 */
#include "port/port_clock.h"

#include "ports/mps2_an505/alarm.h"
#include "ports/mps2_an505/board_irq.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/world.h"

#define TICKS_PER_US (BOARD_CLOCK_HZ / 1000000u)

static uint32_t counter_low;
static uint32_t counter_high;

void clock_start(void)
{
    REG32(TIMER_CTRL(TIMER0_S)) = 0;
    REG32(TIMER_RELOAD(TIMER0_S)) = UINT32_MAX;
    REG32(TIMER_VALUE(TIMER0_S)) = UINT32_MAX;
    REG32(TIMER_CTRL(TIMER0_S)) = TIMER_CTRL_EN;
    REG32(TIMER_CTRL(TIMER1_S)) = 0;
    irq_enable(IRQ_TIMER1);
}

uint64_t port_clock_us(void)
{
    uint32_t lock = board_irq_lock();
    uint32_t now = ~REG32(TIMER_VALUE(TIMER0_S));

    if (now < counter_low) {
        counter_high++;
    }
    counter_low = now;
    uint64_t ticks = (uint64_t)counter_high << 32 | now;
    board_irq_unlock(lock);
    return ticks / TICKS_PER_US;
}

void port_clock_rates(struct port_clock_rates *out)
{
    *out = (struct port_clock_rates){
        .sysclk_hz = BOARD_CLOCK_HZ,
        .hclk_hz = BOARD_CLOCK_HZ,
        .pclk1_hz = BOARD_CLOCK_HZ,
        .pclk2_hz = BOARD_CLOCK_HZ,
    };
}

bool alarm_set(uint64_t deadline_us)
{
    uint64_t now_us = port_clock_us();

    if (deadline_us <= now_us) {
        return false;
    }
    uint64_t sleep_us = deadline_us - now_us;
    uint32_t ticks = (uint32_t)(sleep_us < ALARM_SLEEP_MAX_US ? sleep_us : ALARM_SLEEP_MAX_US) * TICKS_PER_US;
    REG32(TIMER_CTRL(TIMER1_S)) = 0;
    REG32(TIMER_INTCLR(TIMER1_S)) = 1;
    REG32(TIMER_RELOAD(TIMER1_S)) = ticks;
    REG32(TIMER_VALUE(TIMER1_S)) = ticks;
    REG32(TIMER_CTRL(TIMER1_S)) = TIMER_CTRL_IRQEN | TIMER_CTRL_EN;
    return true;
}

void alarm_clear(void)
{
    REG32(TIMER_CTRL(TIMER1_S)) = 0;
    REG32(TIMER_INTCLR(TIMER1_S)) = 1;
}

void alarm_isr(void)
{
    alarm_clear();
    world_wake();
}
