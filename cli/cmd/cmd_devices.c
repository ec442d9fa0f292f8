/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger devices ...`: the fleet. Updating is in cmd_devices_update.c. */
#include <stdio.h>

#include "base/mem.h"
#include "cmd/commands.h"
#include "cmd/device_view.h"
#include "json/doc.h"
#include "rest/rest.h"

#define DEVICES "/v1/Devices"

struct device_settings {
    const char *device; /* SID or unique name */
};

#define AT(member) offsetof(struct device_settings, member)

static const struct args_operand device_operand[] = { { "DEVICE", AT(device), false }, { 0 } };

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
        device_view_table(devices);
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
    device_view_show(env, device);
    doc_free(device);
    return CLI_OK;
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
    device_view_show(env, device);
    doc_free(device);
    return CLI_OK;
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
