/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines on their way to the server (PROTOCOL.md section 4).
 *
 *   queued (no number) --sent--> numbered --acknowledged--> gone
 *                                 ^    |
 *                                 +----+ new connection: sent again, same number
 *
 * Invariants:
 *  G1 numbers are given at the first sending, 1, 2, 3 ... without gaps, and never change;
 *  G2 a numbered line stays until it is acknowledged;
 *  G3 application lines never use the last LOG_RESERVE_BYTES; when the ring is full they are refused;
 *  G4 a line of the microvisor drops the oldest queued application lines if it must; every dropped line is
 *     counted in `dropped` of the next line that is kept;
 *  G5 lines leave in the order in which they were written.
 * Functions marked (thread) take a critical section themselves; the others run in a system call.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.pb.h"

/* Forgets everything, at start of the microvisor. */
void log_ring_init(void);

/* A line of the microvisor (thread). crash may be NULL. */
void log_ring_microvisor(otr_LogKind kind, const char *text, const otr_Crash *crash);

/* System call: room for an application line of length bytes, to be filled and committed at once, or NULL when
 * the ring, or quota_bytes of queued application text, is used up. */
uint8_t *log_ring_app_reserve(uint32_t length, uint32_t quota_bytes);
void log_ring_app_commit(uint64_t now_us);

/* Next line that is to be sent, numbered; false when there is none or too many wait for acknowledgement
 * (thread). */
bool log_ring_peek(otr_Log *out);

/* The line of the last log_ring_peek is on its way (thread). */
void log_ring_sent(void);

/* Everything up to seq is stored; false: the server acknowledges what was never sent (thread). */
bool log_ring_ack(uint32_t seq);

/* A new connection: numbered lines are sent again (thread). */
void log_ring_rewind(void);

/* Is there a line that the server has not acknowledged? (thread) */
bool log_ring_is_owed(void);

/* Drops queued application lines: the server does not want them (thread). */
void log_ring_drop_app(void);

#endif
