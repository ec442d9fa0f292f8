/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger devices ...`: the fleet. */
#include <stdio.h>

#include "base/mem.h"
#include "cmd/commands.h"
#include "device/device.h"
#include "json/doc.h"
#include "output/fields.h"
#include "output/table.h"
#include "output/terminal.h"
#include "rest/rest.h"

#define DEVICES           "/v1/Devices"
#define CHANGE_FIELDS_MAX 5

struct device_settings {
    const char *device; /* SID or unique name */
    const char *name, *target;
    enum args_switch logging;
    bool restart, revoke, unrevoke;
};

#define AT(member) offsetof(struct device_settings, member)

static const struct args_operand device_operand[] = { { "DEVICE", AT(device), false }, { 0 } };

static void print_update(const struct device *d)
{
    if (d->error_code)
        fields_print_format(stdout, "update", "%s: %lld, %s", d->update_status, d->error_code, d->error_text);
    else if (d->bytes_total)
        fields_print_format(stdout, "update", "%s (%s, %lld of %lld bytes)", d->update_status,
                            d->update_phase, d->bytes_done, d->bytes_total);
    else
        fields_print(stdout, "update", d->update_status);
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
    fields_print(stdout, "microvisor", d.microvisor_version);
    fields_print(stdout, "target app", d.target_sid);
    fields_print(stdout, "reported app", d.reported_sid);
    fields_print(stdout, "app state", d.app_state);
    print_update(&d);
    fields_print_format(stdout, "crashes", "%lld", d.crash_count);
    fields_print(stdout, "logging until",
                 d.is_logging ? doc_text(json, "logging.date_expires", "on") : "off");
}

static void show_device(const struct cmd_env *env, const struct doc *json)
{
    if (env->globals.is_json)
        doc_print(stdout, json, true);
    else
        print_device(json);
}

static void print_devices(const struct doc *devices)
{
    static const char *const headers[] = { "SID", "NAME", "STATE", "BOARD", "APP", "UPDATE", NULL };
    struct table *table = table_new(headers);

    for (size_t i = 0; i < doc_len(devices, ""); i++) {
        struct device d;

        device_read(doc_at(devices, "", i), &d);
        table_add(table, d.sid);
        table_add(table, d.name);
        table_add(table, d.is_revoked ? "revoked" : d.is_online ? "online" : "offline");
        table_add(table, d.board);
        table_add(table, d.reported_sid);
        table_add(table, d.update_status);
    }
    table_print(table, stdout, terminal_width());
    table_free(table);
}

static int run_list(struct cmd_env *env, const void *settings)
{
    struct doc *devices = NULL;
    int status = cmd_open_rest(env);

    (void)settings;
    if (!status)
        status = rest_list(env->rest, DEVICES, "devices", &devices, &env->fail);
    if (status)
        return status;
    if (env->globals.is_json)
        doc_print(stdout, devices, true);
    else
        print_devices(devices);
    doc_free(devices);
    return CLI_OK;
}

static int run_show(struct cmd_env *env, const void *settings)
{
    const struct device_settings *s = settings;
    char *path = rest_path(DEVICES "/", s->device, "");
    struct doc *device = NULL;
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_get(env->rest, path, &device, &env->fail);
    mem_free(path);
    if (status)
        return status;
    show_device(env, device);
    doc_free(device);
    return CLI_OK;
}

static size_t collect_changes(const struct device_settings *s, struct http_field fields[CHANGE_FIELDS_MAX])
{
    size_t n = 0;

    if (s->name)
        fields[n++] = (struct http_field){ "UniqueName", s->name };
    if (s->target)
        fields[n++] = (struct http_field){ "TargetApp", s->target };
    if (s->logging != ARGS_UNSET)
        fields[n++] = (struct http_field){ "LoggingEnabled", s->logging == ARGS_ON ? "true" : "false" };
    if (s->restart)
        fields[n++] = (struct http_field){ "RestartApp", "true" };
    if (s->revoke || s->unrevoke)
        fields[n++] = (struct http_field){ "Revoked", s->revoke ? "true" : "false" };
    return n;
}

static int change_device(struct cmd_env *env, const char *name, const struct http_field *fields, size_t count)
{
    char *path = rest_path(DEVICES "/", name, "");
    struct doc *device = NULL;
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_post(env->rest, path, fields, count, &device, &env->fail);
    mem_free(path);
    if (status)
        return status;
    show_device(env, device);
    doc_free(device);
    return CLI_OK;
}

static int run_update(struct cmd_env *env, const void *settings)
{
    const struct device_settings *s = settings;
    struct http_field fields[CHANGE_FIELDS_MAX];
    size_t count = collect_changes(s, fields);

    if (count == 0)
        return fail_set(&env->fail, CLI_USAGE, "nothing to change: give at least one option");
    if (s->revoke && s->unrevoke)
        return fail_set(&env->fail, CLI_USAGE, "--revoke and --unrevoke exclude each other");
    return change_device(env, s->device, fields, count);
}

static int run_revoke(struct cmd_env *env, const void *settings)
{
    const struct device_settings *s = settings;
    const struct http_field field = { "Revoked", "true" };

    return change_device(env, s->device, &field, 1);
}

static int run_restore(struct cmd_env *env, const void *settings)
{
    const struct device_settings *s = settings;
    const struct http_field field = { "Revoked", "false" };

    return change_device(env, s->device, &field, 1);
}

static const struct args_option update_options[] = {
    { .name = "name", .kind = ARGS_TEXT, .offset = AT(name), .value = "NAME", .help = "new unique name" },
    { .name = "target",
      .kind = ARGS_TEXT,
      .offset = AT(target),
      .value = "APP",
      .help = "the app that the device shall run (SID or unique name)" },
    { .name = "logging",
      .kind = ARGS_SWITCH,
      .offset = AT(logging),
      .help = "application logging for 24 hours, or off" },
    { .name = "restart", .kind = ARGS_FLAG, .offset = AT(restart), .help = "restart the application" },
    { .name = "revoke",
      .kind = ARGS_FLAG,
      .offset = AT(revoke),
      .help = "the device may not connect any more" },
    { .name = "unrevoke", .kind = ARGS_FLAG, .offset = AT(unrevoke), .help = "it may again" },
    { .name = NULL },
};

const struct command cmd_devices_list = {
    .name = "devices list",
    .summary = "list the devices",
    .settings_bytes = sizeof(struct device_settings),
    .run = run_list,
};

const struct command cmd_devices_show = {
    .name = "devices show",
    .summary = "show a device, what it runs and how it is",
    .operands = device_operand,
    .settings_bytes = sizeof(struct device_settings),
    .run = run_show,
};

const struct command cmd_devices_update = {
    .name = "devices update",
    .summary = "rename a device, set its app, logging, restart it, revoke it",
    .operands = device_operand,
    .options = update_options,
    .settings_bytes = sizeof(struct device_settings),
    .run = run_update,
};

const struct command cmd_devices_revoke = {
    .name = "devices revoke",
    .summary = "end a device's session and let it in no more",
    .details = "When the command returns, no frame of the device is served any more. `devices restore` lets "
               "it in again.",
    .operands = device_operand,
    .settings_bytes = sizeof(struct device_settings),
    .run = run_revoke,
};

const struct command cmd_devices_restore = {
    .name = "devices restore",
    .summary = "let a revoked device in again",
    .operands = device_operand,
    .settings_bytes = sizeof(struct device_settings),
    .run = run_restore,
};
