/* SPDX-License-Identifier: Apache-2.0 */
/* Text from devices and servers, made safe for a terminal. */
#ifndef OUTPUT_VISIBLE_H
#define OUTPUT_VISIBLE_H

#include <stddef.h>

/* Copy of UTF-8 text with every control character (C0, DEL, C1) written as \n, \t or \xNN; free with
 * mem_free. */
char *visible_text(const char *text);

/* Columns that the text takes: one per code point. */
size_t visible_columns(const char *text);

/* Bytes of the longest beginning of text that takes at most columns. */
size_t visible_cut(const char *text, size_t columns);

#endif
