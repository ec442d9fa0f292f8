/* SPDX-License-Identifier: Apache-2.0 */
/* Sequence numbers and token bucket of a session's log lines. */
#include "gateway/gw_logflow.h"

#include <assert.h>
#include <string.h>

#include "gateway/gw_limits.h"

#define LINE_MILLI  1000
#define BURST_MILLI ((int32_t)GW_LOG_BURST_LINES * LINE_MILLI)
#define RESUME_MILLI                                                                                         \
    ((int32_t)GW_LOG_LINES_PER_S * LINE_MILLI /                                                              \
     10) /* a tenth of a second's lines at once                   \
                                                     */

void gw_logflow_init(struct gw_logflow *f, int64_t now_us)
{
    memset(f, 0, sizeof *f);
    f->budget_milli = BURST_MILLI;
    f->refilled_us = now_us;
}

static void refill(struct gw_logflow *f, int64_t now_us)
{
    const int64_t gained = (now_us - f->refilled_us) * GW_LOG_LINES_PER_S / 1000;

    if (gained <= 0)
        return;
    f->refilled_us = now_us;
    f->budget_milli =
        gained >= BURST_MILLI - f->budget_milli ? BURST_MILLI : f->budget_milli + (int32_t)gained;
}

void gw_logflow_charge(struct gw_logflow *f, uint32_t lines, int64_t now_us)
{
    refill(f, now_us);
    f->budget_milli -= (int32_t)lines * LINE_MILLI;
}

enum gw_logflow_result gw_logflow_take(struct gw_logflow *f, uint32_t seq, int64_t now_us)
{
    gw_logflow_charge(f, 1, now_us);
    if (!f->begun) {
        f->begun = true;
        f->received = f->stored = f->acked = seq - 1;
    }
    if (seq <= f->received)
        return GW_LOGFLOW_REPEATED;
    if (seq != f->received + 1)
        return GW_LOGFLOW_GAP;
    f->received = seq;
    return GW_LOGFLOW_NEW;
}

void gw_logflow_waits(struct gw_logflow *f)
{
    f->waiting++;
}

void gw_logflow_stored(struct gw_logflow *f, uint32_t seq)
{
    assert(f->waiting > 0 && seq > f->stored);
    f->waiting--;
    f->stored = seq;
}

bool gw_logflow_ack(struct gw_logflow *f, uint32_t *seq)
{
    const uint32_t safe = f->waiting == 0 ? f->received : f->stored;

    if (safe <= f->acked)
        return false;
    *seq = f->acked = safe;
    return true;
}

bool gw_logflow_is_over_budget(struct gw_logflow *f, int64_t now_us)
{
    refill(f, now_us);
    return f->budget_milli < 0;
}

bool gw_logflow_is_full(const struct gw_logflow *f)
{
    return f->waiting >= GW_LOG_WAITING_MAX;
}

int64_t gw_logflow_resume_us(const struct gw_logflow *f)
{
    const int64_t missing = RESUME_MILLI - f->budget_milli;

    return missing <= 0 ? f->refilled_us : f->refilled_us + missing * 1000 / GW_LOG_LINES_PER_S;
}
