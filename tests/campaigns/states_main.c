/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host campaign: every state that one cut can leave, or two, of every scenario (scenario.h, explore.h).
 *
 * One test per scenario (TAP), and a line for the report: `# states <name>: cases= distinct= bricks= seconds= seed=`.
 * CAMPAIGN_SEED (1), CAMPAIGN_SLICE (1: every state; n: one in n), CAMPAIGN_JOBS (processors), CAMPAIGN_ONLY (part of a name).
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "campaigns/explore.h"
#include "campaigns/scenarios.h"

/* What `make test` has time for, with sanitizers. */
#define DEFAULT_SLICE 17u

static uint32_t setting(const char *name, long otherwise)
{
    const char *value = getenv(name);

    return (uint32_t)(value != NULL && value[0] != '\0' ? strtoul(value, NULL, 10)
                                                        : (unsigned long)otherwise);
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool explore_one(const struct campaign_scenario *scenario, const struct explore_options *options,
                        unsigned number)
{
    double began_s = now_s();
    struct explore_result result = explore(scenario, options);
    bool good = result.bricks == 0 && result.distinct > 0;

    printf("# states %s: cases=%llu distinct=%llu bricks=%llu seconds=%.1f seed=%u slice=%u\n",
           scenario->name, (unsigned long long)result.cases, (unsigned long long)result.distinct,
           (unsigned long long)result.bricks, now_s() - began_s, options->seed, options->slice);
    printf("%sok %u - %s\n", good ? "" : "not ", number, scenario->name);
    fflush(stdout);
    return good;
}

/* A campaign that cannot fail proves nothing. */
static bool finds_what_is_there(const struct explore_options *options, unsigned number)
{
    struct explore_options all = *options;
    struct explore_result result;

    all.slice = 1;
    all.quiet = true;
    result = explore(&scenario_naive, &all);
    printf("%sok %u - a naive counter is found to break (%llu of %llu states)\n",
           result.bricks > 0 ? "" : "not ", number, (unsigned long long)result.bricks,
           (unsigned long long)result.distinct);
    return result.bricks > 0;
}

int main(void)
{
    const char *only = getenv("CAMPAIGN_ONLY");
    struct explore_options options = {
        .jobs = setting("CAMPAIGN_JOBS", sysconf(_SC_NPROCESSORS_ONLN)),
        .seed = setting("CAMPAIGN_SEED", 1),
        .slice = setting("CAMPAIGN_SLICE", DEFAULT_SLICE),
    };
    unsigned count = 0, failed = 0;

    options.slice += options.slice == 0;
    failed += !finds_what_is_there(&options, ++count);
    for (unsigned i = 0; campaign_scenarios[i] != NULL; i++)
        if (only == NULL || strstr(campaign_scenarios[i]->name, only) != NULL)
            failed += !explore_one(campaign_scenarios[i], &options, ++count);
    printf("1..%u\n", count);
    return failed == 0 && count > 1 ? 0 : 1;
}
