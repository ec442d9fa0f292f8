/* SPDX-License-Identifier: Apache-2.0 */
/* Shows devices; device/device.c reads them. */
#include "cmd/device_view.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "device/device.h"
#include "json/doc.h"
#include "output/fields.h"
#include "output/table.h"
#include "output/terminal.h"

static void print_update(const char *name, const struct device_update *u)
{
    if (u->error_code)
        fields_print_format(stdout, name, "%s: %lld, %s", u->status, u->error_code, u->error_text);
    else if (u->bytes_total)
        fields_print_format(stdout, name, "%s (%s, %lld of %lld bytes)", u->status, u->phase, u->bytes_done,
                            u->bytes_total);
    else if (*u->phase && strcmp(u->phase, "idle") != 0)
        fields_print_format(stdout, name, "%s (%s)", u->status, u->phase);
    else
        fields_print(stdout, name, u->status);
}

static void print_microvisor(const struct device *d)
{
    const char *slot = d->microvisor.slot, *version = d->microvisor.version;

    if (*slot)
        fields_print_format(stdout, "microvisor", "%s, slot %s, %s, security ratchet %lld", version, slot,
                            d->microvisor.is_confirmed ? "confirmed" : "on trial", d->microvisor.ratchet);
    else
        fields_print(stdout, "microvisor", version);
    if (!*d->microvisor.update.target_sid)
        return;
    fields_print_format(stdout, "target microvisor", "%s%s%s", d->microvisor.update.target_sid,
                        strcmp(d->microvisor.target_source, "default") == 0 ? ", the default of its board"
                                                                            : "",
                        d->microvisor.is_urgent ? ", at once" : "");
    print_update("microvisor update", &d->microvisor.update);
}

static void print_device(const struct doc *json)
{
    struct device d;

    device_read(json, &d);
    fields_print(stdout, "sid", d.sid);
    fields_print(stdout, "unique name", d.name);
    fields_print(stdout, "state", d.is_revoked ? "revoked" : d.is_online ? "online" : "offline");
    fields_print(stdout, "last seen", d.last_seen);
    fields_print(stdout, "board", d.board);
    print_microvisor(&d);
    fields_print(stdout, "target app", d.app.target_sid);
    fields_print(stdout, "reported app", d.app.reported_sid);
    fields_print(stdout, "app state", d.app_state);
    print_update("update", &d.app);
    fields_print_format(stdout, "crashes", "%lld", d.crash_count);
    fields_print(stdout, "logging until",
                 d.is_logging ? doc_text(json, "logging.date_expires", "on") : "off");
}

void device_view_show(const struct cmd_env *env, const struct doc *device)
{
    if (env->globals.is_json)
        doc_print(stdout, device, true);
    else
        print_device(device);
}

void device_view_table(const struct doc *devices)
{
    static const char *const headers[] = { "SID", "NAME",   "STATE",      "BOARD",
                                           "APP", "UPDATE", "MICROVISOR", NULL };
    struct table *table = table_new(headers);

    for (size_t i = 0; i < doc_len(devices, ""); i++) {
        struct device d;

        device_read(doc_at(devices, "", i), &d);
        table_add(table, d.sid);
        table_add(table, d.name);
        table_add(table, d.is_revoked ? "revoked" : d.is_online ? "online" : "offline");
        table_add(table, d.board);
        table_add(table, d.app.reported_sid);
        table_add(table, d.app.status);
        table_add(table, d.microvisor.version);
    }
    table_print(table, stdout, terminal_width());
    table_free(table);
}
