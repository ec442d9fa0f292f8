/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's request table: from one message to one reply, without sockets. */
#ifndef KEEPER_REQUESTS_H
#define KEEPER_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"
#include "bus/bus.h"

struct keeper_pki;

/* Who asks: the table says which peers may ask what. A gateway faces the world and must not be able to sign.
 */
enum keeper_peer { KEEPER_PEER_API = 1, KEEPER_PEER_GATEWAY = 2 };

struct keeper_reply {
    unsigned char body[BUS_MESSAGE_MAX_BYTES];
    size_t len;
    bool reload; /* files that other roles have read were changed */
};

/* Answers any message; a malformed or forbidden one with an error reply. Returns the status that the reply
 * carries. */
int keeper_request_answer(const struct keeper_pki *pki, enum keeper_peer peer,
                          const struct bus_message *request, struct keeper_reply *reply);

/* Name of a request type for logs. */
const char *keeper_request_name(unsigned type);

#endif
