/* SPDX-License-Identifier: Apache-2.0 */
/* Crash reports: recorded when something has crashed, delivered in each session until the server has them. */
#include <string.h>

#include "core/base/line.h"
#include "core/crash/crash_report.h"
#include "core/crash/crash_store.h"
#include "core/monitor/monitor_state.h"
#include "port/port_boot.h"

static void name_app(const struct monitor *m, otr_CrashReport *report)
{
    if (ota_installed(&m->ota) != NULL)
        memcpy(report->app_sid, ota_installed_sid(&m->ota), SID_CHARS);
}

static void print_kept(const char *what, enum crash_kept kept)
{
    struct line line;

    line_start(&line, what);
    line_key_text(&line, "report", crash_kept_name(kept));
    line_key_number(&line, "dropped", crash_store_dropped());
    line_print(&line);
}

/* Says it once for each start: log lines have a limit, too, and each crash has its own. */
static void tell_limited(struct monitor *m)
{
    struct line line;

    if (m->crash_limit_told)
        return;
    m->crash_limit_told = true;
    line_start(&line, "too many crashes: from now on a report is kept every ");
    line_number(&line, CRASH_INTERVAL_MS / 60000u);
    line_text(&line, " minutes at most");
    monitor_log(otr_LogKind_LOG_MICROVISOR, line.text);
}

void monitor_crash_record(struct monitor *m, const struct port_fault *fault, const otr_Crash *crash)
{
    const struct manifest *manifest = ota_installed(&m->ota);
    struct crash_wish wish = { .key = NULL };
    otr_CrashReport *report = &m->message.body.crash_report;
    enum crash_kept kept;

    if (manifest != NULL) {
        wish.key = manifest->has_crash_key ? manifest->crash_key : NULL;
        wish.stack_bytes = manifest->crash_stack_bytes;
    }
    memset(report, 0, sizeof(*report));
    report->boot_id = m->boot_id;
    report->device_us = m->now_us;
    report->microvisor_number = port_boot_build()->number;
    report->has_crash = true;
    report->crash = *crash;
    name_app(m, report);
    kept = crash_store_ask(report, m->now_us);
    if (kept == CRASH_KEPT)
        kept = crash_report_take(report, fault, &wish) == 0 ? crash_store_add(report, m->now_us) : CRASH_LOST;
    print_kept("crash of application", kept);
    if (kept == CRASH_LIMITED)
        tell_limited(m);
}

/* The microvisor's own last words, if it left any: early, before what may have led to them happens again. */
static void record_own(struct monitor *m)
{
    const struct port_crash *crash = port_crash_last();
    otr_CrashReport *report = &m->message.body.crash_report;
    enum crash_kept kept = CRASH_LOST;

    if (crash == NULL)
        return;
    if (crash_report_own(report, crash) == 0)
        kept = crash_store_add(report, m->now_us);
    port_crash_forget();
    print_kept("crash of microvisor", kept);
    monitor_log(otr_LogKind_LOG_MICROVISOR, "microvisor crashed in its last run");
}

void monitor_crash_init(struct monitor *m)
{
    crash_store_mount(m->boot_count, m->now_us);
    record_own(m);
    port_crash_name(m->boot_id);
}

void monitor_crash_step(struct monitor *m)
{
    otr_CrashReport *report = &m->message.body.crash_report;
    uint32_t waiting;

    (void)chan_output(&m->chan, &waiting);
    if (m->link.state != LINK_UP || m->crash_sent != 0 || waiting > CHAN_TX_LOG_MARK ||
        !crash_store_oldest(report))
        return;
    m->message.which_body = otr_DeviceMessage_crash_report_tag;
    if (chan_send(&m->chan, &m->message) == 0)
        m->crash_sent = report->report_id;
}

void monitor_crash_ack(struct monitor *m, uint64_t report_id)
{
    crash_store_ack(report_id);
    if (report_id == m->crash_sent)
        m->crash_sent = 0;
}
