/* SPDX-License-Identifier: Apache-2.0 */
/* A crash report as the server's REST API shows it, and what is sealed in it. */
#ifndef CRASH_REPORT_H
#define CRASH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "proto/limits.h"

struct doc;
struct p256_key;

/* Indexes of registers. */
enum { CRASH_SP = 13, CRASH_LR, CRASH_PC, CRASH_XPSR };

struct crash_report {
    uint64_t report_id;
    bool has_registers;
    uint32_t registers[CRASH_REGISTER_WORDS];
    unsigned char stack[CRASH_STACK_MAX_BYTES]; /* from sp upwards */
    size_t stack_len;
    unsigned char sealed[CRASH_SEALED_MAX_BYTES];
    size_t sealed_len; /* 0: nothing is sealed */
};

/* Name of a register, static memory. */
const char *crash_register_name(size_t index);

/* Reads what the server sent. CLI_FORMAT: it is no crash report. */
int crash_report_read(const struct doc *doc, struct crash_report *out, struct fail *fail);

/* Puts registers and stack into a report's JSON, in the form in which the server shows those that nobody sealed. */
void crash_report_write(const struct crash_report *report, struct doc *doc);

/* Opens what is sealed and fills in registers and stack. CLI_FORMAT: it was sealed to another key, or altered. */
int crash_report_open(struct crash_report *report, const struct p256_key *key, struct fail *fail);

#endif
