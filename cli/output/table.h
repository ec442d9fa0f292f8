/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for people: columns as wide as needed, cut to the terminal's width when there is one. */
#ifndef OUTPUT_TABLE_H
#define OUTPUT_TABLE_H

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 10

struct table;

/* headers: column titles, ended by NULL, at most TABLE_COLUMNS_MAX. */
struct table *table_new(const char *const headers[]);
void table_free(struct table *table); /* NULL ok */

/* Fills the next cell, row by row; NULL or "" is shown as "-". Control characters are made visible. */
void table_add(struct table *table, const char *cell);

/* width: columns of the terminal; 0 = unlimited, as for a pipe: nothing is ever cut there. */
void table_print(const struct table *table, FILE *out, size_t width);

#endif
