/* SPDX-License-Identifier: Apache-2.0 */
/* Moves lines between a serial line and the state machine of recovery; keeps its time. Decides nothing. */
#include "recover/rescue_session.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/status.h"
#include "base/stop.h"
#include "output/visible.h"
#include "recover/rescue.h"
#include "serial/lines.h"
#include "serial/serial.h"

#define REMIND_MS         500  /* a line or its answer was lost: say it again */
#define REMIND_INSTALL_MS 5000 /* verifying and storing takes a board seconds, in which it does not listen */

struct dialogue {
    struct serial *serial;
    const struct rescue_options *options;
    struct rescue *rescue;
    struct lines lines;
    int64_t deadline_ms, remind_ms;
    struct fail *fail;
};

static int say(struct dialogue *d)
{
    int remind_ms = d->rescue->state == RESCUE_INSTALLING ? REMIND_INSTALL_MS : REMIND_MS;
    int status = serial_write(d->serial, d->rescue->line, strlen(d->rescue->line), d->fail);

    d->remind_ms = stop_now_ms() + remind_ms;
    return status;
}

static int step(struct dialogue *d)
{
    d->deadline_ms = stop_now_ms() + d->options->timeout_ms;
    if (d->options->progress)
        d->options->progress(d->options->context, d->rescue);
    return d->rescue->line[0] ? say(d) : CLI_OK;
}

static void show(const char *line)
{
    char *safe = visible_text(line);

    fprintf(stderr, "device: %s\n", safe);
    mem_free(safe);
}

static int take_bytes(struct dialogue *d, const char *data, size_t len)
{
    int status = CLI_OK;

    for (size_t i = 0; i < len && !status && d->rescue->state < RESCUE_DONE; i++) {
        if (!lines_take(&d->lines, data[i]))
            continue;
        if (d->options->shows_console && strncmp(d->lines.text, "OTR1 ", 5) != 0)
            show(d->lines.text);
        if (rescue_take(d->rescue, d->lines.text))
            status = step(d);
    }
    return status;
}

static int check_time(struct dialogue *d)
{
    int64_t now_ms = stop_now_ms();

    if (now_ms >= d->deadline_ms)
        return fail_set(d->fail, CLI_TIMEOUT,
                        "the device did not %s within %u s: is it powered, and is this its serial line?",
                        rescue_waits_for(d->rescue), d->options->timeout_ms / 1000);
    return now_ms >= d->remind_ms ? say(d) : CLI_OK;
}

int rescue_run(struct serial *serial, const struct rescue_options *options, struct rescue *rescue,
               struct fail *fail)
{
    struct dialogue d = { .serial = serial, .options = options, .rescue = rescue, .fail = fail };
    char data[512];
    size_t len;
    int status = step(&d);

    while (!status && rescue->state < RESCUE_DONE) {
        int64_t wait_ms = d.remind_ms - stop_now_ms();

        status = serial_read(serial, wait_ms > 0 ? wait_ms : 0, data, sizeof(data), &len, fail);
        if (!status)
            status = take_bytes(&d, data, len);
        if (!status && rescue->state < RESCUE_DONE)
            status = check_time(&d);
    }
    if (!status && rescue->state == RESCUE_FAILED) {
        *fail = rescue->fail;
        status = CLI_FAILED;
    }
    return status;
}
