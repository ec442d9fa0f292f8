/* SPDX-License-Identifier: Apache-2.0 */
/* The last words on the console: polled, bounded, no buffers, no locks. */
#ifndef MPS2_AN505_PANIC_LINE_H
#define MPS2_AN505_PANIC_LINE_H

#include <stdint.h>

struct panic_field {
    const char *name;
    uint32_t value; /* printed in hexadecimal */
};

/* what=<what> name=0x........ ... */
void panic_line(const char *what, const struct panic_field *fields, uint32_t count);

#endif
