/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger keys list`: the key updates of the account. */
#include <stdio.h>

#include "base/mem.h"
#include "cmd/commands.h"
#include "json/doc.h"
#include "output/table.h"
#include "output/terminal.h"
#include "rest/rest.h"

struct keys_settings {
    int unused;
};

static char *count_of(const struct doc *update, const char *name)
{
    return mem_format("%zu", doc_len(update, name));
}

static void print_updates(const struct doc *updates)
{
    static const char *const headers[] = { "SEQUENCE", "DATE",      "SIGNED BY", "ADDED",
                                           "DELETED",  "SERVER CA", NULL };
    struct table *table = table_new(headers);

    for (size_t i = 0; i < doc_len(updates, ""); i++) {
        const struct doc *update = doc_at(updates, "", i);
        char *sequence = mem_format("%lld", doc_int(update, "sequence", 0));
        char *added = count_of(update, "added_signers"), *deleted = count_of(update, "deleted_signers");

        table_add(table, sequence);
        table_add(table, doc_text(update, "date_created", ""));
        table_add(table, doc_text(update, "signer_id", ""));
        table_add(table, added);
        table_add(table, deleted);
        table_add(table, doc_text(update, "added_server_ca",
                                  doc_len(update, "deleted_server_cas") ? "deleted" : ""));
        mem_free(sequence);
        mem_free(added);
        mem_free(deleted);
    }
    table_print(table, stdout, terminal_width());
    table_free(table);
}

static int run_list(struct cmd_env *env, const void *settings)
{
    struct doc *updates = NULL;
    int status = cmd_open_rest(env);

    (void)settings;
    if (!status)
        status = rest_list(env->rest, "/v1/KeyUpdates", "key_updates", &updates, &env->fail);
    if (status)
        return status;
    if (env->globals.is_json)
        doc_print(stdout, updates, true);
    else
        print_updates(updates);
    doc_free(updates);
    return CLI_OK;
}

const struct command cmd_keys_list = {
    .name = "keys list",
    .summary = "list the key updates that were added, newest first",
    .settings_bytes = sizeof(struct keys_settings),
    .run = run_list,
};
