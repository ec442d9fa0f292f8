/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's link to the server as a pure state machine (PROTOCOL.md section 3).
 *
 *            ENABLE                      TIMER                 STREAM_UP               WELCOME
 *   OFF -----------------> WAITING --------------> OPENING -------------> GREETING -------------> UP
 *    ^                      ^  ^  ^                   |    SEND_HELLO        |                     |
 *    | DISABLE              |  |  +---STREAM_LOST-----+                      |                     |
 *    +-- from every state   |  +------STREAM_LOST, BYE, TIMER----------------+                     |
 *                           +---------STREAM_LOST, BYE, TIMER--------------------------------------+
 *                                             ^                                                    |
 *                                             +-----RESUME------ RESTING <----------REST-----------+
 *
 * Invariants:
 *  L1 whenever the machine leaves OPENING, GREETING or UP it asks for LINK_CLOSE in the same step;
 *  L2 exactly one LINK_SEND_HELLO per stream, before any other message;
 *  L3 the wait before an attempt is uniform below a ceiling that doubles up to its maximum, and starts again
 *     after a session that was welcomed; it is never shorter than the server's retry_after_ms;
 *  L4 in UP something is sent at least every heartbeat, and after 2.5 heartbeats without a byte the peer is
 *     given up.
 *  L5 RESTING is left by RESUME and DISABLE only; resuming is not a failure and does not wait.
 * No TLS, no sockets, no clock, no random source: time and randomness come with each event.
 */
#ifndef CORE_LINK_FSM_H
#define CORE_LINK_FSM_H

#include <stdbool.h>
#include <stdint.h>

enum link_state { LINK_OFF, LINK_WAITING, LINK_OPENING, LINK_GREETING, LINK_UP, LINK_RESTING };

enum link_event {
    LINK_ENABLE,      /* there is an identity */
    LINK_DISABLE,     /* identity gone or device restarting */
    LINK_TIMER,       /* harmless at any time; due at link_fsm_due_us() */
    LINK_STREAM_UP,   /* TLS is established */
    LINK_STREAM_LOST, /* opening failed, closed, or the peer broke the protocol */
    LINK_HEARD,       /* at least one byte arrived */
    LINK_SENT,        /* at least one byte left */
    LINK_WELCOME,     /* value: heartbeat_ms */
    LINK_BYE,         /* value: retry_after_ms */
    LINK_REST,        /* nothing needs the connection: close it and stay offline */
    LINK_RESUME       /* something does again */
};

/* What the caller must do, a set of bits, in the order of the bits. */
enum link_action {
    LINK_CLOSE = 1,      /* drop the stream and everything half received or half sent */
    LINK_OPEN = 2,       /* start a stream */
    LINK_SEND_HELLO = 4, /* queue the Hello */
    LINK_SEND_PING = 8   /* queue a Ping with link->nonce */
};

struct link_input {
    enum link_event event;
    uint32_t value;
    uint32_t random; /* uniform; used by events that lead to WAITING */
    uint64_t now_us;
};

struct link_fsm {
    enum link_state state;
    uint32_t attempts; /* failed in a row */
    uint32_t heartbeat_ms;
    uint32_t nonce;        /* of the last Ping */
    uint64_t deadline_us;  /* WAITING: open; OPENING, GREETING: give up */
    uint64_t last_rx_us;   /* UP */
    uint64_t last_tx_us;   /* UP */
    uint64_t last_ping_us; /* UP */
};

void link_fsm_init(struct link_fsm *link);

/* One step. Returns a set of enum link_action. */
uint32_t link_fsm_step(struct link_fsm *link, const struct link_input *input);

/* When LINK_TIMER must come; UINT64_MAX: not needed. */
uint64_t link_fsm_due_us(const struct link_fsm *link);

const char *link_state_name(enum link_state state);

#endif
