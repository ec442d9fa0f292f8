/* SPDX-License-Identifier: Apache-2.0 */
/* What standard output and standard error are connected to. */
#ifndef OUTPUT_TERMINAL_H
#define OUTPUT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Columns of the terminal on standard output; 0 = it is none. */
size_t terminal_width(void);
bool terminal_is_stderr(void);

#endif
