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

void progress_device(struct progress *p, const struct device *d)
{
    char text[sizeof(p->state)];

    if (!d->is_online)
        (void)snprintf(text, sizeof(text), "the device is offline (last seen: %s)",
                       *d->last_seen ? d->last_seen : "never");
    else if (strcmp(d->app_state, "backoff") == 0)
        (void)snprintf(text, sizeof(text), "the application crashed (%lld times) and will be restarted",
                       d->crash_count);
    else if (d->bytes_total && d->bytes_done < d->bytes_total)
        (void)snprintf(text, sizeof(text), "%s: %lld of %lld bytes (%lld%%)", d->update_phase, d->bytes_done,
                       d->bytes_total, d->bytes_done * 100 / d->bytes_total);
    else if (strcmp(d->update_phase, "idle") == 0)
        (void)snprintf(text, sizeof(text), "waiting for the device (app %s)",
                       *d->app_state ? d->app_state : "unknown");
    else
        (void)snprintf(text, sizeof(text), "%s, app %s",
                       *d->update_phase ? d->update_phase : d->update_status,
                       *d->app_state ? d->app_state : "unknown");
    progress_state(p, text);
}
