/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Provisioning over the serial port (PROTOCOL.md section 8): lines in, answers out.
 *
 * Invariants:
 *  V1 a line of any length and content uses the same memory: its first characters, and the decoded value of
 *     a SET;
 *  V2 lines that do not begin with "OTR1 " are ignored;
 *  V3 each line that does gets exactly one answer.
 */
#ifndef CORE_PROV_H
#define CORE_PROV_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/core_limits.h"
#include "core/base/base64.h"
#include "core/factory/factory.h"
#include "core/prov/identity.h"

#define PROV_HEAD_CHARS 16u /* longest command with its blank */

struct prov {
    struct identity *identity;       /* borrowed */
    const struct factory_test *test; /* borrowed */
    struct identity_work *work;      /* borrowed: the decoded value, or the request */
    uint32_t length;                 /* characters of the line so far */
    char head[PROV_HEAD_CHARS + 1];
    bool setting; /* the rest of the line is the value of a SET */
    struct base64_decoder value;
};

/* Prepares the parser. work is used only while a command is taken in and answered, and only before
 * provisioning. */
void prov_init(struct prov *prov, struct identity *identity, const struct factory_test *test,
               struct identity_work *work);

/* Prints the STATE line. */
void prov_announce(const struct prov *prov);

/* Prints the TEST line. */
void prov_announce_test(const struct prov *prov);

/* Takes received characters. True when the identity has just become complete. */
bool prov_take(struct prov *prov, const char *text, uint32_t length);

#endif
