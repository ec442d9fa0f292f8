/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The microvisor's thread: owns everything, and gives each part its turn.
 *
 * Invariants:
 *  M1 one step never waits: parts that have more to do say so, and the board calls again;
 *  M2 the application runs only after ota_load_installed() found its slot right in this very start;
 *  M3 the watchdog is kicked only here and in long measurements, so it bites when the thread hangs.
 */
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/line.h"
#include "core/kv/kv.h"
#include "core/log/log.h"
#include "core/monitor/monitor_state.h"
#include "core/sys/sys.h"
#include "port/port_boot.h"
#include "port/port_clock.h"
#include "port/port_console.h"
#include "port/port_entropy.h"
#include "port/port_main.h"
#include "port/port_power.h"

/* Pieces of update work per step: enough that a staged installation is not interrupted by idle rounds of the link. */
#define OTA_PIECES_PER_STEP 4u
#define CONSOLE_BYTES       64u

static struct monitor monitor;

void monitor_log(otr_LogKind kind, const char *text)
{
    log_ring_microvisor(kind, text, NULL);
}

uint32_t monitor_random(struct monitor *m)
{
    m->random ^= m->random << 13; /* xorshift32: jitter needs spread, not secrecy */
    m->random ^= m->random >> 17;
    m->random ^= m->random << 5;
    return m->random;
}

static void draw_randomness(struct monitor *m)
{
    uint8_t seed[16] = { 0 };
    struct line line;

    if (port_entropy_get(seed, sizeof(seed)) != 0) {
        line_start(&line, "entropy failed");
        line_print(&line);
    }
    m->boot_id = bytes_get_u64(seed);
    m->random = bytes_get_u32(seed + 8) | 1u;
    if (m->boot_id == 0)
        m->boot_id = 1;
    sys_init(bytes_get_u32(seed + 12));
}

static void count_boot(struct monitor *m)
{
    uint8_t raw[4];

    if (kv_get(KV_BOOT_COUNT, raw, sizeof(raw)) == (int)sizeof(raw))
        m->boot_count = bytes_get_u32(raw);
    m->boot_count++;
    bytes_put_u32(raw, m->boot_count);
    (void)kv_put(KV_BOOT_COUNT, raw, sizeof(raw)); /* a lost count harms nobody */
}

static void load_settings(struct monitor *m)
{
    uint8_t raw[8];
    uint8_t logging = 1;

    if (kv_get(KV_TIME_FLOOR, raw, sizeof(raw)) == (int)sizeof(raw))
        m->time_floor_s = bytes_get_u64(raw);
    (void)kv_get(KV_LOGGING, &logging,
                 sizeof(logging)); /* until the server has spoken: its last word, or yes */
    sys_set_logging(logging != 0);
}

static void announce_start(const struct monitor *m)
{
    struct line line;

    line_start(&line, "microvisor started");
    line_key_text(&line, "version", port_boot_build()->version);
    line_key_text(&line, "board", port_board_name());
    line_key_number(&line, "boot", m->boot_count);
    line_key_number(&line, "reset_reason", port_reset_reason());
    line_key_text(&line, "device", m->identity.provisioned ? m->identity.sid : "none");
    line_print(&line);
}

/* A device from a factory image has a name before anything of the application runs, and runs what the factory signed. */
static void start_unprovisioned(struct monitor *m)
{
    prov_announce(&m->prov);
    keyring_load(&m->keyring, NULL);
    if (m->keyring.ring.accepted == 0)
        return;
    (void)identity_keygen(&m->identity); /* without entropy or flash KEYGEN says so */
    if (m->identity.has_key)
        sys_set_device_id(m->identity.sid);
    monitor_update_mount(m);
}

/* The identity is complete: the server may be met, and whose applications may run is the fleet's to say. */
static void identity_ready(struct monitor *m)
{
    const otr_Provision *provision = &m->unprovisioned.work.provision;

    if (provision->wall_time_us / 1000000u > m->time_floor_s)
        m->time_floor_s = provision->wall_time_us / 1000000u;
    keyring_load(&m->keyring, provision);
    sys_set_device_id(m->identity.sid);
    monitor_update_mount(m);
    monitor_link_enable(m);
}

static void mount_store(void)
{
    struct line line;

    if (kv_mount() == 0)
        return;
    line_start(&line, "store failed to mount area=kv");
    line_print(&line);
}

void microvisor_init(void)
{
    struct monitor *m = &monitor;

    memset(m, 0, sizeof(*m));
    m->now_us = port_clock_us();
    log_ring_init();
    draw_randomness(m);
    mount_store();
    count_boot(m);
    monitor_crash_init(m);
    load_settings(m);
    monitor_test_init(m);
    identity_load(&m->identity, &m->unprovisioned.work);
    prov_init(&m->prov, &m->identity, &m->test, &m->unprovisioned.work);
    monitor_link_init(m);
    monitor_update_init(m);
    monitor_app_init(m);
    monitor_flash_init();
    announce_start(m);
    if (m->test.state != FACTORY_TEST_NONE)
        prov_announce_test(&m->prov);
    monitor_self_init(m);
    if (m->identity.provisioned)
        identity_ready(m);
    else
        start_unprovisioned(m);
}

static void step_console(struct monitor *m)
{
    char text[CONSOLE_BYTES];
    uint32_t count = port_console_read(text, sizeof(text));

    while (count > 0) {
        if (prov_take(&m->prov, text, count))
            identity_ready(m);
        count = port_console_read(text, sizeof(text));
    }
}

static uint64_t step_update(struct monitor *m)
{
    uint64_t due_us = m->now_us;

    for (uint32_t i = 0; i < OTA_PIECES_PER_STEP && due_us <= m->now_us; i++) {
        due_us = ota_step(&m->ota, m->now_us);
        chan_fetch_grant(&m->chan);
        port_watchdog_kick();
    }
    return due_us;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t watchdog_due(const struct monitor *m)
{
    uint32_t period_ms = port_watchdog_ms();

    return period_ms == 0 ? UINT64_MAX : m->now_us + period_ms * 1000ull / 2;
}

uint64_t microvisor_step(void)
{
    struct monitor *m = &monitor;
    uint64_t due_us;

    m->now_us = port_clock_us();
    port_watchdog_kick();
    step_console(m);
    due_us = monitor_link_receive(m);
    due_us = earlier(due_us, step_update(m));
    due_us = earlier(due_us, monitor_app_step(m));
    due_us = earlier(due_us, monitor_self_step(m));
    due_us = earlier(due_us, monitor_flash_step(m));
    due_us = earlier(due_us, monitor_status_step(m));
    monitor_crash_step(m);
    monitor_keys_step(m);
    due_us = earlier(due_us, monitor_online_step(m));
    sys_step();
    due_us = earlier(due_us, monitor_link_send(m));
    return earlier(due_us, watchdog_due(m));
}

static void set_logging(bool enabled)
{
    uint8_t value = enabled;

    sys_set_logging(enabled);
    (void)kv_put(KV_LOGGING, &value,
                 sizeof(value)); /* not written when equal; the server says it again each time */
    if (!enabled)
        log_ring_drop_app();
}

void monitor_apply_desired(struct monitor *m, const otr_Desired *desired)
{
    struct ota_want want = { .manifest_bytes = desired->manifest_bytes };
    struct self_want self = { .now = desired->microvisor_now };

    memcpy(want.app_sid, desired->app_sid, sizeof(want.app_sid));
    memcpy(want.sha256, desired->manifest_sha256.bytes, desired->manifest_sha256.size);
    monitor_keys_want(m, desired->keys_sequence);
    set_logging(desired->logging_enabled);
    if (want.app_sid[0] != '\0')
        monitor_test_wanted(m, want.sha256);
    if (m->restart_seq_known && desired->restart_seq != m->restart_seq)
        monitor_app_restart(m, MV_WAKE_REMOTE_APPLICATION_RESTART);
    m->restart_seq = desired->restart_seq;
    m->restart_seq_known = true;
    if (desired->microvisor_sha256.size != 0) {
        memcpy(self.sha256, desired->microvisor_sha256.bytes, SHA256_BYTES);
        self.manifest_bytes = desired->microvisor_manifest_bytes;
    }
    self_want(&m->self, &self, m->now_us);
    ota_want(&m->ota, &want, m->now_us);
}
