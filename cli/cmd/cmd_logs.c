/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger logs`: a device's log, now and as it comes. */
#include "base/mem.h"
#include "cmd/commands.h"
#include "json/doc.h"
#include "logs/stream.h"
#include "rest/rest.h"

#define LOGS_DEFAULT_LINES 20

struct logs_settings {
    const char *device, *type;
    struct args_u32 lines;
    bool follow, no_enable;
};

#define AT(member) offsetof(struct logs_settings, member)

static const struct args_operand operands[] = { { "DEVICE", AT(device), false }, { 0 } };

static const struct args_option options[] = {
    { .name = "follow",
      .letter = 'f',
      .kind = ARGS_FLAG,
      .offset = AT(follow),
      .help = "go on until interrupted" },
    { .name = "lines",
      .letter = 'n',
      .kind = ARGS_U32,
      .offset = AT(lines),
      .value = "N",
      .most = 100000,
      .help = "how many of the last lines first (default 20)" },
    { .name = "type",
      .kind = ARGS_TEXT,
      .offset = AT(type),
      .value = "TYPE",
      .help = "only app_logging, ota_update, app_crash, microvisor or connection" },
    { .name = "no-enable",
      .kind = ARGS_FLAG,
      .offset = AT(no_enable),
      .help = "with --follow: do not turn application logging on" },
    { .name = NULL },
};

static int read_log(struct cmd_env *env, const struct logs_settings *s, const char *sid)
{
    struct stream stream;
    int status;

    stream_init(&stream, env->rest, sid);
    stream.type = s->type;
    stream.is_json = env->globals.is_json;
    status = stream_tail(&stream, s->lines.set ? s->lines.value : LOGS_DEFAULT_LINES, &env->fail);
    if (status || !s->follow)
        return status;
    if (!s->no_enable)
        status = stream_enable(&stream, &env->fail);
    return status ? status : stream_follow(&stream, &env->fail);
}

static int run(struct cmd_env *env, const void *settings)
{
    const struct logs_settings *s = settings;
    char *path = rest_path("/v1/Devices/", s->device, "");
    struct doc *device = NULL;
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_get(env->rest, path, &device, &env->fail); /* names and typing errors end here */
    if (!status)
        status = read_log(env, s, doc_text(device, "sid", s->device));
    doc_free(device);
    mem_free(path);
    return status;
}

const struct command cmd_logs = {
    .name = "logs",
    .summary = "print a device's log, or follow it",
    .details = "Following turns application logging on for the device. --json prints one object per line.\n",
    .operands = operands,
    .options = options,
    .settings_bytes = sizeof(struct logs_settings),
    .run = run,
};
