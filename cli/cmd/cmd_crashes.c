/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger crashes`: the crash reports of a device, and one of them opened. */
#include <stdio.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/commands.h"
#include "crash/print.h"
#include "crypto/p256.h"
#include "elf/symbols.h"
#include "json/doc.h"
#include "output/fields.h"
#include "output/table.h"
#include "output/terminal.h"
#include "rest/rest.h"

struct list_settings {
    const char *device;
};

struct open_settings {
    const char *source, *crash; /* a file, or a device and one of its reports */
    const char *key, *elf;
};

#define AT(member) offsetof(struct open_settings, member)

static const struct args_operand list_operands[] = {
    { "DEVICE", offsetof(struct list_settings, device), false }, { 0 }
};
static const struct args_operand open_operands[] = { { "FILE|DEVICE", AT(source), false },
                                                     { "CRASH", AT(crash), true },
                                                     { 0 } };

static const struct args_option list_options[] = { { .name = NULL } };
static const struct args_option open_options[] = {
    { .name = "key",
      .kind = ARGS_TEXT,
      .offset = AT(key),
      .value = "PEM",
      .help = "P-256 private key of the bundle's --crash-report-pubkey, when the report is sealed" },
    { .name = "elf",
      .kind = ARGS_TEXT,
      .offset = AT(elf),
      .value = "APP.elf",
      .help = "the program that crashed: names functions, and lines where addr2line is installed" },
    { .name = NULL },
};

static void print_list(const struct doc *rows)
{
    static const char *const headers[] = { "SID", "TIME", "ORIGIN", "CAUSE", "PC", "SEALED", NULL };
    struct table *table = table_new(headers);

    for (size_t i = 0; i < doc_len(rows, ""); i++) {
        const struct doc *row = doc_at(rows, "", i);

        table_add(table, doc_text(row, "sid", NULL));
        table_add(table, doc_text(row, "timestamp", NULL));
        table_add(table, doc_text(row, "origin", NULL));
        table_add(table, doc_text(row, "cause", NULL));
        table_add(table, doc_text(row, "pc", NULL));
        table_add(table, doc_text(row, "sealed", NULL) ? "yes" : "no");
    }
    table_print(table, stdout, terminal_width());
    table_free(table);
}

static int run_list(struct cmd_env *env, const void *settings)
{
    const struct list_settings *s = settings;
    char *path = rest_path("/v1/Devices/", s->device, "/Crashes");
    struct doc *rows = NULL;
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_list(env->rest, path, "crashes", &rows, &env->fail);
    if (!status && env->globals.is_json)
        doc_print(stdout, rows, true);
    else if (!status)
        print_list(rows);
    doc_free(rows);
    mem_free(path);
    return status;
}

static int load_file(const char *path, struct doc **out, struct fail *fail)
{
    unsigned char *text;
    size_t len;
    int status = file_load(path, ANSWER_MAX_BYTES, &text, &len, fail);

    if (status)
        return status;
    status = doc_parse((const char *)text, len, out, fail);
    mem_free(text);
    if (status)
        fail_prefix(fail, path);
    return status;
}

static int load_report(struct cmd_env *env, const struct open_settings *s, struct doc **out)
{
    char *before, *path;
    int status;

    if (!s->crash)
        return load_file(s->source, out, &env->fail);
    before = rest_path("/v1/Devices/", s->source, "/Crashes/");
    path = rest_path(before, s->crash, "");
    status = cmd_open_rest(env);
    if (!status)
        status = rest_get(env->rest, path, out, &env->fail);
    mem_free(path);
    mem_free(before);
    return status;
}

static int unseal(const struct open_settings *s, struct crash_report *report, struct fail *fail)
{
    struct p256_key *key;
    int status;

    if (report->sealed_len == 0 || !s->key)
        return report->has_registers ? CLI_OK
               : report->sealed_len
                   ? fail_set(fail, CLI_USAGE,
                              "the report is sealed; --key names the private key that opens it")
                   : fail_set(fail, CLI_FORMAT,
                              "the report has no registers: the device could not tell them");
    status = p256_key_read(s->key, &key, fail);
    if (status)
        return status;
    status = crash_report_open(report, key, fail);
    p256_key_free(key);
    return status;
}

static void print_fault(const struct doc *doc)
{
    static const char *const names[] = { "device_sid", "app_sid",      "origin",
                                         "timestamp",  "cause",        "cause_text",
                                         "address",    "fault_status", "secure_fault_status" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        fields_print(stdout, names[i], doc_text(doc, names[i], NULL));
}

/* The file must outlive the symbols, which point into it. */
static int print_with_elf(const struct open_settings *s, const struct crash_report *report, struct fail *fail)
{
    struct symbols symbols;
    unsigned char *file;
    size_t len;
    int status = file_load(s->elf, ELF_FILE_MAX_BYTES, &file, &len, fail);

    if (status)
        return status;
    status = symbols_open(file, len, &symbols, fail);
    if (status)
        fail_prefix(fail, s->elf);
    else
        crash_print(stdout, report, &symbols, s->elf);
    mem_free(file);
    return status;
}

static int print_report(const struct cmd_env *env, const struct open_settings *s, struct doc *doc,
                        const struct crash_report *report, struct fail *fail)
{
    if (env->globals.is_json) {
        crash_report_write(report, doc);
        doc_print(stdout, doc, true);
        return CLI_OK;
    }
    print_fault(doc);
    if (s->elf)
        return print_with_elf(s, report, fail);
    crash_print(stdout, report, NULL, NULL);
    return CLI_OK;
}

static int run_open(struct cmd_env *env, const void *settings)
{
    const struct open_settings *s = settings;
    struct crash_report report;
    struct doc *doc = NULL;
    int status = load_report(env, s, &doc);

    if (!status)
        status = crash_report_read(doc, &report, &env->fail);
    if (!status)
        status = unseal(s, &report, &env->fail);
    if (!status)
        status = print_report(env, s, doc, &report, &env->fail);
    doc_free(doc);
    return status;
}

const struct command cmd_crashes_list = {
    .name = "crashes list",
    .summary = "list the crash reports of a device, newest first",
    .operands = list_operands,
    .options = list_options,
    .settings_bytes = sizeof(struct list_settings),
    .run = run_list,
};

const struct command cmd_crashes_open = {
    .name = "crashes open",
    .summary = "print a crash report: registers, stack, functions",
    .details = "FILE is a report as the REST API shows it, `-` is standard input. Nothing of a sealed report "
               "leaves this machine.\n",
    .operands = open_operands,
    .options = open_options,
    .settings_bytes = sizeof(struct open_settings),
    .run = run_open,
};
