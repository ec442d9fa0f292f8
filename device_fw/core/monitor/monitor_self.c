/* SPDX-License-Identifier: Apache-2.0 */
/* The owner of the microvisor's own update: its blob stream, what people are told of it, and the restart of the device. */
#include <stddef.h>

#include "core/base/line.h"
#include "core/log/log.h"
#include "core/monitor/monitor_state.h"
#include "port/port_boot.h"
#include "port/port_power.h"
#include "port/port_stream.h"

static int fetch_open(void *context, const uint8_t sha256[SHA256_BYTES], uint32_t offset, uint32_t length)
{
    return monitor_update_fetch_open(context, CHAN_FETCH_SELF, sha256, offset, length);
}

static void fetch_cancel(void *context)
{
    monitor_update_fetch_cancel(context, CHAN_FETCH_SELF);
}

static uint64_t restart_from(void *context)
{
    return monitor_polite_until(context);
}

static void restart(void *context)
{
    struct monitor *m = context;

    monitor_app_stop(m);
    m->restarting = true;
    m->restart_us = m->now_us + SELF_FAREWELL_MS * 1000ull;
}

static const char *slot_text(enum port_flash_area slot)
{
    return slot == PORT_FLASH_MICROVISOR_A ? "A" : "B";
}

/* "microvisor 0.2.0 <words> B" */
static void say(const char *version, const char *words, enum port_flash_area slot)
{
    struct line line;

    line_start(&line, "microvisor ");
    line_text(&line, version);
    line_text(&line, words);
    line_text(&line, slot_text(slot));
    monitor_log(otr_LogKind_LOG_MICROVISOR, line.text);
    line_print(&line);
}

static void say_failure(const struct self *self)
{
    struct line line;

    line_start(&line, "microvisor update ");
    line_text(&line,
              self->fsm.retry_us == UINT64_MAX ? "refused: ERROR " : "failed, will be tried again: ERROR ");
    line_number(&line, self->fsm.error);
    line_text(&line, " ");
    line_text(&line, monitor_update_error_words(self->fsm.error));
    monitor_log(otr_LogKind_LOG_MICROVISOR, line.text);
    line_print(&line);
}

static void changed(void *context, enum self_state from, enum self_state to)
{
    /* What is said when a state is entered, of the microvisor that is wanted. */
    static const char *const words[] = {
        [SELF_IMAGE] = " is fetched into slot ",
        [SELF_READY] = " is verified and waits to be started in slot ",
        [SELF_RESTART] = " is started on trial in slot ",
        [SELF_TRIAL] = NULL,
    };
    struct monitor *m = context;
    const char *running = port_boot_build()->version;

    monitor_polite_tell(m);
    if (to == SELF_TRIAL)
        say(running, " runs on trial in slot ", m->self.slot);
    else if (from == SELF_TRIAL && to == SELF_IDLE)
        say(running, " has checked in and is confirmed in slot ", m->self.slot);
    else if (from == SELF_TRIAL)
        say(running, " has not checked in in time and gives up: back to slot ", m->self.other);
    else if (to == SELF_FAILED)
        say_failure(&m->self);
    else if (words[to] != NULL)
        say(m->self.manifest.version, words[to], m->self.other);
}

static const struct self_owner owner = { fetch_open, fetch_cancel, restart_from, restart, changed };

void monitor_self_init(struct monitor *m)
{
    self_mount(&m->self, &owner, m, m->now_us);
}

static bool farewell_over(const struct monitor *m)
{
    return m->now_us >= m->restart_us || m->link.state != LINK_UP || !log_ring_is_owed();
}

uint64_t monitor_self_step(struct monitor *m)
{
    uint64_t due_us = self_step(&m->self, m->now_us);

    if (!m->restarting)
        return due_us;
    if (farewell_over(m)) {
        port_stream_close();
        port_restart(otr_ResetReason_RESET_MICROVISOR_UPDATE);
    }
    return m->restart_us;
}
