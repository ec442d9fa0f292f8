/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scenario of the host campaign: a device that is in the middle of something, and what must become of it.
 *
 * The campaign runs a scenario once and writes down each flash operation. From that it makes every flash content that a cut can
 * leave, and runs the scenario from each: power on with this flash, to the end. For pairs of cuts it does the same with the
 * operations of those runs.
 *
 * Rules for run():
 *  - it begins by making everything volatile anew (RAM, clock, link, application): only the flash and progress are given;
 *  - it depends on nothing but the flash and progress, so that equal states need to be run once only: seeds are constants;
 *  - it names the invariant that does not hold, as its header numbers it.
 */
#ifndef CAMPAIGNS_SCENARIO_H
#define CAMPAIGNS_SCENARIO_H

#include <stdint.h>

struct campaign_scenario {
    const char *name;
    /* Makes the flash as it is when the first cut may come. Called once, before any run. */
    void (*prepare)(void);
    /* Power on; ends when all is as it should be (NULL) or an invariant is broken (its name). */
    const char *(*run)(uint32_t progress);
    /* 1: single cuts; 2: all pairs of cuts as well. */
    uint32_t cuts;
};

/* Called in run(): from here on a cut finds a device that has acknowledged this much; 0 at the beginning. What it means is the
 * scenario's own business: run() gets the last value that was said before the cut. */
void campaign_progress(uint32_t progress);

/* All scenarios, NULL at the end (scenarios.c). */
extern const struct campaign_scenario *const campaign_scenarios[];

#endif
