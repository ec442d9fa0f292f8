/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Console on UART 0: interrupt-driven receive ring, polled transmit.
 *
 * Invariants
 *  - single producer (console_isr), single consumer (the thread); each index has one writer;
 *  - a full ring stops receiving instead of losing bytes: the UART's data register stays full, which holds
 * the sender;
 *  - a terminal that stops reading costs output, not the microvisor: after TX_STALL_US a character is
 * dropped, and the rest without waiting, until the UART takes characters again.
 */
#include "ports/mps2_an505/console.h"

#include "port/port_clock.h"
#include "port/port_console.h"
#include "ports/mps2_an505/board_irq.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/world.h"

#define RING_BYTES     256u /* a power of two; provisioning lines are taken piece by piece */
#define BAUD_DIVISOR   (BOARD_CLOCK_HZ / 115200u)
#define TX_STALL_US    100000u
#define TX_NAP_US      500u
#define TX_QUICK_POLLS 64u
#define TX_POLLS_MAX   200000u

static uint8_t ring[RING_BYTES];
static volatile uint32_t ring_in;
static volatile uint32_t ring_out;
static bool tx_stalled;

void console_start(void)
{
    REG32(UART_BAUDDIV(UART0_S)) = BAUD_DIVISOR;
    REG32(UART_CTRL(UART0_S)) = UART_CTRL_TXEN | UART_CTRL_RXEN | UART_CTRL_RXIRQ;
    irq_enable(IRQ_UART0_RX);
}

static bool tx_is_full(void)
{
    return (REG32(UART_STATE(UART0_S)) & UART_STATE_TXFULL) != 0;
}

/* Waits in naps: a core that only polls keeps the emulator from moving the bytes. */
static void tx_wait(void)
{
    uint64_t give_up_us = port_clock_us() + TX_STALL_US;

    for (uint32_t polls = 0; tx_is_full() && !tx_stalled; polls++) {
        uint64_t now_us = port_clock_us();
        if (polls >= TX_QUICK_POLLS) {
            world_sleep_until(now_us + TX_NAP_US);
        }
        tx_stalled = now_us >= give_up_us;
    }
}

void port_console_write(const char *text, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        tx_wait();
        if (!tx_is_full()) {
            tx_stalled = false;
            REG32(UART_DATA(UART0_S)) = (uint8_t)text[i];
        }
    }
}

void console_put_polled(char c)
{
    for (uint32_t polls = 0; tx_is_full() && polls < TX_POLLS_MAX; polls++) {
    }
    REG32(UART_DATA(UART0_S)) = (uint8_t)c;
}

bool console_has_input(void)
{
    return ring_in != ring_out;
}

static void rx_drain(void)
{
    while ((REG32(UART_STATE(UART0_S)) & UART_STATE_RXFULL) != 0) {
        if (ring_in - ring_out == RING_BYTES) {
            REG32(UART_CTRL(UART0_S)) = UART_CTRL_TXEN | UART_CTRL_RXEN;
            return;
        }
        ring[ring_in % RING_BYTES] = (uint8_t)REG32(UART_DATA(UART0_S));
        ring_in++;
    }
}

void console_isr(void)
{
    REG32(UART_INTCLEAR(UART0_S)) = UART_INT_RX;
    rx_drain();
    world_wake();
}

uint32_t port_console_read(char *buf, uint32_t len)
{
    uint32_t count = 0;

    while (count < len && ring_out != ring_in) {
        buf[count++] = (char)ring[ring_out % RING_BYTES];
        ring_out++;
    }
    uint32_t lock = board_irq_lock();
    REG32(UART_CTRL(UART0_S)) = UART_CTRL_TXEN | UART_CTRL_RXEN | UART_CTRL_RXIRQ;
    rx_drain();
    board_irq_unlock(lock);
    return count;
}
