/* SPDX-License-Identifier: Apache-2.0 */
/* A crash report for people: registers, stack, and the functions and lines that its addresses lie in. */
#ifndef CRASH_PRINT_H
#define CRASH_PRINT_H

#include <stdio.h>

#include "crash/report.h"

struct symbols;

/* symbols and elf_path: of the program that crashed, or NULL. */
void crash_print(FILE *out, const struct crash_report *report, const struct symbols *symbols,
                 const char *elf_path);

#endif
