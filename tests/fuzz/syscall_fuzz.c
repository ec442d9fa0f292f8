/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls: any sequence with any arguments, mixed with what the thread does. Each operation takes 10 bytes: slot, kind of
 * context, and two arguments of 4 bytes that are turned into addresses near the edges of the application's memory half of the
 * time. Memory outside the application's windows is not reachable by construction of the fake: the sanitizers watch the rest.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/core_limits.h"
#include "core/log/log.h"
#include "core/sys/sys.h"
#include "port/port_syscall.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/ns_fake.h"

#define OPERATION_BYTES 10u
#define EXTERNAL_BYTES  0x10000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t argument(const uint8_t *at)
{
    uint32_t value = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;

    switch (at[3] & 7) {
    case 0:
    case 1:
    case 2:
        return NS_FAKE_RAM + value % NS_FAKE_RAM_SIZE;
    case 3:
        return NS_FAKE_RAM + NS_FAKE_RAM_SIZE - value % 40;
    case 4:
        return NS_FAKE_RAM + value % 64 * 512;
    case 5:
        return value % 2048;
    default:
        return value;
    }
}

/* More than the buffer can hold would be somebody else's memory. */
static void take_test(void)
{
    uint8_t bytes[16];
    uint32_t status, total = 0;

    (void)sys_test_result(&status);
    for (uint32_t count = 1; count > 0; total += count)
        count = sys_test_log_take(bytes, sizeof(bytes));
    if (total > SYS_TEST_LOG_BYTES_MAX)
        abort();
}

/* A piece of what a call waits for; the range must be one that was checked. */
static void flash(uint32_t choice)
{
    struct sys_flash_work work;

    if (!sys_flash_next(&work))
        return;
    if (work.address > EXTERNAL_BYTES || work.length == 0 || work.length > EXTERNAL_BYTES - work.address)
        abort();
    if (work.kind == SYS_FLASH_READ && !port_ns_writable(work.buffer, work.length))
        abort();
    if (work.kind == SYS_FLASH_WRITE && !port_ns_readable(work.buffer, work.length))
        abort();
    if (choice % 16 == 0)
        sys_flash_failed(MV_INTERNALERROR);
    else
        sys_flash_done(choice % 3 == 0 ? work.length : 1 + choice % work.length);
}

static void thread(uint32_t choice)
{
    static otr_Log line;

    switch (choice % 9) {
    case 0:
        sys_set_network((enum mv_network_status)(choice / 8 % 4), choice);
        break;
    case 1:
        sys_set_logging((choice & 8) != 0);
        sys_set_update_downloaded((choice & 16) != 0, choice);
        (void)sys_listens_for_updates();
        break;
    case 2:
        if (log_ring_peek(&line))
            log_ring_sent();
        break;
    case 3:
        (void)log_ring_ack(choice / 8);
        break;
    case 4:
        log_ring_microvisor(otr_LogKind_LOG_OTA, "line", NULL);
        break;
    case 5:
        sys_test_enable((choice & 16) != 0);
        sys_application_starts(choice, choice);
        break;
    case 6:
        log_ring_rewind();
        break;
    case 7:
        flash(choice / 9);
        break;
    default:
        sys_step();
        (void)sys_take_restart();
        take_test();
    }
}

/* One that has to wait is made again by chance, with the mark or without. */
static void call(uint32_t slot, const uint32_t args[4], bool from_handler)
{
    uint32_t status = port_syscall(slot, args, from_handler);

    if (status > 38 && status != PORT_SYSCALL_AGAIN)
        abort(); /* not an MvStatus */
    if (status != PORT_SYSCALL_AGAIN)
        ns_fake_call_mark(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    board_fake_reset(1);
    ns_fake_reset();
    log_ring_init();
    sys_init(1);
    sys_set_logging(true);
    sys_set_external_flash(EXTERNAL_BYTES);
    ns_fake_call_mark(0);
    for (; size >= OPERATION_BYTES; data += OPERATION_BYTES, size -= OPERATION_BYTES) {
        const uint32_t args[4] = { argument(data + 2), argument(data + 6), data[2] * 16u,
                                   NS_FAKE_RAM + data[6] * 64u };

        if (data[1] & 0x80)
            thread(data[0] | (uint32_t)data[1] << 8);
        else
            call(data[0] % 80u, args, (data[1] & 1) != 0);
        if (board_fake_in_critical())
            abort();
        if (data[1] & 0x40) /* the application writes its own memory */
            memset(ns_fake_ram() + argument(data + 2) % (NS_FAKE_RAM_SIZE - 64), data[0], 64);
    }
    return 0;
}
