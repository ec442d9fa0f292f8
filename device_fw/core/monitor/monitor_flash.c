/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries out what the application waits for in external flash (sys_flash.c), a piece at each step: a block at most, so that
 * the link is served in between. Layers are read only, and read through the update engine, which verifies; beside them the
 * application reads, programs and erases as it likes.
 */
#include <string.h>

#include "core/monitor/monitor_state.h"
#include "core/sys/sys.h"
#include "port/port_flash.h"
#include "port/port_ns.h"
#include "port/port_status.h"

#define WRITE_BYTES 256u /* at once: a page of such flash */

/* In the part of the work that lies in one block (of this size). */
static uint32_t piece(const struct sys_flash_work *work, uint32_t size)
{
    uint32_t room = size - work->address % size;

    return work->length < room ? work->length : room;
}

/* All of the buffer was checked when the application asked, and the windows do not move: this cannot fail. */
static void give(void *context, uint32_t offset, const uint8_t *bytes, uint32_t length)
{
    const struct sys_flash_work *work = context;

    (void)port_ns_write(work->buffer + offset, bytes, length);
}

/* What could not be verified does not stay with the application. */
static void take_back(const struct sys_flash_work *work, uint32_t length)
{
    static const uint8_t zeros[64];

    for (uint32_t done = 0; done < length; done += sizeof(zeros))
        (void)port_ns_write(work->buffer + done, zeros,
                            length - done < sizeof(zeros) ? length - done : sizeof(zeros));
}

static void read_piece(struct monitor *m, struct sys_flash_work *work)
{
    struct ota_read read = { work->address, piece(work, BLOCK_BYTES), give, work };

    if (ota_external_read(&m->ota, &read) == 0) {
        sys_flash_done(read.length);
        return;
    }
    take_back(work, read.length);
    sys_flash_failed(MV_INTERNALERROR);
}

/* Programs like such flash does: bits go from 1 to 0 only, at any address. */
static void write_piece(const struct sys_flash_work *work)
{
    uint8_t page[WRITE_BYTES], data[WRITE_BYTES];
    uint32_t length = piece(work, WRITE_BYTES);
    uint32_t begin = work->address / WRITE_BYTES * WRITE_BYTES;
    uint8_t *at = page + (work->address - begin);

    if (port_ns_read(work->buffer, data, length) != 0 ||
        port_flash_read(PORT_FLASH_EXTERNAL, begin, page, sizeof(page)) != 0) {
        sys_flash_failed(MV_INTERNALERROR);
        return;
    }
    for (uint32_t i = 0; i < length; i++)
        at[i] &= data[i];
    if (port_flash_program(PORT_FLASH_EXTERNAL, begin, page, sizeof(page)) == 0)
        sys_flash_done(length);
    else
        sys_flash_failed(MV_INTERNALERROR);
}

static void erase_piece(const struct sys_flash_work *work)
{
    if (port_flash_erase(PORT_FLASH_EXTERNAL, work->address, PORT_FLASH_SECTOR_BYTES) == 0)
        sys_flash_done(PORT_FLASH_SECTOR_BYTES);
    else
        sys_flash_failed(MV_INTERNALERROR);
}

void monitor_flash_init(void)
{
    sys_set_external_flash(port_flash_bytes(PORT_FLASH_EXTERNAL));
}

uint64_t monitor_flash_step(struct monitor *m)
{
    struct sys_flash_work work;

    if (!sys_flash_next(&work))
        return UINT64_MAX;
    if (work.kind == SYS_FLASH_READ)
        read_piece(m, &work);
    else if (!ota_external_is_free(&m->ota, work.address, work.length))
        sys_flash_failed(MV_ADDRESSOUTOFRANGE);
    else if (work.kind == SYS_FLASH_WRITE)
        write_piece(&work);
    else
        erase_piece(&work);
    return m->now_us;
}
