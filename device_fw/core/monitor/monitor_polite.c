/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Polite updates: an update that has been downloaded does not interrupt an application that asked to be asked.
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

void monitor_polite_ask(struct monitor *m, bool downloaded)
{
    m->app.asked_us = downloaded ? m->now_us : 0;
    sys_set_update_downloaded(downloaded, m->now_us);
}
