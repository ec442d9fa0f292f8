/* SPDX-License-Identifier: Apache-2.0 */
/* Moves lines between a serial line and the conversation's state machine; keeps its time. Decides nothing. */
#include "prov/session.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/status.h"
#include "base/stop.h"
#include "output/visible.h"
#include "prov/talk.h"
#include "serial/lines.h"
#include "serial/serial.h"

#define SESSION_REMIND_MS 1000 /* a device that is starting up may miss what was said to it */

struct session {
    struct serial *serial;
    const struct session_options *options;
    struct talk *talk;
    struct lines lines;
    int64_t deadline_ms, remind_ms;
    struct fail *fail;
};

static int say(struct session *s, const char *text)
{
    s->remind_ms = stop_now_ms() + SESSION_REMIND_MS;
    return *text ? serial_write(s->serial, text, strlen(text), s->fail) : CLI_OK;
}

/* The state is new: certify if that is what it needs, say what belongs to it. */
static int enter_state(struct session *s)
{
    if (s->talk->state == TALK_CERTIFYING) {
        int status = s->options->certify(s->options->context, s->talk, s->fail);

        if (status)
            return status;
    }
    s->deadline_ms = stop_now_ms() + s->options->timeout_ms;
    return say(s, talk_line(s->talk));
}

static void show_console(const char *line)
{
    char *safe = visible_text(line);

    fprintf(stderr, "device: %s\n", safe);
    mem_free(safe);
}

static int take_line(struct session *s)
{
    enum talk_state before = s->talk->state;

    if (!talk_take(s->talk, s->lines.text) && s->options->shows_console)
        show_console(s->lines.text);
    if (s->talk->must_set_again) {
        s->talk->must_set_again = false;
        return say(s, talk_line(s->talk));
    }
    return s->talk->state == before ? CLI_OK : enter_state(s);
}

static bool is_over(const struct session *s)
{
    return s->talk->state >= TALK_DONE;
}

static int take_bytes(struct session *s, const char *data, size_t len)
{
    int status = CLI_OK;

    for (size_t i = 0; i < len && !status && !is_over(s); i++)
        if (lines_take(&s->lines, data[i]))
            status = take_line(s);
    return status;
}

static int check_time(struct session *s)
{
    int64_t now_ms = stop_now_ms();

    if (now_ms >= s->deadline_ms)
        return fail_set(
            s->fail, CLI_TIMEOUT,
            "the device did not send %s within %u s: is it powered, and is this its provisioning line?",
            talk_waits_for(s->talk), s->options->timeout_ms / 1000);
    return now_ms >= s->remind_ms ? say(s, talk_reminder(s->talk)) : CLI_OK;
}

static int outcome(const struct session *s)
{
    switch (s->talk->state) {
    case TALK_DONE:
        return CLI_OK;
    case TALK_LOCKED:
        return fail_set(s->fail, CLI_PROVISIONED, "the device is provisioned already, as %s", s->talk->sid);
    default:
        *s->fail = s->talk->fail;
        return CLI_FAILED;
    }
}

int session_run(struct serial *serial, const struct session_options *options, struct talk *talk,
                struct fail *fail)
{
    struct session s = { .serial = serial, .options = options, .talk = talk, .fail = fail };
    char data[512];
    size_t len;
    int status;

    talk_init(talk);
    status = enter_state(&s);
    while (!status && !is_over(&s)) {
        status = serial_read(serial, s.remind_ms - stop_now_ms(), data, sizeof(data), &len, fail);
        if (!status)
            status = take_bytes(&s, data, len);
        if (!status && !is_over(&s))
            status = check_time(&s);
    }
    return status ? status : outcome(&s);
}
