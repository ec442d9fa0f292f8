/* SPDX-License-Identifier: Apache-2.0 */
/* Shows progress on stderr. Shows only: what is finished is decided in device/device.c. */
#include "cmd/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "device/device.h"
#include "output/terminal.h"
#include "output/visible.h"

void progress_init(struct progress *p)
{
    *p = (struct progress){ .is_terminal = terminal_is_stderr(), .state = "nothing" };
}

void progress_end(struct progress *p)
{
    if (p->is_open)
        fputc('\n', stderr);
    p->is_open = false;
}

void progress_step(struct progress *p, const char *format, ...)
{
    va_list args;

    progress_end(p);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void progress_state(struct progress *p, const char *state)
{
    char *safe = visible_text(state);

    if (strncmp(p->state, safe, sizeof(p->state) - 1) != 0) {
        (void)snprintf(p->state, sizeof(p->state), "%s", safe); /* cut text is still text */
        if (p->is_terminal)
            fprintf(stderr, "\r\033[K  %s", p->state);
        else
            fprintf(stderr, "  %s\n", p->state);
        p->is_open = p->is_terminal;
        (void)fflush(stderr);
    }
    mem_free(safe);
}

static void print_offline(char *text, size_t cap, const struct device *d)
{
    (void)snprintf(text, cap, "the device is offline (last seen: %s)",
                   *d->last_seen ? d->last_seen : "never");
}

static bool is_transfer(const struct device_update *u)
{
    return u->bytes_total > 0 && u->bytes_done < u->bytes_total;
}

static void print_transfer(char *text, size_t cap, const struct device_update *u)
{
    (void)snprintf(text, cap, "%s: %lld of %lld bytes (%lld%%)", u->phase, u->bytes_done, u->bytes_total,
                   u->bytes_done * 100 / u->bytes_total);
}

void progress_device(struct progress *p, const struct device *d)
{
    char text[sizeof(p->state)];

    if (!d->is_online)
        print_offline(text, sizeof(text), d);
    else if (strcmp(d->app_state, "backoff") == 0)
        (void)snprintf(text, sizeof(text), "the application crashed (%lld times) and will be restarted",
                       d->crash_count);
    else if (is_transfer(&d->app))
        print_transfer(text, sizeof(text), &d->app);
    else if (strcmp(d->app.phase, "idle") == 0)
        (void)snprintf(text, sizeof(text), "waiting for the device (app %s)",
                       *d->app_state ? d->app_state : "unknown");
    else if (strcmp(d->app.phase, "ready") == 0)
        (void)snprintf(text, sizeof(text), "ready: waiting for the leave of the application that runs");
    else
        (void)snprintf(text, sizeof(text), "%s, app %s", *d->app.phase ? d->app.phase : d->app.status,
                       *d->app_state ? d->app_state : "unknown");
    progress_state(p, text);
}

void progress_microvisor(struct progress *p, const struct device *d)
{
    const struct device_update *u = &d->microvisor.update;
    char text[sizeof(p->state)];

    if (!d->is_online)
        print_offline(text, sizeof(text), d);
    else if (is_transfer(u))
        print_transfer(text, sizeof(text), u);
    else if (strcmp(u->phase, "ready") == 0)
        (void)snprintf(text, sizeof(text), "ready: waiting for the application's leave (--now does not)");
    else if (strcmp(u->phase, "trial") == 0)
        (void)snprintf(text, sizeof(text), "trial: %s runs in slot %s and is not confirmed yet",
                       d->microvisor.version, d->microvisor.slot);
    else
        (void)snprintf(text, sizeof(text), "%s, %s runs", *u->phase ? u->phase : u->status,
                       *d->microvisor.version ? d->microvisor.version : "an unknown version");
    progress_state(p, text);
}
