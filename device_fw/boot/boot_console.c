/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UART 0: polled output, and input that is slept for.
 *
 * A terminal that does not read costs text, never the boot. The receiver's interrupt is enabled in recovery only, where it ends a
 * wait and is never taken (PRIMASK): recovery leaves by a reset, so nothing of it is left for the microvisor (B3).
 */
#include "boot/boot_console.h"

#include "ports/mps2_an505/board_regs.h"

#define BAUD_DIVISOR (BOARD_CLOCK_HZ / 115200u)
#define TX_POLLS_MAX 100000u
/* A character at 115,200 baud takes 1,740 cycles. */
#define TX_LAST_CHAR_POLLS 2000u

void boot_console_open(void)
{
    REG32(UART_BAUDDIV(UART0_S)) = BAUD_DIVISOR;
    REG32(UART_CTRL(UART0_S)) = UART_CTRL_TXEN;
}

static void put_char(char c)
{
    for (uint32_t polls = 0; (REG32(UART_STATE(UART0_S)) & UART_STATE_TXFULL) != 0; polls++) {
        if (polls == TX_POLLS_MAX) {
            return;
        }
    }
    REG32(UART_DATA(UART0_S)) = (uint8_t)c;
}

void boot_console_text(const char *text)
{
    for (; *text != '\0'; text++) {
        put_char(*text);
    }
}

void boot_console_number(uint32_t value)
{
    char digits[10];
    uint32_t count = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        put_char(digits[--count]);
    }
}

void boot_console_flush(void)
{
    for (uint32_t polls = 0; polls < TX_LAST_CHAR_POLLS; polls++) {
        (void)REG32(UART_STATE(UART0_S)); /* the buffer, and the character that is under way behind it */
    }
}

void boot_console_listen(void)
{
    __asm volatile("cpsid i");
    REG32(UART_CTRL(UART0_S)) = UART_CTRL_TXEN | UART_CTRL_RXEN | UART_CTRL_RXIRQ;
    REG32(NVIC_ISER(IRQ_UART0_RX / 32u)) = 1u << IRQ_UART0_RX % 32u;
}

char boot_console_wait(void)
{
    while ((REG32(UART_STATE(UART0_S)) & UART_STATE_RXFULL) == 0) {
        REG32(UART_INTCLEAR(UART0_S)) = UART_INT_RX;
        REG32(NVIC_ICPR(IRQ_UART0_RX / 32u)) = 1u << IRQ_UART0_RX % 32u;
        if ((REG32(UART_STATE(UART0_S)) & UART_STATE_RXFULL) == 0) { /* it may have come in between */
            __asm volatile("wfi");
        }
    }
    return (char)REG32(UART_DATA(UART0_S));
}
