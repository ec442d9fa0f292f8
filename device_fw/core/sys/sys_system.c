/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System notifications: what the application is told of the device itself. By asking for those of updates it asks for polite
 * ones: an update that is downloaded waits for mvRestart(AUTOAPPLYUPDATE) (core/monitor/monitor_polite.c).
 *
 * An application that asks after the event hears of it at once.
 */
#include <string.h>

#include "core/sys/sys_state.h"
#include "port/port_clock.h"
#include "port/port_critical.h"
#include "port/port_ns.h"

static struct sys_listener *find(uint32_t handle)
{
    for (uint32_t i = 0; i < SYS_LISTENERS_MAX; i++)
        if (sys_state.listeners[i].handle == handle)
            return &sys_state.listeners[i];
    return NULL;
}

uint32_t sys_open_system_notification(const uint32_t args[4])
{
    struct mv_open_system_notification open;
    struct sys_listener *listener;

    if (port_ns_read(args[0], &open, sizeof(open)) != 0 || !port_ns_writable(args[1], sizeof(uint32_t)))
        return MV_PARAMETERFAULT;
    if (!sys_centre_exists(open.notification_handle) || open.source > MV_SOURCE_UPDATE)
        return MV_INVALIDHANDLE;
    listener = find(0);
    if (listener == NULL)
        return MV_UNAVAILABLE;
    listener->handle = sys_new_handle();
    listener->centre = open.notification_handle;
    listener->tag = open.notification_tag;
    listener->source = open.source;
    if (port_ns_write(args[1], &listener->handle, sizeof(uint32_t)) != 0)
        return MV_PARAMETERFAULT;
    if (open.source == MV_SOURCE_UPDATE && sys_state.update_downloaded)
        sys_notify(listener->centre, MV_EVENT_UPDATE_DOWNLOADED, listener->tag, port_clock_us());
    return MV_OKAY;
}

uint32_t sys_close_system_notification(const uint32_t args[4])
{
    static const uint32_t none = 0;
    struct sys_listener *listener;
    uint32_t handle;

    if (port_ns_read(args[0], &handle, sizeof(handle)) != 0 || !port_ns_writable(args[0], sizeof(handle)))
        return MV_PARAMETERFAULT;
    listener = handle != 0 ? find(handle) : NULL;
    if (listener == NULL)
        return MV_INVALIDHANDLE;
    memset(listener, 0, sizeof(*listener));
    port_wake(); /* an update may have waited for its word */
    return port_ns_write(args[0], &none, sizeof(none)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

void sys_tell_listeners(enum mv_system_source source, enum mv_event_type type, uint64_t now_us)
{
    for (uint32_t i = 0; i < SYS_LISTENERS_MAX; i++)
        if (sys_state.listeners[i].handle != 0 && sys_state.listeners[i].source == source)
            sys_notify(sys_state.listeners[i].centre, type, sys_state.listeners[i].tag, now_us);
}

void sys_set_update_downloaded(bool downloaded, uint64_t now_us)
{
    port_critical_enter();
    if (downloaded && !sys_state.update_downloaded)
        sys_tell_listeners(MV_SOURCE_UPDATE, MV_EVENT_UPDATE_DOWNLOADED, now_us);
    sys_state.update_downloaded = downloaded;
    port_critical_leave();
}

bool sys_listens_for_updates(void)
{
    bool listens = false;

    port_critical_enter();
    for (uint32_t i = 0; i < SYS_LISTENERS_MAX; i++)
        listens = listens ||
                  (sys_state.listeners[i].handle != 0 && sys_state.listeners[i].source == MV_SOURCE_UPDATE &&
                   sys_centre_exists(sys_state.listeners[i].centre));
    port_critical_leave();
    return listens;
}
