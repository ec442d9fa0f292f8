/* SPDX-License-Identifier: Apache-2.0 */
/* Reads crash reports from JSON, and opens what a device has sealed (PROTOCOL.md section 10). */
#include "crash/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/status.h"
#include "crypto/hpke.h"
#include "json/doc.h"

#define REGISTER_BYTES (4 * CRASH_REGISTER_WORDS)

const char *crash_register_name(size_t index)
{
    static const char *const names[CRASH_REGISTER_WORDS] = { "r0",  "r1", "r2", "r3", "r4",  "r5",
                                                             "r6",  "r7", "r8", "r9", "r10", "r11",
                                                             "r12", "sp", "lr", "pc", "xpsr" };

    return names[index];
}

/* A number in hexadecimal, with or without 0x, of at most digits digits and nothing else. */
static bool read_hex(const char *text, size_t digits, uint64_t *out)
{
    size_t len;

    if (strncmp(text, "0x", 2) == 0)
        text += 2;
    len = strlen(text);
    if (len == 0 || len > digits || strspn(text, "0123456789abcdefABCDEF") != len)
        return false;
    *out = strtoull(text, NULL, 16);
    return true;
}

static bool read_registers(const struct doc *registers, struct crash_report *out)
{
    for (size_t i = 0; i < CRASH_REGISTER_WORDS; i++) {
        uint64_t value;

        if (!read_hex(doc_text(registers, crash_register_name(i), ""), 8, &value))
            return false;
        out->registers[i] = (uint32_t)value;
    }
    out->has_registers = true;
    return true;
}

int crash_report_read(const struct doc *doc, struct crash_report *out, struct fail *fail)
{
    const struct doc *registers = doc_get(doc, "registers");

    *out = (struct crash_report){ 0 };
    if (!read_hex(doc_text(doc, "report_id", ""), 16, &out->report_id))
        return fail_set(fail, CLI_FORMAT, "this is no crash report: it has no report_id");
    if (registers && !read_registers(registers, out))
        return fail_set(fail, CLI_FORMAT, "the crash report has registers that are not hexadecimal numbers");
    if (!base64_from_text(doc_text(doc, "stack", ""), out->stack, sizeof(out->stack), &out->stack_len))
        return fail_set(fail, CLI_FORMAT, "the crash report's stack is not base64 of at most %u bytes",
                        CRASH_STACK_MAX_BYTES);
    if (!base64_from_text(doc_text(doc, "sealed", ""), out->sealed, sizeof(out->sealed), &out->sealed_len))
        return fail_set(fail, CLI_FORMAT,
                        "what is sealed in the crash report is not base64 of at most %u bytes",
                        CRASH_SEALED_MAX_BYTES);
    return CLI_OK;
}

static uint32_t get32(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

int crash_report_open(struct crash_report *report, const struct p256_key *key, struct fail *fail)
{
    unsigned char id[8], text[CRASH_SEALED_MAX_BYTES];
    const struct hpke_purpose purpose = { CRASH_SEAL_INFO, CRASH_SEAL_INFO_BYTES, id, sizeof(id) };
    int status;

    for (size_t i = 0; i < sizeof(id); i++)
        id[i] = (unsigned char)(report->report_id >> (56 - 8 * i));
    status = hpke_open(key, &purpose, report->sealed, report->sealed_len, text, fail);
    if (status)
        return status;
    if (report->sealed_len < HPKE_EXTRA_BYTES + REGISTER_BYTES)
        return fail_set(fail, CLI_FORMAT, "what was sealed is too short for the registers");
    for (size_t i = 0; i < CRASH_REGISTER_WORDS; i++)
        report->registers[i] = get32(text + 4 * i);
    report->has_registers = true;
    report->stack_len = report->sealed_len - HPKE_EXTRA_BYTES - REGISTER_BYTES;
    memcpy(report->stack, text + REGISTER_BYTES, report->stack_len);
    return CLI_OK;
}

void crash_report_write(const struct crash_report *report, struct doc *doc)
{
    struct doc *registers = doc_new_object();
    char word[11], stack[BASE64_CHARS(CRASH_STACK_MAX_BYTES) + 1];

    for (size_t i = 0; i < CRASH_REGISTER_WORDS; i++) {
        (void)snprintf(word, sizeof(word), "0x%08x", report->registers[i]);
        doc_set_text(registers, crash_register_name(i), word);
    }
    base64_to_text(report->stack, report->stack_len, stack);
    doc_set_doc(doc, "registers", registers);
    doc_set_text(doc, "stack", report->stack_len ? stack : NULL);
}
