/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The application's life: started when there is one to start, stopped for updates and restarts, reported and restarted with
 * backoff when it crashes.
 *
 *   NONE --installed--> WAITING --time, slot right--> RUNNING --crash--> WAITING (backoff)
 *                          |                             +--restart, update--> WAITING (at once)
 *                          +--slot wrong--> HELD --repaired, installed--> WAITING
 *                                            ^
 *   RUNNING --factory test failed------------+  until the next start (monitor_test.c)
 *
 * Invariant A1: RUNNING is entered only after ota_load_installed() returned 0 in the same function.
 */
#include <string.h>

#include "core/base/line.h"
#include "core/crash/crash_report.h"
#include "core/log/log.h"
#include "core/monitor/monitor_state.h"
#include "core/sys/sys.h"
#include "port/port_clock.h"
#include "port/port_critical.h"
#include "port/port_ns.h"
#include "port/port_power.h"
#include "port/port_status.h"

/* Flash or window failed while loading: not a matter of microseconds. */
#define LOAD_RETRY_US 5000000u

void monitor_app_init(struct monitor *m)
{
    m->app.wake_reason = port_reset_reason();
}

static void print(const char *what, const char *key, uint64_t value)
{
    struct line line;

    line_start(&line, what);
    line_key_number(&line, key, value);
    line_print(&line);
}

static void wait_until(struct monitor *m, uint64_t start_us)
{
    m->app.life = APP_LIFE_WAITING;
    m->app.start_us = start_us;
}

/* What a test has logged lies in the application's memory: it is taken when nothing can be added any more. */
static void silence(void)
{
    port_ns_stop(false);
    monitor_test_drain();
    port_ns_stop(true);
}

void monitor_app_stop(struct monitor *m)
{
    silence();
    if (m->app.life == APP_LIFE_RUNNING)
        print("application stopped", "after_ms", (port_clock_us() - m->app.start_us) / 1000u);
    m->app.life = APP_LIFE_NONE;
}

void monitor_app_hold(struct monitor *m)
{
    monitor_app_stop(m);
    m->app.life = APP_LIFE_HELD;
    m->app.start_us = UINT64_MAX;
}

/* Another manifest brings another policy, and no memory of crashes. */
static void adopt_policy(struct monitor *m)
{
    const struct manifest *manifest = ota_installed(&m->ota);

    if (memcmp(m->app.policy_of, manifest->sha256, SHA256_BYTES) == 0)
        return;
    memcpy(m->app.policy_of, manifest->sha256, SHA256_BYTES);
    crash_policy_init(&m->app.policy, manifest->restart_min_ms, manifest->restart_max_ms);
}

void monitor_app_installed(struct monitor *m, bool repaired)
{
    wait_until(m, m->now_us);
    monitor_test_settle(m);
    keyring_settle(&m->keyring, ota_installed(&m->ota));
    if (repaired)
        return;
    m->app.fresh = true;
    m->app.wake_reason = MV_WAKE_APPLICATION_UPDATE;
    memset(m->app.policy_of, 0, SHA256_BYTES);
}

void monitor_app_restart(struct monitor *m, uint32_t wake_reason)
{
    if (m->app.life == APP_LIFE_NONE || m->app.life == APP_LIFE_HELD)
        return;
    monitor_app_stop(m);
    m->app.wake_reason = wake_reason;
    wait_until(m, m->now_us);
}

static void print_crash(const struct port_fault *fault, const otr_Crash *crash)
{
    struct line line;

    line_start(&line, "application crashed");
    line_key_number(&line, "cause", fault->cause);
    line_key_hex(&line, "pc", fault->pc);
    line_key_hex(&line, "lr", fault->lr);
    line_key_hex(&line, "cfsr", fault->fault_status);
    line_key_hex(&line, "sfsr", fault->secure_fault_status);
    line_key_number(&line, "restart_in_ms", crash->restart_in_ms);
    line_print(&line);
}

static void crashed(struct monitor *m, const struct port_fault *fault)
{
    uint32_t wait_ms = crash_policy_next_ms(&m->app.policy, m->now_us - m->app.start_us);
    otr_Crash crash;

    crash_report_describe(fault, &crash);
    crash.restart_in_ms = wait_ms;
    crash.count = ++m->app.crash_count;
    print_crash(fault, &crash);
    log_ring_microvisor(otr_LogKind_LOG_CRASH, "application crashed", &crash);
    monitor_crash_record(m, fault, &crash);
    silence();
    m->app.wake_reason = MV_WAKE_APPLICATION_CRASH;
    wait_until(m, m->now_us + wait_ms * 1000ull);
}

static void report_loading(struct monitor *m, int status)
{
    const char *text =
        status == PORT_EAUTH ? "application flash is damaged, repairing" : "application could not be loaded";
    struct line line;

    line_start(&line, text);
    line_print(&line);
    monitor_log(otr_LogKind_LOG_MICROVISOR, text);
    m->app.life = APP_LIFE_HELD;
    m->app.start_us = m->now_us + LOAD_RETRY_US;
}

static void start(struct monitor *m)
{
    struct port_fault bad_image = { .cause = otr_CrashCause_CRASH_BAD_IMAGE };
    bool fresh = m->app.fresh;
    int status = ota_load_installed(&m->ota, m->now_us);

    if (status != 0) {
        report_loading(m, status);
        return;
    }
    adopt_policy(m);
    m->app.fresh = false;
    if (fresh)
        monitor_log(otr_LogKind_LOG_OTA, "STARTING_NEW_APP");
    m->now_us = port_clock_us();
    sys_test_enable(monitor_test_applies(m));
    sys_application_starts(m->app.wake_reason, m->now_us);
    m->app.life = APP_LIFE_RUNNING;
    m->app.start_us = m->now_us;
    if (port_ns_start() != 0) {
        crashed(m, &bad_image);
        return;
    }
    print("application started", "wake_reason", m->app.wake_reason);
    if (fresh)
        monitor_log(otr_LogKind_LOG_OTA, "COMPLETE");
}

/* Moment at which the application's watchdog bites; UINT64_MAX without one. */
static uint64_t watchdog_us(const struct monitor *m)
{
    const struct manifest *manifest = ota_installed(&m->ota);

    if (manifest == NULL || manifest->watchdog_ms == 0)
        return UINT64_MAX;
    return sys_last_call_us() + manifest->watchdog_ms * 1000ull;
}

static uint64_t step_running(struct monitor *m)
{
    struct port_fault fault;

    monitor_test_drain();
    if (monitor_test_step(m))
        return m->now_us;
    if (port_ns_state() == PORT_NS_FAULTED && port_ns_fault(&fault) == 0) {
        crashed(m, &fault);
        return m->app.start_us;
    }
    if (sys_take_restart()) {
        monitor_app_restart(m, MV_WAKE_REMOTE_APPLICATION_RESTART);
        return m->app.start_us;
    }
    if (m->now_us >= watchdog_us(m)) {
        if (port_ns_place(&fault) != 0) {
            fault = (struct port_fault){ .pc = 0 };
        }
        fault.cause = otr_CrashCause_CRASH_WATCHDOG;
        crashed(m, &fault);
        return m->app.start_us;
    }
    return watchdog_us(m);
}

uint64_t monitor_app_step(struct monitor *m)
{
    if (m->app.life == APP_LIFE_RUNNING)
        return step_running(m);
    if (m->restarting)
        return UINT64_MAX;
    if (ota_installed(&m->ota) == NULL) {
        m->app.life = APP_LIFE_NONE;
        return UINT64_MAX;
    }
    if (m->app.life == APP_LIFE_NONE)
        wait_until(m, m->now_us);
    if (m->now_us < m->app.start_us)
        return m->app.start_us;
    start(m);
    return m->now_us;
}
