/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polite: an application that must not be interrupted at any moment. It asks to be told of updates, finishes its work when one
 * has been downloaded, and then gives leave by mvRestart. The variant `polite-deaf` never does: the bundle's
 * maximum-politeness-time must end its wait.
 */
#include <stdbool.h>
#include <stdint.h>

#include "apps/line.h"
#include "board.h"
#include "cortex_m33.h"
#include "mv_syscalls.h"

#ifndef POLITE_GIVES_LEAVE
#define POLITE_GIVES_LEAVE true
#endif

#define TICKS_PER_SECOND 10u
#define RECORDS          4u
#define UPDATE_TAG       7u
#define WORK_TICKS       20u

static uint8_t log_buffer[4096] __attribute__((aligned(512)));
static volatile struct MvNotification records[RECORDS] __attribute__((aligned(8)));
static volatile uint32_t ticks;
static volatile bool update_waits;

void SysTick_Handler(void);
void Notification0_Handler(void);

void SysTick_Handler(void)
{
    ticks++;
}

/* Takes every record that is there and frees it. */
void Notification0_Handler(void)
{
    for (uint32_t i = 0; i < RECORDS; i++) {
        if (records[i].event_type == MV_EVENTTYPE_UPDATEDOWNLOADED && records[i].tag == UPDATE_TAG) {
            update_waits = true;
        }
        records[i].event_type = MV_EVENTTYPE_NOEVENT;
    }
}

static void say(const char *text)
{
    struct line line = { .len = 0 };

    line_text(&line, text);
    (void)mvServerLog((const uint8_t *)line.text, (uint16_t)line.len); /* best effort */
}

static bool listen_for_updates(void)
{
    const struct MvNotificationSetup setup = { .irq = BOARD_IRQ_NOTIFICATION_FIRST,
                                               .buffer = (struct MvNotification *)(uintptr_t)records,
                                               .buffer_size = sizeof records };
    struct MvOpenSystemNotificationParams params = { .notification_tag = UPDATE_TAG,
                                                     .notification_source =
                                                         MV_SYSTEMNOTIFICATIONSOURCE_UPDATE };
    MvNotificationHandle centre;
    MvSystemEventHandle updates;

    if (mvSetupNotifications(&setup, &centre) != MV_STATUS_OKAY) {
        return false;
    }
    params.notification_handle = centre;
    cortex_irq_enable(BOARD_IRQ_NOTIFICATION_FIRST);
    return mvOpenSystemNotification(&params, &updates) == MV_STATUS_OKAY;
}

static bool start(void)
{
    uint32_t hclk_hz;

    if (mvServerLoggingInit(log_buffer, sizeof log_buffer) != MV_STATUS_OKAY ||
        mvGetHClk(&hclk_hz) != MV_STATUS_OKAY) {
        return false;
    }
    cortex_systick_start(hclk_hz / TICKS_PER_SECOND);
    return listen_for_updates();
}

static void finish_work(void)
{
    uint32_t began = ticks;

    say("polite: update waits, finishing my work");
    while (!POLITE_GIVES_LEAVE || ticks - began < WORK_TICKS) {
        cortex_wait();
    }
    say("polite: done, go ahead");
}

int main(void)
{
    if (!start()) {
        __builtin_trap(); /* reported as a crash */
    }
    say("polite: at work");
    for (;;) {
        cortex_wait();
        if (update_waits) {
            update_waits = false;
            finish_work();
            (void)mvRestart(
                MV_RESTARTMODE_AUTOAPPLYUPDATE); /* MICROVISORBUSY: told again at the next update */
        }
    }
}
