/* SPDX-License-Identifier: Apache-2.0 */
/* Network handles: the application's interest in the network, and how it is told about changes. */
#include <string.h>

#include "core/sys/sys_state.h"
#include "port/port_clock.h"
#include "port/port_critical.h"
#include "port/port_ns.h"

#define REQUEST_VERSION 1u

static struct sys_network *find(uint32_t handle)
{
    for (uint32_t i = 0; i < SYS_NETWORKS_MAX; i++)
        if (handle != 0 && sys_state.networks[i].handle == handle)
            return &sys_state.networks[i];
    return NULL;
}

static struct sys_network *find_free(void)
{
    for (uint32_t i = 0; i < SYS_NETWORKS_MAX; i++)
        if (sys_state.networks[i].handle == 0)
            return &sys_state.networks[i];
    return NULL;
}

uint32_t sys_request_network(const uint32_t args[4])
{
    struct mv_request_network request;
    struct sys_network *network;

    if (port_ns_read(args[0], &request, sizeof(request)) != 0 || !port_ns_writable(args[1], sizeof(uint32_t)))
        return MV_PARAMETERFAULT;
    if (request.version != REQUEST_VERSION)
        return MV_UNSUPPORTEDSTRUCTUREVERSION;
    if (request.notification_handle != 0 && !sys_centre_exists(request.notification_handle))
        return MV_INVALIDHANDLE;
    network = find_free();
    if (network == NULL)
        return MV_UNAVAILABLE;
    network->handle = sys_new_handle();
    network->centre = request.notification_handle;
    network->tag = request.notification_tag;
    sys_state.used_network_api = true;
    port_wake(); /* the device may be offline on purpose */
    if (port_ns_write(args[1], &network->handle, sizeof(uint32_t)) != 0)
        return MV_PARAMETERFAULT;
    /* The first notification says: ask for the status. Without it an application that asks while the device
     * is already connected would wait for a change that never comes. */
    sys_notify(network->centre, MV_EVENT_NETWORK_STATUS_CHANGED, network->tag, port_clock_us());
    return MV_OKAY;
}

uint32_t sys_release_network(const uint32_t args[4])
{
    static const uint32_t none = 0;
    struct sys_network *network;
    uint32_t handle;

    if (port_ns_read(args[0], &handle, sizeof(handle)) != 0 || !port_ns_writable(args[0], sizeof(handle)))
        return MV_PARAMETERFAULT;
    network = find(handle);
    if (network == NULL)
        return MV_INVALIDHANDLE;
    memset(network, 0, sizeof(*network));
    port_wake();
    return port_ns_write(args[0], &none, sizeof(none)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

uint32_t sys_get_network_status(const uint32_t args[4])
{
    uint32_t status = sys_state.network_status;

    if (!port_ns_writable(args[1], sizeof(status)))
        return MV_PARAMETERFAULT;
    if (find(args[0]) == NULL)
        return MV_INVALIDHANDLE;
    return port_ns_write(args[1], &status, sizeof(status)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

static uint32_t count_handles(void)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < SYS_NETWORKS_MAX; i++)
        count += sys_state.networks[i].handle != 0;
    return count;
}

static uint32_t all_reasons(void)
{
    uint32_t reasons = sys_state.reasons_here;

    if (count_handles() > 0)
        reasons |= MV_REASON_USING_NETWORK;
    if (!sys_state.used_network_api)
        reasons |= MV_REASON_NEVER_USED_API;
    if (!sys_state.wall_known)
        reasons |= MV_REASON_RTC_NOT_SET;
    if (sys_state.fetching_update)
        reasons |= MV_REASON_FETCHING_UPDATE;
    return reasons;
}

uint32_t sys_get_network_reasons(const uint32_t args[4])
{
    uint32_t count = count_handles();
    uint32_t reasons = all_reasons();

    if (!port_ns_writable(args[0], sizeof(reasons)) || !port_ns_writable(args[1], sizeof(count)))
        return MV_PARAMETERFAULT;
    if (port_ns_write(args[0], &reasons, sizeof(reasons)) != 0)
        return MV_PARAMETERFAULT;
    return port_ns_write(args[1], &count, sizeof(count)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

uint32_t sys_network_reasons(uint32_t reasons_here)
{
    uint32_t reasons;

    port_critical_enter();
    sys_state.reasons_here = reasons_here;
    reasons = all_reasons();
    port_critical_leave();
    return reasons;
}

void sys_set_network(enum mv_network_status status, uint64_t now_us)
{
    port_critical_enter();
    if (status != sys_state.network_status) {
        sys_state.network_status = status;
        for (uint32_t i = 0; i < SYS_NETWORKS_MAX; i++)
            if (sys_state.networks[i].handle != 0)
                sys_notify(sys_state.networks[i].centre, MV_EVENT_NETWORK_STATUS_CHANGED,
                           sys_state.networks[i].tag, now_us);
        sys_tell_listeners(MV_SOURCE_NETWORK, MV_EVENT_NETWORK_STATUS_CHANGED, now_us);
    }
    port_critical_leave();
}
