/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger factory label`: a label from what `provision` has said, e.g. on the machine that has the printer. */
#include <stdio.h>

#include "cmd/commands.h"
#include "json/doc.h"
#include "label/label.h"
#include "output/fields.h"

struct label_settings {
    const char *sid, *claim, *out, *prefix;
};

#define AT(member) offsetof(struct label_settings, member)

static const struct args_operand operands[] = { { "SID", AT(sid), false },
                                                { "CLAIM-CODE", AT(claim), false },
                                                { 0 } };

static const struct args_option options[] = {
    { .name = "out",
      .letter = 'o',
      .kind = ARGS_TEXT,
      .offset = AT(out),
      .value = "FILE.svg",
      .help = "write the label; an existing file is not replaced" },
    { .name = "prefix",
      .kind = ARGS_TEXT,
      .offset = AT(prefix),
      .value = "TEXT",
      .help = "put in front of SID and claim code in the QR code, e.g. https://example.com/claim/" },
    { .name = NULL },
};

static void report(const struct cmd_env *env, const struct label_settings *s, const struct label *label)
{
    struct doc *json;

    if (!env->globals.is_json) {
        label_print_terminal(stdout, label);
        fields_print(stdout, "sid", s->sid);
        fields_print(stdout, "claim code", s->claim);
        return;
    }
    json = doc_new_object();
    doc_set_text(json, "sid", s->sid);
    doc_set_text(json, "claim_code", s->claim);
    doc_set_text(json, "file", s->out);
    doc_print(stdout, json, true);
    doc_free(json);
}

static int run(struct cmd_env *env, const void *settings)
{
    const struct label_settings *s = settings;
    struct label label;
    int status = label_make(s->sid, s->claim, s->prefix, &label, &env->fail);

    if (!status && s->out)
        status = label_write_svg(&label, s->out, &env->fail);
    if (!status)
        report(env, s, &label);
    label_clear(&label);
    return status;
}

const struct command cmd_factory_label = {
    .name = "factory label",
    .summary = "make a device's label: SID, claim code, QR code",
    .operands = operands,
    .options = options,
    .settings_bytes = sizeof(struct label_settings),
    .run = run,
};
