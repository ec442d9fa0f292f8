/* SPDX-License-Identifier: Apache-2.0 */
/* Prints one line on UART 0 in any state of the microvisor, interrupts masked or not. */
#include "ports/mps2_an505/panic_line.h"

#include "ports/mps2_an505/console.h"

static void text(const char *s)
{
    for (; *s != '\0'; s++) {
        console_put_polled(*s);
    }
}

static void hex(uint32_t value)
{
    text("0x");
    for (int shift = 28; shift >= 0; shift -= 4) {
        console_put_polled("0123456789abcdef"[value >> shift & 15u]);
    }
}

void panic_line(const char *what, const struct panic_field *fields, uint32_t count)
{
    text("\r\nwhat=");
    text(what);
    for (uint32_t i = 0; i < count; i++) {
        text(" ");
        text(fields[i].name);
        text("=");
        hex(fields[i].value);
    }
    text("\r\n");
}
