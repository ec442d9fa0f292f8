/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notification centres. A record whose event_type is not 0 has not been read yet: then the event is dropped,
 * and delivery goes on as soon as the application has freed that record.
 */
#include <string.h>

#include "core/sys/sys_state.h"
#include "port/port_ns.h"
#include "proto/bundle/bundle.h"

#define CENTRE_BYTES_MIN 32u

static struct sys_centre *find(uint32_t handle)
{
    for (uint32_t i = 0; i < SYS_CENTRES_MAX; i++)
        if (handle != 0 && sys_state.centres[i].handle == handle)
            return &sys_state.centres[i];
    return NULL;
}

bool sys_centre_exists(uint32_t handle)
{
    return find(handle) != NULL;
}

static struct sys_centre *find_free(void)
{
    for (uint32_t i = 0; i < SYS_CENTRES_MAX; i++)
        if (sys_state.centres[i].handle == 0)
            return &sys_state.centres[i];
    return NULL;
}

/* Is the buffer or the interrupt taken by another centre? */
static uint32_t check_conflicts(const struct mv_notification_setup *setup)
{
    for (uint32_t i = 0; i < SYS_CENTRES_MAX; i++) {
        const struct sys_centre *centre = &sys_state.centres[i];

        if (centre->handle == 0)
            continue;
        if (bundle_ranges_overlap(setup->buffer, setup->buffer_size, centre->buffer, centre->size))
            return MV_BUFFERALREADYINUSE;
        if (setup->irq == centre->irq)
            return MV_INVALIDINTERRUPT;
    }
    return MV_OKAY;
}

static uint32_t check_setup(const struct mv_notification_setup *setup)
{
    if (setup->buffer_size < CENTRE_BYTES_MIN || setup->buffer_size % sizeof(struct mv_notification) != 0)
        return MV_INVALIDBUFFERSIZE;
    if (!port_ns_writable(setup->buffer, setup->buffer_size))
        return MV_PARAMETERFAULT;
    if (!port_ns_irq_valid(setup->irq))
        return MV_INVALIDINTERRUPT;
    return check_conflicts(setup);
}

uint32_t sys_setup_notifications(const uint32_t args[4])
{
    struct mv_notification_setup setup;
    struct sys_centre *centre;
    uint32_t status;

    if (port_ns_read(args[0], &setup, sizeof(setup)) != 0 || !port_ns_writable(args[1], sizeof(uint32_t)))
        return MV_PARAMETERFAULT;
    status = check_setup(&setup);
    if (status != MV_OKAY)
        return status;
    centre = find_free();
    if (centre == NULL)
        return MV_TOOMANYNOTIFICATIONBUFFERS;
    centre->handle = sys_new_handle();
    centre->irq = setup.irq;
    centre->buffer = setup.buffer;
    centre->size = setup.buffer_size;
    centre->next = 0;
    return port_ns_write(args[1], &centre->handle, sizeof(uint32_t)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

uint32_t sys_close_notifications(const uint32_t args[4])
{
    static const uint32_t none = 0;
    struct sys_centre *centre;
    uint32_t handle;

    if (port_ns_read(args[0], &handle, sizeof(handle)) != 0 || !port_ns_writable(args[0], sizeof(handle)))
        return MV_PARAMETERFAULT;
    centre = find(handle);
    if (centre == NULL)
        return MV_INVALIDHANDLE;
    memset(centre, 0, sizeof(*centre));
    return port_ns_write(args[0], &none, sizeof(none)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

void sys_notify(uint32_t handle, enum mv_event_type type, uint32_t tag, uint64_t now_us)
{
    struct sys_centre *centre = find(handle);
    struct mv_notification record;
    uint32_t address;

    if (centre == NULL)
        return;
    address = centre->buffer + centre->next;
    if (port_ns_read(address, &record, sizeof(record)) != 0 || record.event_type != MV_EVENT_NONE)
        return;
    record.microseconds = now_us;
    record.event_type = type;
    record.tag = tag;
    if (port_ns_write(address, &record, sizeof(record)) != 0)
        return;
    centre->next = (centre->next + (uint32_t)sizeof(record)) % centre->size;
    (void)port_ns_irq_pend(centre->irq); /* the line was checked when the centre was set up */
}
