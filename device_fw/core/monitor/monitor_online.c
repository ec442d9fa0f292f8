/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connectivity policy: when the device is offline on purpose. The running bundle's minimum_check_in_time_sec says how often it must
 * have met the server; connection_grace_time_sec how long it stays when there is no reason any more.
 *
 *   a reason to be connected --> connected --no reason, nothing owed, for the grace time--> resting --a reason--> connected
 *
 * Invariants:
 *  N1 the device rests only for a bundle that names a check-in time, and only when its application has used the network calls
 *     and holds no network: everything else is a reason to be connected (mv_network_reason);
 *  N2 it does not begin to rest while it owes the server something: a report, a log line that is not acknowledged, an update;
 *  N3 it rests no longer than minimum_check_in_time_sec after the end of a session: an application that never asks for the network
 *     does not keep the device from being updated.
 */
#include "core/log/log.h"
#include "core/monitor/monitor_state.h"
#include "core/sys/sys.h"

/* Least time that a session lasts: what the Welcome has set off must have begun. */
#define GRACE_MIN_US 1000000ull

static uint64_t check_in_us(const struct manifest *running)
{
    return running != NULL ? running->check_in_sec * 1000000ull : 0;
}

/* What the thread knows; the application's own reasons are added by core/sys. */
static uint32_t reasons_here(const struct monitor *m)
{
    const struct manifest *running = ota_installed(&m->ota);
    uint32_t reasons = 0;

    if (running == NULL)
        reasons |= MV_REASON_NO_APPLICATION_CODE;
    if (m->online.met_us == 0)
        reasons |= MV_REASON_COLD_BOOT;
    else if (m->now_us - m->online.met_us >= check_in_us(running))
        reasons |= MV_REASON_CHECK_IN_EXPIRED; /* at once when the bundle names no time */
    return reasons;
}

static bool owes_something(const struct monitor *m)
{
    enum ota_state state = m->ota.fsm.state;
    uint32_t waiting;

    (void)chan_output(&m->chan, &waiting);
    return waiting > 0 || log_ring_is_owed() || !monitor_status_is_told(m) || self_needs_link(&m->self) ||
           (state != OTA_IDLE && state != OTA_FAILED && state != OTA_READY);
}

static uint64_t grace_us(const struct monitor *m)
{
    uint64_t said_us = ota_installed(&m->ota)->grace_sec * 1000000ull;

    return said_us > GRACE_MIN_US ? said_us : GRACE_MIN_US;
}

/* Connected without a reason: rests when that has lasted for the grace time. */
static uint64_t step_up(struct monitor *m, bool needed)
{
    if (needed) {
        m->online.idle_us = 0;
        return UINT64_MAX;
    }
    if (m->online.idle_us == 0)
        m->online.idle_us = m->now_us;
    if (m->now_us - m->online.idle_us < grace_us(m))
        return m->online.idle_us + grace_us(m);
    if (owes_something(m))
        return UINT64_MAX; /* the server's answer wakes the thread */
    monitor_link_rest(m);
    return m->now_us;
}

uint64_t monitor_online_step(struct monitor *m)
{
    uint32_t reasons;

    if (m->link.state == LINK_UP)
        m->online.met_us = m->now_us;
    else
        m->online.idle_us = 0;
    reasons = sys_network_reasons(reasons_here(m));
    if (m->link.state == LINK_UP)
        return step_up(m, reasons != 0);
    if (m->link.state != LINK_RESTING)
        return UINT64_MAX;
    if (reasons == 0)
        return m->online.met_us + check_in_us(ota_installed(&m->ota));
    monitor_link_resume(m);
    return m->now_us;
}
