/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated NOR flash; flash_fake.h says what it does. */
#include "tests/unit/device/flash_fake.h"

#include <string.h>

#include "port/port_status.h"

#define AREA_BYTES_MAX 0x10000u
#define SECTORS_MAX    (AREA_BYTES_MAX / PORT_FLASH_SECTOR_BYTES)
#define UNITS_MAX      (AREA_BYTES_MAX / PORT_FLASH_UNIT_BYTES)

static struct {
    uint8_t bytes[PORT_FLASH_AREA_COUNT][AREA_BYTES_MAX];
    bool programmed[PORT_FLASH_AREA_COUNT][UNITS_MAX]; /* since the last erase */
    bool unstable[PORT_FLASH_AREA_COUNT][SECTORS_MAX];
    bool has_staging;
    uint64_t operations;
    uint64_t cut_at;
    uint64_t fail_at;
    uint32_t seed;
    jmp_buf *target;
    const char *violation;
    void (*watch)(enum port_flash_area area);
} flash;

static uint32_t next_random(void)
{
    flash.seed = flash.seed * 1664525u + 1013904223u;
    return flash.seed >> 8;
}

void flash_fake_reset(bool has_staging)
{
    memset(&flash, 0, sizeof(flash));
    memset(flash.bytes, 0xff, sizeof(flash.bytes));
    flash.has_staging = has_staging;
}

void flash_fake_cut(uint64_t cut_at, uint32_t seed, jmp_buf *target)
{
    flash.cut_at = cut_at == 0 ? 0 : flash.operations + cut_at;
    flash.seed = seed;
    flash.target = target;
}

void flash_fake_fail(uint64_t fail_at)
{
    flash.fail_at = fail_at == 0 ? 0 : flash.operations + fail_at;
}

uint64_t flash_fake_operations(void)
{
    return flash.operations;
}

uint8_t *flash_fake_bytes(enum port_flash_area area)
{
    return flash.bytes[area];
}

const char *flash_fake_violation(void)
{
    return flash.violation;
}

void flash_fake_watch(void (*watch)(enum port_flash_area area))
{
    flash.watch = watch;
}

static int broken(const char *rule)
{
    if (flash.violation == NULL)
        flash.violation = rule;
    return PORT_EINVAL;
}

uint32_t port_flash_bytes(enum port_flash_area area)
{
    switch (area) {
    case PORT_FLASH_APP:
        return FLASH_FAKE_APP_BYTES;
    case PORT_FLASH_STAGING:
        return flash.has_staging ? FLASH_FAKE_STAGING_BYTES : 0;
    case PORT_FLASH_KV:
        return FLASH_FAKE_KV_BYTES;
    case PORT_FLASH_OTA:
        return FLASH_FAKE_OTA_BYTES;
    default:
        return 0;
    }
}

static bool inside(enum port_flash_area area, uint32_t offset, uint32_t len)
{
    uint32_t size = port_flash_bytes(area);

    return len <= size && offset <= size - len;
}

int port_flash_read(enum port_flash_area area, uint32_t offset, void *buf, uint32_t len)
{
    if (!inside(area, offset, len))
        return broken("read outside the area");
    memcpy(buf, flash.bytes[area] + offset, len);
    return 0;
}

/* Leaves one unit as a cut may leave it: old, new, or a mixture of their bits. */
static void tear_unit(uint8_t *at, const uint8_t *wanted)
{
    uint32_t fate = next_random() % 3;

    for (uint32_t i = 0; i < PORT_FLASH_UNIT_BYTES && fate != 0; i++)
        at[i] &= fate == 1 ? wanted[i] : (uint8_t)(wanted[i] | next_random());
}

static void unstable_unit(uint8_t *at)
{
    uint32_t fate = next_random() % 3;

    for (uint32_t i = 0; i < PORT_FLASH_UNIT_BYTES && fate != 0; i++)
        at[i] = fate == 1 ? 0xff : (uint8_t)(at[i] | next_random());
}

static void shake_sector(enum port_flash_area area, uint32_t sector)
{
    for (uint32_t i = 0; i < PORT_FLASH_SECTOR_BYTES; i += PORT_FLASH_UNIT_BYTES)
        unstable_unit(flash.bytes[area] + sector * PORT_FLASH_SECTOR_BYTES + i);
}

void flash_fake_restart(void)
{
    for (int area = 0; area < PORT_FLASH_AREA_COUNT; area++)
        for (uint32_t sector = 0; sector < SECTORS_MAX; sector++)
            if (flash.unstable[area][sector])
                shake_sector((enum port_flash_area)area, sector);
}

static void power_off(void)
{
    jmp_buf *target = flash.target;

    flash.cut_at = 0;
    flash.target = NULL;
    longjmp(*target, 1);
}

static bool begin_operation(enum port_flash_area area, bool *cut, bool *fail)
{
    if (flash.watch != NULL)
        flash.watch(area);
    flash.operations++;
    *cut = flash.operations == flash.cut_at;
    *fail = flash.operations == flash.fail_at;
    return !*fail;
}

static bool only_clears_bits(const uint8_t *at, const uint8_t *data, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        if ((data[i] & ~at[i]) != 0)
            return false;
    return true;
}

static bool unit_is(const uint8_t *data, uint8_t value)
{
    for (uint32_t i = 0; i < PORT_FLASH_UNIT_BYTES; i++)
        if (data[i] != value)
            return false;
    return true;
}

/* As flash with error correction demands: a unit is programmed once, or overwritten with zeros. */
static bool programs_once(enum port_flash_area area, uint32_t offset, const uint8_t *data, uint32_t len)
{
    for (uint32_t i = 0; i < len; i += PORT_FLASH_UNIT_BYTES)
        if (flash.programmed[area][(offset + i) / PORT_FLASH_UNIT_BYTES] && !unit_is(data + i, 0))
            return false;
    return true;
}

int port_flash_program(enum port_flash_area area, uint32_t offset, const void *buf, uint32_t len)
{
    const uint8_t *data = buf;
    uint8_t *at = flash.bytes[area] + offset;
    bool cut, fail;

    if (!inside(area, offset, len) || offset % PORT_FLASH_UNIT_BYTES != 0 || len % PORT_FLASH_UNIT_BYTES != 0)
        return broken("program outside the area or misaligned");
    if (!programs_once(area, offset, data, len))
        return broken("a unit was programmed twice without an erase");
    if (!only_clears_bits(at, data, len))
        return broken("program of a bit from 0 to 1");
    if (!begin_operation(area, &cut, &fail))
        return PORT_EIO;
    for (uint32_t i = 0; i < len; i += PORT_FLASH_UNIT_BYTES) {
        bool *programmed = &flash.programmed[area][(offset + i) / PORT_FLASH_UNIT_BYTES];

        if (unit_is(data + i, 0xff)) /* clears no bit: a driver skips it */
            continue;
        if (cut)
            tear_unit(at + i, data + i);
        else
            memcpy(at + i, data + i, PORT_FLASH_UNIT_BYTES);
        *programmed = !unit_is(at + i, 0xff); /* a mixture without a cleared bit is the old one (F1) */
    }
    if (cut)
        power_off();
    return 0;
}

static void erase_sector(enum port_flash_area area, uint32_t sector, bool cut)
{
    uint32_t offset = sector * PORT_FLASH_SECTOR_BYTES;

    flash.unstable[area][sector] = cut;
    if (cut) {
        shake_sector(area, sector);
        memset(&flash.programmed[area][offset / PORT_FLASH_UNIT_BYTES], 1,
               PORT_FLASH_SECTOR_BYTES / PORT_FLASH_UNIT_BYTES);
        return;
    }
    memset(flash.bytes[area] + offset, 0xff, PORT_FLASH_SECTOR_BYTES);
    memset(&flash.programmed[area][offset / PORT_FLASH_UNIT_BYTES], 0,
           PORT_FLASH_SECTOR_BYTES / PORT_FLASH_UNIT_BYTES);
}

int port_flash_erase(enum port_flash_area area, uint32_t offset, uint32_t len)
{
    uint32_t first = offset / PORT_FLASH_SECTOR_BYTES;
    uint32_t count = len / PORT_FLASH_SECTOR_BYTES;
    bool cut, fail;

    if (!inside(area, offset, len) || offset % PORT_FLASH_SECTOR_BYTES != 0 ||
        len % PORT_FLASH_SECTOR_BYTES != 0)
        return broken("erase outside the area or misaligned");
    if (!begin_operation(area, &cut, &fail))
        return PORT_EIO;
    if (cut) /* some sectors are done, one is half done, the rest is untouched */
        count = next_random() % count;
    for (uint32_t i = 0; i < count; i++)
        erase_sector(area, first + i, false);
    if (cut) {
        erase_sector(area, first + count, true);
        power_off();
    }
    return 0;
}
