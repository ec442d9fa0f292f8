/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the flash of the crash store, as another version or broken hardware may have left it: what is handed out has
 * an end, and the store works as one that is new. First byte: bit 0 = checksums are made right, so that what lies behind them
 * is looked at.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/crash/crash_record.h"
#include "core/crash/crash_store.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/flash_fake.h"

#define SECTORS    2u
#define AREA_BYTES (SECTORS * PORT_FLASH_SECTOR_BYTES)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static otr_CrashReport report;

/* Acknowledges everything that waits; no more than there are slots. */
static void empty(void)
{
    uint32_t count = 0;

    while (crash_store_oldest(&report)) {
        if (++count > SECTORS * CRASH_SLOTS)
            abort();
        crash_store_ack(report.report_id);
    }
}

static void works(void)
{
    for (uint32_t n = 0; n < 3 * CRASH_SLOTS; n++) {
        memset(&report, 0, sizeof(report));
        report.report_id = 77;
        report.crash.pc = n;
        if (crash_store_add(&report, (n + 1) * CRASH_INTERVAL_MS * 1000ull) != CRASH_KEPT ||
            !crash_store_oldest(&report) || report.report_id != 77)
            abort();
        crash_store_ack(77);
    }
}

static void make_checksums_right(uint8_t *area)
{
    for (uint32_t sector = 0; sector < SECTORS; sector++) {
        uint8_t *at = area + sector * PORT_FLASH_SECTOR_BYTES;

        bytes_put_u32(at + 8, ~bytes_get_u32(at + 4));
        bytes_put_u32(at + 12, crc_update(0, at, 12));
        at += CRASH_SECTOR_HEAD_BYTES;
        for (uint32_t slot = 0; slot < CRASH_SLOTS; slot++, at += CRASH_SLOT_BYTES) {
            uint32_t length = bytes_get_u16(at + 12);

            if (length <= CRASH_REPORT_MAX_BYTES)
                bytes_put_u32(at, crc_update(0, at + 4, CRASH_HEAD_BYTES - 4 + length));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *area;

    if (size == 0)
        return 0;
    flash_fake_resize(PORT_FLASH_CRASH, AREA_BYTES);
    flash_fake_reset(false);
    area = flash_fake_bytes(PORT_FLASH_CRASH);
    memcpy(area, data + 1, size - 1 < AREA_BYTES ? size - 1 : AREA_BYTES);
    if (data[0] & 1)
        make_checksums_right(area);
    memset(flash_fake_state()->units + (area - flash_fake_state()->bytes) / PORT_FLASH_UNIT_BYTES, 0,
           AREA_BYTES / PORT_FLASH_UNIT_BYTES); /* nobody knows what was programmed */
    crash_store_mount(5, 0);
    empty();
    works();
    crash_store_mount(6, 0);
    if (crash_store_oldest(&report))
        abort();
    return 0;
}
