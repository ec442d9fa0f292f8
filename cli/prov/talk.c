/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioning conversation. The device's lines are untrusted: parsed with bounds, checked, never echoed raw.
 */
#include "prov/talk.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/status.h"
#include "proto/codec/codec.h"

#define TALK_MARK "OTR1 "

void talk_init(struct talk *talk)
{
    memset(talk, 0, sizeof(*talk));
    talk->state = TALK_ASKING;
}

static void go_failed(struct talk *talk, const char *words, const char *detail)
{
    (void)fail_set(&talk->fail, CLI_FAILED, "%s%s", words, detail);
    talk->state = TALK_FAILED;
}

/* The next word of *rest into out; false when there is none or it is too long. */
static bool take_word(const char **rest, char *out, size_t cap)
{
    size_t len = strcspn(*rest, " ");

    if (len == 0 || len >= cap)
        return false;
    memcpy(out, *rest, len);
    out[len] = 0;
    *rest += len;
    *rest += **rest == ' ';
    return true;
}

static bool is_device_sid(const char *sid)
{
    return codec_sid_valid(sid) && strncmp(sid, "UV", 2) == 0;
}

static void on_provisioned(struct talk *talk, const char *sid)
{
    if (talk->state == TALK_SETTING && strcmp(sid, talk->sid) == 0) {
        talk->state = TALK_DONE;
        return;
    }
    memcpy(talk->sid, sid, SID_CHARS + 1);
    talk->state = TALK_LOCKED;
}

static void on_blank(struct talk *talk)
{
    if (talk->state == TALK_ASKING)
        talk->state = TALK_KEYING;
    else if (talk->state == TALK_SETTING)
        talk->must_set_again = true;
}

/* "<board> <version> blank" or "<board> <version> provisioned <sid>". */
static void on_state(struct talk *talk, const char *rest)
{
    char board[sizeof(talk->board)], version[sizeof(talk->version)], what[16], sid[SID_CHARS + 1];

    if (!take_word(&rest, board, sizeof(board)) || !take_word(&rest, version, sizeof(version)) ||
        !take_word(&rest, what, sizeof(what)))
        return;
    memcpy(talk->board, board, sizeof(board));
    memcpy(talk->version, version, sizeof(version));
    if (strcmp(what, "blank") == 0)
        on_blank(talk);
    else if (strcmp(what, "recovery") == 0)
        go_failed(talk,
                  "the device has no microvisor that it can start: give it one with `outrigger recover`", "");
    else if (strcmp(what, "provisioned") == 0 && take_word(&rest, sid, sizeof(sid)) && is_device_sid(sid))
        on_provisioned(talk, sid);
}

static void on_csr(struct talk *talk, const char *rest)
{
    if (talk->state != TALK_KEYING)
        return; /* a second answer to a repeated KEYGEN */
    if (!base64_from_text(rest, talk->csr, sizeof(talk->csr), &talk->csr_len) || talk->csr_len == 0)
        go_failed(talk, "the device's CSR is not base64, or too long", "");
    else
        talk->state = TALK_CERTIFYING;
}

static void on_ok(struct talk *talk, const char *rest)
{
    if (talk->state != TALK_SETTING)
        return;
    if (strcmp(rest, talk->sid) == 0)
        talk->state = TALK_DONE;
    else
        go_failed(talk, "the device says OK for another SID than its certificate's: ", rest);
}

static void on_err(struct talk *talk, const char *rest)
{
    if (talk->state == TALK_KEYING || talk->state == TALK_SETTING)
        go_failed(talk, "the device refused: ", rest);
    /* While asking it answers what stood on the line before we came. */
}

bool talk_take(struct talk *talk, const char *line)
{
    static const struct {
        const char *word;
        void (*act)(struct talk *talk, const char *rest);
    } messages[] = { { "STATE ", on_state }, { "CSR ", on_csr }, { "OK ", on_ok }, { "ERR ", on_err } };

    if (strncmp(line, TALK_MARK, strlen(TALK_MARK)) != 0)
        return false;
    line += strlen(TALK_MARK);
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
        if (strncmp(line, messages[i].word, strlen(messages[i].word)) == 0)
            messages[i].act(talk, line + strlen(messages[i].word));
    return true;
}

void talk_certified(struct talk *talk, const char *sid, const unsigned char *provision, size_t len)
{
    static const char head[] = TALK_MARK "SET ";
    size_t head_len = sizeof(head) - 1, chars = BASE64_CHARS(len);

    if (head_len + chars > SERIAL_LINE_MAX_CHARS) {
        go_failed(talk, "the certificates are too large for a line of the serial protocol", "");
        return;
    }
    memcpy(talk->set, head, head_len);
    base64_to_text(provision, len, talk->set + head_len);
    memcpy(talk->set + head_len + chars, "\n", 2);
    (void)snprintf(talk->sid, sizeof(talk->sid), "%s", sid); /* the caller has checked that it is a SID */
    talk->state = TALK_SETTING;
}

const char *talk_line(const struct talk *talk)
{
    switch (talk->state) {
    case TALK_ASKING:
        return "\n" TALK_MARK "HELLO\n"; /* the LF ends whatever stood on the line before */
    case TALK_KEYING:
        return TALK_MARK "KEYGEN\n";
    case TALK_SETTING:
        return talk->set;
    default:
        return "";
    }
}

const char *talk_reminder(const struct talk *talk)
{
    /* A device that was reset in between says its state; only then it is known whether SET must be repeated
     * (T3). */
    return talk->state == TALK_SETTING ? TALK_MARK "HELLO\n" : talk_line(talk);
}

const char *talk_waits_for(const struct talk *talk)
{
    switch (talk->state) {
    case TALK_KEYING:
        return "its certificate request (answer to KEYGEN)";
    case TALK_SETTING:
        return "its confirmation (answer to SET)";
    default:
        return "its state (answer to HELLO)";
    }
}
