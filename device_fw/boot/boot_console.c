/* SPDX-License-Identifier: Apache-2.0 */
/* Polled output on UART 0. A terminal that does not read costs text, never the boot. */
#include "boot/boot_console.h"

#include "ports/mps2_an505/board_regs.h"

#define BAUD_DIVISOR (BOARD_CLOCK_HZ / 115200u)
#define TX_POLLS_MAX 100000u

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
