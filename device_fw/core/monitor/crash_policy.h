/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a crashed application waits before it is started again: doubling from the bundle's minimum to its maximum, and
 * from the start again once it has run for a healthy time. Pure.
 */
#ifndef CORE_CRASH_POLICY_H
#define CORE_CRASH_POLICY_H

#include <stdint.h>

struct crash_policy {
    uint32_t minimum_ms;
    uint32_t maximum_ms;
    uint32_t last_ms; /* of the last crash; 0: none since it was healthy */
};

/* Bounds of a manifest; 0 means not said. Forgets earlier crashes. */
void crash_policy_init(struct crash_policy *policy, uint32_t minimum_ms, uint32_t maximum_ms);

/* A crash after ran_us of running: milliseconds to wait. */
uint32_t crash_policy_next_ms(struct crash_policy *policy, uint64_t ran_us);

#endif
