/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tool's side of the provisioning conversation (PROTOCOL.md section 8) as a state machine without I/O and
 * time.
 *
 *     ASKING --STATE blank--> KEYING --CSR--> CERTIFYING --talk_certified--> SETTING --OK--> DONE
 *        |                       |                                             |
 *        +--STATE provisioned--> LOCKED <--------------------------------------+  (another SID than ours)
 *
 *     KEYING, SETTING --ERR--> FAILED;  any --STATE recovery--> FAILED
 *
 * Invariants:
 *  T1 whatever stands on the line is either a valid message for the state or has no effect but FAILED or
 * LOCKED; T2 DONE is reached only with the SID that the certificate is for: by OK, or, when OK was lost, by a
 * STATE that names it; T3 asking and keying may be said any number of times; SET is said again only after the
 * device said that it is blank.
 */
#ifndef PROV_TALK_H
#define PROV_TALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "base/limits.h"
#include "proto/limits.h"

#define TALK_CSR_MAX_BYTES 1024u /* a P-256 request has some 250 */

enum talk_state {
    TALK_ASKING,
    TALK_KEYING,
    TALK_CERTIFYING,
    TALK_SETTING,
    TALK_DONE,
    TALK_LOCKED,
    TALK_FAILED
};

struct talk {
    enum talk_state state;
    char board[24], version[32];
    char sid[SID_CHARS + 1]; /* LOCKED: the device's; from talk_certified on: the one that it shall get */
    unsigned char csr[TALK_CSR_MAX_BYTES];
    size_t csr_len;
    char set[SERIAL_LINE_MAX_CHARS + 2]; /* the SET line with its LF */
    bool must_set_again;
    struct fail fail; /* words, in FAILED */
};

void talk_init(struct talk *talk);

/* Takes one line of the device, without its end. False when it is not part of the conversation: console
 * output. */
bool talk_take(struct talk *talk, const char *line);

/* CERTIFYING: what the device shall store (serialized Provision) and the SID in it. FAILED when the line
 * would be too long. */
void talk_certified(struct talk *talk, const char *sid, const unsigned char *provision, size_t len);

/* What is to be sent on entering the state, and what when the device has been silent for a while; "" =
 * nothing. */
const char *talk_line(const struct talk *talk);
const char *talk_reminder(const struct talk *talk);

/* What the device is expected to answer, for messages: "an answer to HELLO". */
const char *talk_waits_for(const struct talk *talk);

#endif
