/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host port's application: lines of text instead of machine code (README.md has the language). Parsing
 * only; running is in application.c.
 */
#ifndef PORTS_HOST_SCRIPT_H
#define PORTS_HOST_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#define SCRIPT_MAGIC          "#!outrigger-host\n"
#define SCRIPT_LINE_MAX_BYTES 1100u /* a log line of 1,024 bytes and its verb */

enum script_verb {
    SCRIPT_END, /* no more lines */
    SCRIPT_LOG,
    SCRIPT_SLEEP,
    SCRIPT_LOOP,
    SCRIPT_REPEAT,
    SCRIPT_CRASH,
    SCRIPT_RESTART,
    SCRIPT_SPIN,
    SCRIPT_CALL,
    SCRIPT_BAD /* not a line of the language */
};

struct script_line {
    enum script_verb verb;
    uint32_t number[5]; /* arguments that are numbers; missing ones are 0 */
    const char *text;   /* what follows the verb, not terminated */
    uint32_t text_len;
};

/* True if the image begins with SCRIPT_MAGIC. */
bool script_valid(const uint8_t *image, uint32_t len);

/* Parses the line at *offset and moves *offset behind it. Blank lines and comments are skipped. */
struct script_line script_next(const uint8_t *image, uint32_t len, uint32_t *offset);

#endif
