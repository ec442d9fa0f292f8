/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery conversation. The device's lines are untrusted: parsed with bounds, checked, never echoed raw. */
#include "recover/rescue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/crc32.h"
#include "base/status.h"
#include "proto/limits.h"

#define RESCUE_MARK "OTR1 "
#define SEAL_CHARS  9 /* a space and eight digits */

/* Of the image's header: boot_image.h. */
#define HEADER_BYTES      256u
#define HEADER_BODY_BYTES 12u

int rescue_check_image(const unsigned char *image, size_t len, struct fail *fail)
{
    uint32_t body;

    if (len >= 2 && memcmp(image, "PK", 2) == 0)
        return fail_set(fail, CLI_FORMAT, "this is a bundle; recovery takes the signed image that is in it");
    if (len < HEADER_BYTES || memcmp(image, "OTRB", 4) != 0)
        return fail_set(
            fail, CLI_FORMAT,
            "not a signed microvisor image (outrigger-image sign makes one): it must begin with OTRB");
    body = image[HEADER_BODY_BYTES] | (uint32_t)image[HEADER_BODY_BYTES + 1] << 8 |
           (uint32_t)image[HEADER_BODY_BYTES + 2] << 16 | (uint32_t)image[HEADER_BODY_BYTES + 3] << 24;
    if (body != len - HEADER_BYTES)
        return fail_set(fail, CLI_FORMAT, "the image has %zu bytes, but its header says %llu: was it cut?",
                        len, (unsigned long long)body + HEADER_BYTES);
    return CLI_OK;
}

/* Ends the line with its checksum. */
static void seal(struct rescue *r)
{
    size_t len = strlen(r->line);

    (void)snprintf(r->line + len, sizeof(r->line) - len, " %08lx\n", (unsigned long)crc32_of(r->line, len));
}

static void say_piece(struct rescue *r)
{
    size_t left = r->len - r->have;
    int head = snprintf(r->line, sizeof(r->line), RESCUE_MARK "DATA %zu ", r->have);

    base64_to_text(r->image + r->have, left < RECOVERY_PIECE_MAX_BYTES ? left : RECOVERY_PIECE_MAX_BYTES,
                   r->line + head);
    seal(r);
}

/* Every change of the state goes through here: what is to be said belongs to it. */
static void go(struct rescue *r, enum rescue_state state)
{
    r->state = state;
    switch (state) {
    case RESCUE_ASKING: /* the LF ends whatever stood on the line before */
        (void)snprintf(r->line, sizeof(r->line), "\n" RESCUE_MARK "HELLO\n");
        break;
    case RESCUE_ANNOUNCING:
        (void)snprintf(r->line, sizeof(r->line), RESCUE_MARK "IMAGE %zu", r->len);
        seal(r);
        break;
    case RESCUE_SENDING:
        say_piece(r);
        break;
    case RESCUE_INSTALLING:
        (void)snprintf(r->line, sizeof(r->line), RESCUE_MARK "INSTALL");
        seal(r);
        break;
    default:
        r->line[0] = 0;
        break;
    }
}

static bool end_failed(struct rescue *r, const char *words, const char *detail)
{
    (void)fail_set(&r->fail, CLI_FAILED, "%s%s", words, detail);
    go(r, RESCUE_FAILED);
    return true;
}

void rescue_init(struct rescue *r, const unsigned char *image, size_t len)
{
    memset(r, 0, sizeof(*r));
    r->image = image;
    r->len = len;
    go(r, RESCUE_ASKING);
}

static bool start_over(struct rescue *r)
{
    if (++r->restarts > RESCUE_RESTARTS_MAX)
        return end_failed(r, "the device starts over again and again: is its power good?", "");
    r->have = 0;
    go(r, RESCUE_ANNOUNCING);
    return true;
}

/* "<board> boot0 recovery <bytes>" */
static bool on_recovery(struct rescue *r, const char *rest)
{
    char board[sizeof(r->board)], words[128];
    unsigned long room;

    if (sscanf(rest, "%23s boot0 recovery %9lu", board, &room) != 2 || r->state == RESCUE_ANNOUNCING)
        return false; /* announcing: its answer to a repeated HELLO */
    memcpy(r->board, board, sizeof(board));
    if (r->state != RESCUE_ASKING)
        return start_over(r);
    if (r->len > room) {
        (void)snprintf(words, sizeof(words), "the image has %zu bytes, the device takes at most %lu", r->len,
                       room);
        return end_failed(r, words, "");
    }
    go(r, RESCUE_ANNOUNCING);
    return true;
}

/* A device that says this has started a microvisor. */
static bool on_started(struct rescue *r)
{
    if (r->state != RESCUE_INSTALLING)
        return end_failed(r, "the device is not in recovery: it has started a microvisor", "");
    go(r, RESCUE_DONE); /* R1: its OK was lost */
    return true;
}

static bool on_have(struct rescue *r, const char *rest)
{
    unsigned long have, total;

    if (sscanf(rest, "%9lu %9lu", &have, &total) != 2)
        return false;
    if (r->state == RESCUE_ANNOUNCING && have == 0 && total == r->len) {
        go(r, RESCUE_SENDING);
        return true;
    }
    if (r->state != RESCUE_SENDING && r->state != RESCUE_INSTALLING)
        return false;
    if (total == 0)
        return start_over(r);
    if (total != r->len || have > r->len || have == r->have)
        return false; /* nothing new: a reminder follows when it is needed */
    r->have = have;
    go(r, have == r->len ? RESCUE_INSTALLING : RESCUE_SENDING);
    return true;
}

static bool on_ok(struct rescue *r, const char *rest)
{
    (void)rest;
    if (r->state != RESCUE_INSTALLING)
        return false;
    go(r, RESCUE_DONE);
    return true;
}

static bool on_err(struct rescue *r, const char *rest)
{
    if (r->state == RESCUE_ASKING || strncmp(rest, "unknown ", 8) == 0)
        return false; /* about what stood on the line before us, or noise */
    if (strncmp(rest, "incomplete ", 11) == 0)
        return r->state == RESCUE_INSTALLING && start_over(r);
    return end_failed(r, "the device refused the image: ", rest);
}

/* Copies what the checksum at the end stands for; false when it does not. */
static bool unseal(const char *line, char *out, size_t cap)
{
    size_t len = strlen(line);
    char sealed[16];

    if (len < SEAL_CHARS || len - SEAL_CHARS >= cap)
        return false;
    memcpy(out, line, len - SEAL_CHARS);
    out[len - SEAL_CHARS] = 0;
    (void)snprintf(sealed, sizeof(sealed), " %08lx", (unsigned long)crc32_of(out, len - SEAL_CHARS));
    return strcmp(line + len - SEAL_CHARS, sealed) == 0;
}

static bool is_of_microvisor(const char *line)
{
    return strncmp(line, RESCUE_MARK "STATE ", 11) == 0 &&
           (strstr(line, " blank") || strstr(line, " provisioned "));
}

bool rescue_take(struct rescue *r, const char *line)
{
    static const struct {
        const char *word;
        bool (*act)(struct rescue *rescue, const char *rest);
    } messages[] = { { "STATE ", on_recovery }, { "HAVE ", on_have }, { "OK ", on_ok }, { "ERR ", on_err } };
    char text[RESCUE_LINE_MAX_CHARS];

    if (r->state >= RESCUE_DONE)
        return false;
    if (is_of_microvisor(line) || (r->state != RESCUE_ASKING && strncmp(line, "boot started ", 13) == 0))
        return on_started(r);
    if (!unseal(line, text, sizeof(text)) || strncmp(text, RESCUE_MARK, strlen(RESCUE_MARK)) != 0)
        return false;
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
        if (strncmp(text + strlen(RESCUE_MARK), messages[i].word, strlen(messages[i].word)) == 0)
            return messages[i].act(r, text + strlen(RESCUE_MARK) + strlen(messages[i].word));
    return false;
}

const char *rescue_waits_for(const struct rescue *r)
{
    switch (r->state) {
    case RESCUE_ANNOUNCING:
        return "accept the image (answer to IMAGE)";
    case RESCUE_SENDING:
        return "take the next piece (answer to DATA)";
    case RESCUE_INSTALLING:
        return "store the image (answer to INSTALL)";
    default:
        return "say that it is in recovery (answer to HELLO)";
    }
}
