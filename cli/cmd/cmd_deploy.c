/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger deploy`: upload, assign, and follow until the device runs it. Progress goes to stderr. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/stop.h"
#include "cmd/commands.h"
#include "cmd/progress.h"
#include "cmd/upload.h"
#include "cmd/watch.h"
#include "device/device.h"
#include "json/doc.h"
#include "logs/stream.h"
#include "rest/rest.h"

struct deploy_settings {
    const char *device, *bundle, *name;
    struct args_u32 timeout;
    bool log;
};

/* One deployment under way. */
struct deploy {
    struct cmd_env *env;
    const struct deploy_settings *settings;
    char *device_path, *device_sid, *app_sid;
    struct progress progress;
    struct stream stream;
    int64_t begin_ms, uploaded_ms, assigned_ms, running_ms;
};

#define AT(member) offsetof(struct deploy_settings, member)

static const struct args_operand operands[] = { { "DEVICE", AT(device), false },
                                                { "BUNDLE", AT(bundle), false },
                                                { 0 } };

static const struct args_option options[] = {
    { .name = "name",
      .kind = ARGS_TEXT,
      .offset = AT(name),
      .value = "NAME",
      .help = "unique name of the application" },
    { .name = "log",
      .kind = ARGS_FLAG,
      .offset = AT(log),
      .help = "print the device's log meanwhile and afterwards" },
    { .name = "timeout",
      .kind = ARGS_U32,
      .offset = AT(timeout),
      .value = "S",
      .most = 604800,
      .help = "give up watching after so long (default 300); 0 = never" },
    { .name = NULL },
};

/* Finds the device before anything is uploaded. */
static int find_device(struct deploy *d)
{
    struct doc *answer = NULL;
    struct device device;
    int status;

    d->device_path = rest_path("/v1/Devices/", d->settings->device, "");
    status = rest_get(d->env->rest, d->device_path, &answer, &d->env->fail);
    if (status)
        return status;
    device_read(answer, &device);
    d->device_sid = mem_text(device.sid);
    if (device.is_revoked)
        status = fail_set(&d->env->fail, CLI_FAILED, "device %s is revoked", d->settings->device);
    doc_free(answer);
    return status;
}

static int start_log(struct deploy *d)
{
    int status;

    if (!d->settings->log)
        return CLI_OK;
    stream_init(&d->stream, d->env->rest, d->device_sid);
    d->stream.is_json = d->env->globals.is_json;
    status = stream_tail(&d->stream, 0, &d->env->fail);
    return status ? status : stream_enable(&d->stream, &d->env->fail);
}

static int upload(struct deploy *d)
{
    struct doc *app = NULL;
    int status;

    progress_step(&d->progress, "Uploading %s...", d->settings->bundle);
    status = upload_bundle(d->env, "/v1/Apps", d->settings->bundle, d->settings->name, &app);
    if (status)
        return status;
    d->uploaded_ms = stop_now_ms();
    d->app_sid = mem_text(doc_text(app, "sid", NULL));
    doc_free(app);
    return d->app_sid ? CLI_OK : fail_set(&d->env->fail, CLI_FORMAT, "the server's answer names no app");
}

static int assign(struct deploy *d)
{
    struct http_field field = { "TargetApp", d->app_sid };
    struct doc *answer = NULL;
    int status;

    progress_step(&d->progress, "Assigning app %s to device %s...", d->app_sid, d->device_sid);
    status = rest_post(d->env->rest, d->device_path, &field, 1, &answer, &d->env->fail);
    d->assigned_ms = stop_now_ms();
    doc_free(answer);
    return status;
}

static int judge(void *arg, const struct device *device, bool *done)
{
    struct deploy *d = arg;
    struct fail *fail = &d->env->fail;

    switch (device_judge(device, d->app_sid)) {
    case DEVICE_RUNNING:
        d->running_ms = stop_now_ms();
        *done = true;
        return CLI_OK;
    case DEVICE_REFUSED:
        return fail_set(fail, CLI_FAILED, "the device reports update error %lld: %s", device->app.error_code,
                        device->app.error_text);
    case DEVICE_SUPERSEDED:
        return fail_set(fail, CLI_FAILED, "another app was assigned to the device meanwhile: %s",
                        device->app.target_sid);
    case DEVICE_REVOKED:
        return fail_set(fail, CLI_FAILED, "the device was revoked meanwhile");
    default:
        progress_device(&d->progress, device);
        return CLI_OK;
    }
}

static int watch(struct deploy *d)
{
    const struct args_u32 *timeout = &d->settings->timeout;
    const struct watch w = { .env = d->env,
                             .device_path = d->device_path,
                             .progress = &d->progress,
                             .log = d->settings->log ? &d->stream : NULL,
                             .timeout_s = timeout->set ? timeout->value : WATCH_DEFAULT_TIMEOUT_S,
                             .begin_ms = d->assigned_ms,
                             .judge = judge,
                             .arg = d };
    int status = watch_run(&w);

    if (status == CLI_INTERRUPTED)
        return fail_set(&d->env->fail, status,
                        "interrupted; app %s stays assigned, the device goes on with it", d->app_sid);
    return status;
}

static void report(struct deploy *d)
{
    struct doc *result;

    progress_step(&d->progress, "Running on %s: uploaded in %.3f s, running %.3f s after it was assigned.",
                  d->device_sid, (double)(d->uploaded_ms - d->begin_ms) / 1000,
                  (double)(d->running_ms - d->assigned_ms) / 1000);
    if (!d->env->globals.is_json)
        return;
    result = doc_new_object();
    doc_set_text(result, "device_sid", d->device_sid);
    doc_set_text(result, "app_sid", d->app_sid);
    doc_set_int(result, "upload_ms", d->uploaded_ms - d->begin_ms);
    doc_set_int(result, "running_ms", d->running_ms - d->assigned_ms);
    doc_print(stdout, result, false);
    doc_free(result);
}

static int deploy(struct deploy *d)
{
    int status = find_device(d);

    if (!status)
        status = start_log(d);
    d->begin_ms = stop_now_ms();
    if (!status)
        status = upload(d);
    if (!status)
        status = assign(d);
    if (!status)
        status = watch(d);
    progress_end(&d->progress);
    if (status)
        return status;
    report(d);
    if (!d->settings->log)
        return CLI_OK;
    progress_step(&d->progress, "Logging from %s...", d->device_sid);
    return stream_follow(&d->stream, &d->env->fail);
}

static int run(struct cmd_env *env, const void *settings)
{
    struct deploy d = { .env = env, .settings = settings };
    int status = cmd_open_rest(env);

    progress_init(&d.progress);
    if (!status)
        status = deploy(&d);
    mem_free(d.device_path);
    mem_free(d.device_sid);
    mem_free(d.app_sid);
    return status;
}

const struct command cmd_deploy = {
    .name = "deploy",
    .summary = "upload a bundle, assign it to a device, wait until it runs",
    .details = "Succeeds only when the device reports the new application as running.\n",
    .operands = operands,
    .options = options,
    .settings_bytes = sizeof(struct deploy_settings),
    .run = run,
};
