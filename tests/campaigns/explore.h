/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a scenario from every flash state that its cuts can leave, on several processes.
 *
 * A case is one way in which one operation can be cut (for pairs: two). Cases that leave equal flash and equal progress are one
 * distinct state, which is run once: run() depends on nothing else.
 */
#ifndef CAMPAIGNS_EXPLORE_H
#define CAMPAIGNS_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

#include "campaigns/scenario.h"

struct explore_options {
    unsigned jobs;  /* processes */
    uint32_t seed;  /* of tearings */
    uint32_t slice; /* runs one in this many of the distinct states, at each cut; 1: all */
    bool quiet;     /* says nothing of what broke */
};

struct explore_result {
    uint64_t cases;    /* whose state was run, by itself or as an equal one */
    uint64_t distinct; /* states that were run */
    uint64_t bricks;   /* states after which run() named an invariant, or that ended the process */
};

/* Prints what broke, at most EXPLORE_REPORTS_MAX times. */
#define EXPLORE_REPORTS_MAX 5u
struct explore_result explore(const struct campaign_scenario *scenario,
                              const struct explore_options *options);

#endif
