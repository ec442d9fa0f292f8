/* SPDX-License-Identifier: Apache-2.0 */
/* Polled output on UART0 (CMSDK APB UART), transmit only. A terminal that does not read costs text, never the
 * boot. */
#include "boot/boot_console.h"

#define UART_DATA    (*(volatile uint32_t *)0x50200000u)
#define UART_STATE   (*(volatile uint32_t *)0x50200004u)
#define UART_CTRL    (*(volatile uint32_t *)0x50200008u)
#define UART_BAUDDIV (*(volatile uint32_t *)0x50200010u)

#define STATE_TX_FULL  1u
#define CTRL_TX_ENABLE 1u
#define BAUD_DIVISOR   173u /* 20 MHz / 115,200 */
#define TX_POLLS_MAX   100000u

void boot_console_open(void)
{
    UART_BAUDDIV = BAUD_DIVISOR;
    UART_CTRL = CTRL_TX_ENABLE;
}

static void put_char(char c)
{
    for (uint32_t polls = 0; (UART_STATE & STATE_TX_FULL) != 0; polls++) {
        if (polls == TX_POLLS_MAX) {
            return;
        }
    }
    UART_DATA = (uint8_t)c;
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
