/* SPDX-License-Identifier: Apache-2.0 */
/* Restart times of a crashing application; see crash_policy.h. */
#include "core/monitor/crash_policy.h"

#include <stdbool.h>

#include "core/base/core_limits.h"

void crash_policy_init(struct crash_policy *policy, uint32_t minimum_ms, uint32_t maximum_ms)
{
    policy->minimum_ms = minimum_ms != 0 ? minimum_ms : CRASH_RESTART_MIN_MS;
    policy->maximum_ms = maximum_ms != 0 ? maximum_ms : CRASH_RESTART_MAX_MS;
    if (minimum_ms == 0 && policy->minimum_ms > policy->maximum_ms)
        policy->minimum_ms = policy->maximum_ms;
    if (policy->maximum_ms < policy->minimum_ms)
        policy->maximum_ms = policy->minimum_ms;
    policy->last_ms = 0;
}

static bool healthy(const struct crash_policy *policy, uint64_t ran_us)
{
    return ran_us >= CRASH_HEALTHY_MS * 1000ull && ran_us / 10 >= policy->last_ms * 1000ull;
}

uint32_t crash_policy_next_ms(struct crash_policy *policy, uint64_t ran_us)
{
    uint64_t next_ms = policy->last_ms * 2ull;

    if (policy->last_ms == 0 || healthy(policy, ran_us))
        next_ms = policy->minimum_ms;
    if (next_ms > policy->maximum_ms)
        next_ms = policy->maximum_ms;
    policy->last_ms = (uint32_t)next_ms;
    return policy->last_ms;
}
