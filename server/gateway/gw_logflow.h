/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How log lines of one session are counted, budgeted and acknowledged (PROTOCOL.md section 4). Pure numbers.
 *
 * Invariants
 *  F1 an acknowledged number is never above a line that still waits for the store;
 *  F2 acknowledgements only grow;
 *  F3 lines are never dropped here: a device over its budget is read later.
 */
#ifndef GATEWAY_GW_LOGFLOW_H
#define GATEWAY_GW_LOGFLOW_H

#include <stdbool.h>
#include <stdint.h>

struct gw_logflow {
    uint32_t received; /* highest seq taken in this session; lines before the first one were acknowledged
                          earlier */
    uint32_t stored;   /* highest seq that the store has */
    uint32_t acked;    /* last acknowledged */
    uint32_t waiting;  /* lines handed to the store, not yet stored */
    bool begun;
    int32_t budget_milli; /* lines that may come now, times 1,000; below 0: in debt */
    int64_t refilled_us;
};

void gw_logflow_init(struct gw_logflow *f, int64_t now_us);

enum gw_logflow_result { GW_LOGFLOW_NEW, GW_LOGFLOW_REPEATED, GW_LOGFLOW_GAP };

/* Takes the line with this number and charges the budget. */
enum gw_logflow_result gw_logflow_take(struct gw_logflow *f, uint32_t seq, int64_t now_us);

/* Charges the budget for something that costs as much as so many lines. */
void gw_logflow_charge(struct gw_logflow *f, uint32_t lines, int64_t now_us);

void gw_logflow_waits(struct gw_logflow *f);                /* the line just taken went to the store */
void gw_logflow_stored(struct gw_logflow *f, uint32_t seq); /* it is stored */

/* True when there is something new to acknowledge: *seq, which counts as acknowledged from now on. */
bool gw_logflow_ack(struct gw_logflow *f, uint32_t *seq);

bool gw_logflow_is_over_budget(struct gw_logflow *f, int64_t now_us);
bool gw_logflow_is_full(const struct gw_logflow *f); /* too many lines wait for the store */

/* When a session in debt may be read again. */
int64_t gw_logflow_resume_us(const struct gw_logflow *f);

#endif
