/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger recover`: gives the device on a serial line a microvisor when it has none that it can start. */
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "cmd/commands.h"
#include "cmd/progress.h"
#include "json/doc.h"
#include "output/fields.h"
#include "proto/limits.h"
#include "recover/rescue.h"
#include "recover/rescue_session.h"
#include "serial/serial.h"

#define RECOVER_DEFAULT_TIMEOUT_S 30

struct recover_settings {
    const char *image, *serial;
    struct args_u32 baud, timeout;
    bool verbose;
};

#define AT(member) offsetof(struct recover_settings, member)

static const struct args_operand operands[] = { { "IMAGE", AT(image), false }, { 0 } };

static const struct args_option options[] = {
    { .name = "serial",
      .kind = ARGS_TEXT,
      .offset = AT(serial),
      .value = "LINE",
      .help = "PATH of a tty or Unix socket, unix:PATH, or HOST:PORT (required)" },
    { .name = "baud",
      .kind = ARGS_U32,
      .offset = AT(baud),
      .value = "N",
      .least = 9600,
      .most = 1000000,
      .help = "speed of a tty (default 115200)" },
    { .name = "timeout",
      .kind = ARGS_U32,
      .offset = AT(timeout),
      .value = "S",
      .least = 1,
      .most = 3600,
      .help = "longest time without progress (default 30)" },
    { .name = "verbose",
      .letter = 'v',
      .kind = ARGS_FLAG,
      .offset = AT(verbose),
      .help = "print the device's console output on stderr" },
    { .name = NULL },
};

static void show_progress(void *context, const struct rescue *rescue)
{
    struct progress *progress = context;
    char text[64];

    if (rescue->state == RESCUE_ASKING)
        progress_state(progress, "looking for a device in recovery");
    if (rescue->state == RESCUE_SENDING) {
        (void)snprintf(text, sizeof(text), "sending: %zu%% of %zu bytes", rescue->have * 100 / rescue->len,
                       rescue->len);
        progress_state(progress, text);
    }
    if (rescue->state == RESCUE_INSTALLING)
        progress_state(progress, "the device verifies and stores the image");
}

static int converse(const struct recover_settings *s, struct rescue *rescue, struct fail *fail)
{
    struct progress progress;
    struct rescue_options session = {
        .timeout_ms = (s->timeout.set ? s->timeout.value : RECOVER_DEFAULT_TIMEOUT_S) * 1000u,
        .shows_console = s->verbose,
        .progress = show_progress,
        .context = &progress,
    };
    struct serial *serial;
    int status = serial_open(s->serial, s->baud.set ? s->baud.value : SERIAL_DEFAULT_BAUD, &serial, fail);

    if (status)
        return status;
    progress_init(&progress);
    status = rescue_run(serial, &session, rescue, fail);
    progress_end(&progress);
    serial_close(serial);
    return status;
}

static void report(const struct cmd_env *env, const struct rescue *rescue)
{
    struct doc *result;

    if (!env->globals.is_json) {
        fields_print(stdout, "board", rescue->board);
        fields_print(stdout, "recovered", "the device has stored the image and starts it");
        return;
    }
    result = doc_new_object();
    doc_set_text(result, "board", rescue->board);
    doc_set_bool(result, "recovered", true);
    doc_print(stdout, result, true);
    doc_free(result);
}

static int run(struct cmd_env *env, const void *settings)
{
    const struct recover_settings *s = settings;
    struct rescue *rescue = mem_new(sizeof(*rescue));
    unsigned char *image = NULL;
    size_t len;
    int status = CLI_OK;

    if (!s->serial)
        status = fail_set(&env->fail, CLI_USAGE, "--serial is missing: which line is the device on?");
    if (!status)
        status = file_load(s->image, MICROVISOR_IMAGE_MAX_BYTES, &image, &len, &env->fail);
    if (!status) {
        status = rescue_check_image(image, len, &env->fail);
        if (status)
            fail_prefix(&env->fail, s->image);
    }
    if (!status) {
        rescue_init(rescue, image, len);
        status = converse(s, rescue, &env->fail);
    }
    if (!status)
        report(env, rescue);
    mem_free(image);
    mem_free(rescue);
    return status;
}

const struct command cmd_recover = {
    .name = "recover",
    .summary = "give a device that has no microvisor to start a signed one, over its serial line",
    .details =
        "A device whose microvisor slots are both unusable says \"boot recovery\" on its console and waits.\n"
        "It verifies the image itself: only one that its root key has signed, and that is not older than\n"
        "its security ratchet, is stored. No server is needed.\n",
    .operands = operands,
    .options = options,
    .settings_bytes = sizeof(struct recover_settings),
    .run = run,
};
