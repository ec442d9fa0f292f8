/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Polite updates: an update, of the application or of the microvisor, that has been downloaded does not interrupt an application
 * that asked to be asked.
 *
 * Invariants:
 *  P1 only a running application is waited for, and only while it listens for updates (sys_system.c): one that crashes, is
 *     restarted, or has closed its notification has given leave;
 *  P2 nothing is waited for longer than the running bundle's maximum_politeness_time_sec, or POLITENESS_DEFAULT_SEC when it
 *     does not say: an application that never answers does not keep the device from being updated.
 */
#include "core/monitor/monitor_state.h"
#include "core/sys/sys.h"

static uint64_t politeness_us(const struct monitor *m)
{
    const struct manifest *running = ota_installed(&m->ota);
    uint32_t seconds = running != NULL ? running->politeness_sec : 0;

    return (seconds != 0 ? seconds : POLITENESS_DEFAULT_SEC) * 1000000ull;
}

uint64_t monitor_polite_until(const struct monitor *m)
{
    uint64_t since_us = m->app.asked_us != 0 ? m->app.asked_us : m->now_us;

    if (m->app.life != APP_LIFE_RUNNING || !sys_listens_for_updates())
        return 0;
    return since_us + politeness_us(m);
}

static bool ota_fetches(enum ota_state state)
{
    return state != OTA_IDLE && state != OTA_FAILED && state != OTA_READY;
}

void monitor_polite_tell(struct monitor *m)
{
    bool downloaded = m->ota.fsm.state == OTA_READY || m->self.fsm.state == SELF_READY;

    sys_set_fetching_update(ota_fetches(m->ota.fsm.state) || self_fetching(&m->self));
    if (!downloaded)
        m->app.asked_us = 0;
    else if (m->app.asked_us == 0)
        m->app.asked_us = m->now_us;
    sys_set_update_downloaded(downloaded, m->now_us);
}
