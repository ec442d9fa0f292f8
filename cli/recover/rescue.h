/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tool's side of recovery (PROTOCOL.md section 11) as a state machine without I/O and time.
 *
 *     ASKING --STATE recovery--> ANNOUNCING --HAVE--> SENDING --HAVE all--> INSTALLING --OK--> DONE
 *        |                           ^                   |                       |
 *        |                           +--- STATE recovery, HAVE of nothing, ERR incomplete: the device started over
 *        +--STATE of a microvisor--> FAILED <--ERR-------+-----------------------+
 *
 * Invariants:
 *  R1 DONE is reached only from INSTALLING: by OK, or, when OK was lost, by what a device says that has started;
 *  R2 what is sent next follows from the last HAVE alone, whatever was lost, repeated or altered;
 *  R3 a device that starts over again and again ends it: RESCUE_RESTARTS_MAX.
 */
#ifndef RECOVER_RESCUE_H
#define RECOVER_RESCUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

#define RESCUE_RESTARTS_MAX   10u
#define RESCUE_LINE_MAX_CHARS 320u

enum rescue_state {
    RESCUE_ASKING,
    RESCUE_ANNOUNCING,
    RESCUE_SENDING,
    RESCUE_INSTALLING,
    RESCUE_DONE,
    RESCUE_FAILED
};

struct rescue {
    enum rescue_state state;
    const unsigned char *image; /* borrowed */
    size_t len;
    size_t have; /* bytes that the device has, as far as we know */
    unsigned restarts;
    char board[24];
    char line[RESCUE_LINE_MAX_CHARS + 2]; /* what is to be said, with its LF */
    struct fail fail;                     /* words, in FAILED */
};

/* CLI_OK, or CLI_FORMAT with words: not a signed microvisor image. */
int rescue_check_image(const unsigned char *image, size_t len, struct fail *fail);

void rescue_init(struct rescue *rescue, const unsigned char *image, size_t len);

/* Takes one line of the device, without its end. True when rescue->line is new and must be said, or the end is reached. */
bool rescue_take(struct rescue *rescue, const char *line);

/* What the device is expected to do, for messages. */
const char *rescue_waits_for(const struct rescue *rescue);

#endif
