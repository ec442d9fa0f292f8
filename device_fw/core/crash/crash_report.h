/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a board knows of a crash to the report that the server gets (PROTOCOL.md section 10).
 *
 * Invariants:
 *  O1 with a key named, registers and stack leave sealed to it or not at all;
 *  O2 the stack of the application is read through port_ns_read() alone, which knows its windows and nothing else;
 *  O3 of a crash of the microvisor nothing is added to what port_crash.h lets out.
 */
#ifndef CORE_CRASH_REPORT_H
#define CORE_CRASH_REPORT_H

#include "port/port_crash.h"
#include "wire.pb.h"

/* What the application's bundle wants. */
struct crash_wish {
    const uint8_t *key; /* 65-byte point that registers and stack are sealed to; NULL: none */
    uint32_t stack_bytes;
};

/* The part that log lines carry, too. restart_in_ms and count are the caller's. */
void crash_report_describe(const struct port_fault *fault, otr_Crash *out);

/* Gives the report a new id, and fills in registers and stack of an application that has not been stopped yet. The other
 * fields are the caller's. PORT_EIO: no entropy, there is no id. */
int crash_report_take(otr_CrashReport *report, const struct port_fault *fault, const struct crash_wish *wish);

/* The whole report of the microvisor's own crash, but for the application. PORT_EIO as above. */
int crash_report_own(otr_CrashReport *report, const struct port_crash *crash);

#endif
