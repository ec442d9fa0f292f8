/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One bounded line of text, built piece by piece without printf, for console and log.
 * Invariant: text is always NUL-terminated; what does not fit is cut off, never written elsewhere.
 */
#ifndef CORE_LINE_H
#define CORE_LINE_H

#include <stdint.h>

#define LINE_CHARS 160u /* longest console line of the core with a 64-digit hash and words */

struct line {
    uint32_t length;
    char text[LINE_CHARS + 1];
};

/* Begins a line with the name of the event ("update refused"). */
void line_start(struct line *line, const char *what);

void line_text(struct line *line, const char *text);
void line_number(struct line *line, uint64_t number);

/* Appends " key=value". */
void line_key_text(struct line *line, const char *key, const char *value);
void line_key_number(struct line *line, const char *key, uint64_t value);
void line_key_hex(struct line *line, const char *key, uint32_t value);
void line_key_bytes(struct line *line, const char *key, const uint8_t *data, uint32_t len);

/* Writes the line and LF to the console. */
void line_print(const struct line *line);

#endif
