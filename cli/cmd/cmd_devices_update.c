/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger devices update`: what an operator wants of a device. With --wait its microvisor's update is followed to its end. */
#include <stdio.h>

#include "base/mem.h"
#include "base/stop.h"
#include "cmd/commands.h"
#include "cmd/device_view.h"
#include "cmd/progress.h"
#include "cmd/watch.h"
#include "device/device.h"
#include "json/doc.h"
#include "rest/rest.h"

#define CHANGE_FIELDS_MAX 7

/* A microvisor restarts the device, and may take a few tries to check in. */
#define MICROVISOR_TIMEOUT_S 1200

struct update_settings {
    const char *device; /* SID or unique name */
    const char *name, *target, *microvisor;
    enum args_switch logging;
    struct args_u32 timeout;
    bool restart, revoke, unrevoke, now, wait;
};

#define AT(member) offsetof(struct update_settings, member)

/* An update of a microvisor that is being followed. */
struct follow {
    struct cmd_env *env;
    const char *sid;
    struct progress progress;
};

static size_t collect_changes(const struct update_settings *s, struct http_field fields[CHANGE_FIELDS_MAX])
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
    if (s->microvisor)
        fields[n++] = (struct http_field){ "TargetMicrovisor", s->microvisor };
    if (s->now)
        fields[n++] = (struct http_field){ "MicrovisorNow", "true" };
    return n;
}

static int judge(void *arg, const struct device *device, bool *done)
{
    struct follow *f = arg;
    const struct device_update *u = &device->microvisor.update;

    switch (device_judge_microvisor(device, f->sid)) {
    case DEVICE_RUNNING:
        progress_step(&f->progress, "Microvisor %s runs in slot %s and is confirmed.",
                      device->microvisor.version, device->microvisor.slot);
        *done = true;
        return CLI_OK;
    case DEVICE_REFUSED:
        return fail_set(&f->env->fail, CLI_FAILED, "the device reports update error %lld: %s", u->error_code,
                        u->error_text);
    case DEVICE_SUPERSEDED:
        return fail_set(&f->env->fail, CLI_FAILED,
                        "the device was given another target microvisor meanwhile: %s",
                        *u->target_sid ? u->target_sid : "none");
    case DEVICE_REVOKED:
        return fail_set(&f->env->fail, CLI_FAILED, "the device was revoked meanwhile");
    default:
        progress_microvisor(&f->progress, device);
        return CLI_OK;
    }
}

static int follow(struct cmd_env *env, const struct update_settings *s, const char *path, const char *sid)
{
    struct follow f = { .env = env, .sid = sid };
    const struct watch w = { .env = env,
                             .device_path = path,
                             .progress = &f.progress,
                             .timeout_s = s->timeout.set ? s->timeout.value : MICROVISOR_TIMEOUT_S,
                             .begin_ms = stop_now_ms(),
                             .judge = judge,
                             .arg = &f };
    int status;

    if (!*sid)
        return fail_set(&env->fail, CLI_FAILED,
                        "the device has no target microvisor that could be waited for");
    progress_init(&f.progress);
    progress_step(&f.progress, "Waiting for microvisor %s...", sid);
    status = watch_run(&w);
    progress_end(&f.progress);
    if (status == CLI_INTERRUPTED)
        return fail_set(&env->fail, status, "interrupted; the device goes on with microvisor %s", sid);
    return status;
}

/* Shows the device as it is in the end. */
static int show(struct cmd_env *env, const char *path)
{
    struct doc *device = NULL;
    int status = rest_get(env->rest, path, &device, &env->fail);

    if (status)
        return status;
    device_view_show(env, device);
    doc_free(device);
    return CLI_OK;
}

static int update(struct cmd_env *env, const struct update_settings *s, const char *path)
{
    struct http_field fields[CHANGE_FIELDS_MAX];
    struct doc *device = NULL;
    char *sid;
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_post(env->rest, path, fields, collect_changes(s, fields), &device, &env->fail);
    if (status)
        return status;
    if (!s->wait)
        device_view_show(env, device);
    sid = mem_text(doc_text(device, "microvisor.target_sid", ""));
    doc_free(device);
    if (s->wait)
        status = follow(env, s, path, sid);
    if (s->wait && !status)
        status = show(env, path);
    mem_free(sid);
    return status;
}

static int run(struct cmd_env *env, const void *settings)
{
    const struct update_settings *s = settings;
    struct http_field fields[CHANGE_FIELDS_MAX];
    char *path;
    int status;

    if (collect_changes(s, fields) == 0)
        return fail_set(&env->fail, CLI_USAGE, "nothing to change: give at least one option");
    if (s->revoke && s->unrevoke)
        return fail_set(&env->fail, CLI_USAGE, "--revoke and --unrevoke exclude each other");
    if (s->wait && !s->microvisor && !s->now)
        return fail_set(&env->fail, CLI_USAGE,
                        "--wait goes with --target-microvisor or --now; `deploy` waits for applications");
    path = rest_path("/v1/Devices/", s->device, "");
    status = update(env, s, path);
    mem_free(path);
    return status;
}

static const struct args_operand operands[] = { { "DEVICE", AT(device), false }, { 0 } };

static const struct args_option options[] = {
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
    { .name = "target-microvisor",
      .kind = ARGS_TEXT,
      .offset = AT(microvisor),
      .value = "NAME",
      .help = "the microvisor that it shall run (SID or unique name; empty: the default of its board)" },
    { .name = "now",
      .kind = ARGS_FLAG,
      .offset = AT(now),
      .help = "install its target microvisor without waiting for the application's leave" },
    { .name = "wait",
      .kind = ARGS_FLAG,
      .offset = AT(wait),
      .help = "wait until the microvisor runs and is confirmed" },
    { .name = "timeout",
      .kind = ARGS_U32,
      .offset = AT(timeout),
      .value = "S",
      .most = 604800,
      .help = "give up waiting after so long (default 1200); 0 = never" },
    { .name = NULL },
};

const struct command cmd_devices_update = {
    .name = "devices update",
    .summary = "rename a device, set its app, microvisor, logging, restart it",
    .details =
        "A new microvisor runs on trial until it has checked in; then it is confirmed. If it does not, the\n"
        "device goes back to the one before by itself, and --wait fails with the reason.\n",
    .operands = operands,
    .options = options,
    .settings_bytes = sizeof(struct update_settings),
    .run = run,
};
