/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls about external flash. They block, and what they wait for takes milliseconds in the thread (Y2): so a call leaves a
 * request and is made again (PORT_SYSCALL_AGAIN) until the request is answered. Meanwhile the application's interrupts, and
 * with them the other tasks of its kernel, go on.
 *
 *   FREE --call--> ASKED --thread: piece by piece--> ANSWERED --same call--> FREE
 *                                                       |  another call, the owner is late
 *                                                       +--> ASKED by that one
 *
 * There is one request. Which call it belongs to is known by its mark, not by its arguments: the same task may have been
 * deleted and started anew. A call that finds the request taken waits for its turn; one whose answer was given up because it
 * came too late for it asks again, which does no harm: reading, programming the same bytes and erasing can be repeated.
 */
#include <string.h>

#include "core/sys/sys_state.h"
#include "port/port_clock.h"
#include "port/port_critical.h"
#include "port/port_ns.h"
#include "port/port_syscall.h"

#define INFO_VERSION 1u
#define SECTOR_BYTES BLOCK_BYTES

static bool is_open(uint32_t handle)
{
    for (uint32_t i = 0; i < SYS_FLASH_HANDLES_MAX; i++)
        if (handle != 0 && sys_state.flash.handles[i] == handle)
            return true;
    return false;
}

uint32_t sys_flash_open(const uint32_t args[4])
{
    if (!port_ns_writable(args[0], sizeof(uint32_t)))
        return MV_PARAMETERFAULT;
    if (sys_state.flash.bytes == 0)
        return MV_UNAVAILABLE;
    for (uint32_t i = 0; i < SYS_FLASH_HANDLES_MAX; i++) {
        uint32_t *handle = &sys_state.flash.handles[i];

        if (*handle != 0)
            continue;
        *handle = sys_new_handle();
        return port_ns_write(args[0], handle, sizeof(*handle)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
    }
    return MV_TOOMANYCHANNELS;
}

uint32_t sys_flash_close(const uint32_t args[4])
{
    static const uint32_t none = 0;
    uint32_t handle;

    if (port_ns_read(args[0], &handle, sizeof(handle)) != 0 || !port_ns_writable(args[0], sizeof(handle)))
        return MV_PARAMETERFAULT;
    if (!is_open(handle))
        return MV_INVALIDHANDLE;
    for (uint32_t i = 0; i < SYS_FLASH_HANDLES_MAX; i++)
        if (sys_state.flash.handles[i] == handle)
            sys_state.flash.handles[i] = 0;
    return port_ns_write(args[0], &none, sizeof(none)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

uint32_t sys_flash_get_info(const uint32_t args[4])
{
    struct mv_flash_info info;

    if (port_ns_read(args[1], &info, sizeof(info)) != 0 || !port_ns_writable(args[1], sizeof(info)))
        return MV_PARAMETERFAULT;
    if (!is_open(args[0]))
        return MV_INVALIDHANDLE;
    if (info.version != INFO_VERSION)
        return MV_UNSUPPORTEDSTRUCTUREVERSION;
    info.chip_id = 0; /* no chip that could be asked */
    info.size = sys_state.flash.bytes;
    info.num_handles = 0;
    for (uint32_t i = 0; i < SYS_FLASH_HANDLES_MAX; i++)
        info.num_handles += sys_state.flash.handles[i] != 0;
    return port_ns_write(args[1], &info, sizeof(info)) == 0 ? MV_OKAY : MV_PARAMETERFAULT;
}

static uint32_t check_range(const uint32_t args[4])
{
    if (!is_open(args[0]))
        return MV_INVALIDHANDLE;
    if (args[1] > sys_state.flash.bytes || args[2] > sys_state.flash.bytes - args[1])
        return MV_ADDRESSOUTOFRANGE;
    return MV_OKAY;
}

/* Nobody's, or its owner is so late that it has probably gone. */
static bool request_is_free(const struct sys_flash_request *request)
{
    return request->stage == SYS_FLASH_FREE || (request->stage == SYS_FLASH_ANSWERED &&
                                                port_clock_us() - request->answered_us > SYS_FLASH_KEEP_US);
}

static void take_request(struct sys_flash_request *request, enum sys_flash_kind kind, const uint32_t args[4])
{
    *request = (struct sys_flash_request){
        .stage = SYS_FLASH_ASKED,
        .mark = sys_new_handle(),
        .work = { kind, args[1], args[2], args[3] },
    };
}

/* The arguments are good: the answer if there is one, or else word for the thread. */
static uint32_t work(enum sys_flash_kind kind, const uint32_t args[4])
{
    struct sys_flash_request *request = &sys_state.flash.request;
    uint32_t mark = port_syscall_mark();

    if (args[2] == 0)
        return MV_OKAY;
    if (request->stage == SYS_FLASH_ANSWERED && mark == request->mark) {
        request->stage = SYS_FLASH_FREE;
        return request->status;
    }
    if (request_is_free(request)) {
        take_request(request, kind, args);
        mark = request->mark;
    }
    port_syscall_mark_set(mark == request->mark ? mark : 0);
    return PORT_SYSCALL_AGAIN;
}

uint32_t sys_flash_read(const uint32_t args[4])
{
    uint32_t status = check_range(args);

    if (!port_ns_writable(args[3], args[2]))
        return MV_PARAMETERFAULT;
    return status == MV_OKAY ? work(SYS_FLASH_READ, args) : status;
}

uint32_t sys_flash_write(const uint32_t args[4])
{
    uint32_t status = check_range(args);

    if (!port_ns_readable(args[3], args[2]))
        return MV_PARAMETERFAULT;
    return status == MV_OKAY ? work(SYS_FLASH_WRITE, args) : status;
}

uint32_t sys_flash_erase(const uint32_t args[4])
{
    uint32_t status = check_range(args);

    if (status != MV_OKAY)
        return status;
    if (args[1] % SECTOR_BYTES != 0 || args[2] % SECTOR_BYTES != 0)
        return MV_INVALIDBUFFERALIGNMENT;
    return work(SYS_FLASH_ERASE, args);
}

void sys_flash_starts(void)
{
    uint32_t bytes = sys_state.flash.bytes;

    memset(&sys_state.flash, 0, sizeof(sys_state.flash));
    sys_state.flash.bytes = bytes;
}

void sys_set_external_flash(uint32_t bytes)
{
    sys_state.flash.bytes = bytes; /* before the first application starts */
}

bool sys_flash_next(struct sys_flash_work *out)
{
    bool asked;

    port_critical_enter();
    asked = sys_state.flash.request.stage == SYS_FLASH_ASKED;
    *out = sys_state.flash.request.work;
    port_critical_leave();
    return asked;
}

static void answer(struct sys_flash_request *request, enum mv_status status)
{
    request->status = status;
    request->stage = SYS_FLASH_ANSWERED;
    request->answered_us = port_clock_us();
}

void sys_flash_done(uint32_t bytes)
{
    struct sys_flash_request *request = &sys_state.flash.request;

    port_critical_enter();
    if (request->stage == SYS_FLASH_ASKED) {
        request->work.address += bytes;
        request->work.buffer += bytes;
        request->work.length -= bytes;
        if (request->work.length == 0)
            answer(request, MV_OKAY);
    }
    port_critical_leave();
}

void sys_flash_failed(enum mv_status status)
{
    port_critical_enter();
    if (sys_state.flash.request.stage == SYS_FLASH_ASKED)
        answer(&sys_state.flash.request, status);
    port_critical_leave();
}
