/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated NOR flash; flash_fake.h says what it does. */
#include "tests/unit/device/flash_fake.h"

#include <stdlib.h>
#include <string.h>

#include "port/port_status.h"

static struct flash_fake_state state;

static uint32_t sizes[PORT_FLASH_AREA_COUNT] = {
    [PORT_FLASH_APP] = FLASH_FAKE_APP_BYTES,
    [PORT_FLASH_STAGING] = FLASH_FAKE_STAGING_BYTES,
    [PORT_FLASH_KV] = FLASH_FAKE_KV_BYTES,
    [PORT_FLASH_OTA] = FLASH_FAKE_OTA_BYTES,
    [PORT_FLASH_EXTERNAL] = FLASH_FAKE_EXTERNAL_BYTES,
};

static struct {
    bool has_staging;
    uint64_t operations;
    uint64_t cut_at;
    uint64_t fail_at;
    uint32_t seed;
    jmp_buf *target;
    const char *violation;
    void (*watch)(enum port_flash_area area);
    void (*observe)(const struct flash_fake_op *op);
} flash;

static uint32_t next_random(void)
{
    flash.seed = flash.seed * 1664525u + 1013904223u;
    return flash.seed >> 8;
}

void flash_fake_reset(bool has_staging)
{
    uint32_t used = flash_fake_used_bytes();

    memset(&flash, 0, sizeof(flash));
    memset(state.bytes, 0xff, used);
    memset(state.units, 0, used / PORT_FLASH_UNIT_BYTES);
    memset(state.unstable, 0, used / PORT_FLASH_SECTOR_BYTES);
    flash.has_staging = has_staging;
}

void flash_fake_resize(enum port_flash_area area, uint32_t bytes)
{
    sizes[area] = bytes;
    if (flash_fake_used_bytes() > FLASH_FAKE_BYTES_MAX || bytes % PORT_FLASH_SECTOR_BYTES != 0)
        abort();
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

uint32_t flash_fake_base(enum port_flash_area area)
{
    uint32_t base = 0;

    for (int i = 0; i < (int)area; i++)
        base += sizes[i];
    return base;
}

uint32_t flash_fake_used_bytes(void)
{
    return flash_fake_base(PORT_FLASH_AREA_COUNT);
}

uint8_t *flash_fake_bytes(enum port_flash_area area)
{
    return state.bytes + flash_fake_base(area);
}

struct flash_fake_state *flash_fake_state(void)
{
    return &state;
}

void flash_fake_state_copy(struct flash_fake_state *to, const struct flash_fake_state *from)
{
    uint32_t used = flash_fake_used_bytes();

    memcpy(to->bytes, from->bytes, used);
    memcpy(to->units, from->units, used / PORT_FLASH_UNIT_BYTES);
    memcpy(to->unstable, from->unstable, used / PORT_FLASH_SECTOR_BYTES);
}

void flash_fake_poison(enum port_flash_area area, uint32_t offset)
{
    state.units[(flash_fake_base(area) + offset) / PORT_FLASH_UNIT_BYTES] =
        FLASH_FAKE_PROGRAMMED | FLASH_FAKE_POISONED;
}

const char *flash_fake_violation(void)
{
    return flash.violation;
}

void flash_fake_forgive(void)
{
    flash.violation = NULL;
}

void flash_fake_watch(void (*watch)(enum port_flash_area area))
{
    flash.watch = watch;
}

void flash_fake_observe(void (*observe)(const struct flash_fake_op *op))
{
    flash.observe = observe;
}

static int broken(const char *rule)
{
    if (flash.violation == NULL)
        flash.violation = rule;
    return PORT_EINVAL;
}

uint32_t port_flash_bytes(enum port_flash_area area)
{
    if ((unsigned)area >= PORT_FLASH_AREA_COUNT || (area == PORT_FLASH_STAGING && !flash.has_staging))
        return 0;
    return sizes[area];
}

static bool inside(enum port_flash_area area, uint32_t offset, uint32_t len)
{
    uint32_t size = port_flash_bytes(area);

    return len <= size && offset <= size - len;
}

static bool poisoned(uint32_t at, uint32_t len)
{
    for (uint32_t unit = at / PORT_FLASH_UNIT_BYTES; unit * PORT_FLASH_UNIT_BYTES < at + len; unit++)
        if (state.units[unit] & FLASH_FAKE_POISONED)
            return true;
    return false;
}

int port_flash_read(enum port_flash_area area, uint32_t offset, void *buf, uint32_t len)
{
    uint32_t at = flash_fake_base(area) + offset;

    if (!inside(area, offset, len))
        return broken("read outside the area");
    if (poisoned(at, len))
        return PORT_EIO;
    memcpy(buf, state.bytes + at, len);
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

static void shake_sector(uint32_t sector)
{
    for (uint32_t i = 0; i < PORT_FLASH_SECTOR_BYTES; i += PORT_FLASH_UNIT_BYTES)
        unstable_unit(state.bytes + sector * PORT_FLASH_SECTOR_BYTES + i);
}

static void observe(enum flash_fake_kind kind, enum port_flash_area area, uint32_t at, uint32_t len,
                    const uint8_t *data)
{
    const struct flash_fake_op op = { kind, area, at, len, data };

    if (flash.observe != NULL)
        flash.observe(&op);
}

static void restart_area(enum port_flash_area area)
{
    uint32_t first = flash_fake_base(area) / PORT_FLASH_SECTOR_BYTES;

    for (uint32_t sector = first; sector < first + sizes[area] / PORT_FLASH_SECTOR_BYTES; sector++) {
        uint32_t at = sector * PORT_FLASH_SECTOR_BYTES;

        if (!state.unstable[sector])
            continue;
        shake_sector(sector);
        observe(FLASH_FAKE_SETTLED, area, at, PORT_FLASH_SECTOR_BYTES, state.bytes + at);
    }
}

void flash_fake_restart(void)
{
    for (int area = 0; area < PORT_FLASH_AREA_COUNT; area++)
        restart_area((enum port_flash_area)area);
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
static bool programs_once(uint32_t at, const uint8_t *data, uint32_t len)
{
    for (uint32_t i = 0; i < len; i += PORT_FLASH_UNIT_BYTES)
        if ((state.units[(at + i) / PORT_FLASH_UNIT_BYTES] & FLASH_FAKE_PROGRAMMED) && !unit_is(data + i, 0))
            return false;
    return true;
}

static void program_unit(uint32_t at, const uint8_t *data, bool cut)
{
    uint8_t *unit = &state.units[at / PORT_FLASH_UNIT_BYTES];

    if (unit_is(data, 0xff)) /* clears no bit: a driver skips it */
        return;
    if (cut)
        tear_unit(state.bytes + at, data);
    else
        memcpy(state.bytes + at, data, PORT_FLASH_UNIT_BYTES);
    /* A mixture without a cleared bit is the old one (F1). */
    *unit = unit_is(state.bytes + at, 0xff) ? 0 : FLASH_FAKE_PROGRAMMED;
}

int port_flash_program(enum port_flash_area area, uint32_t offset, const void *buf, uint32_t len)
{
    const uint8_t *data = buf;
    uint32_t at = flash_fake_base(area) + offset;
    bool cut, fail;

    if (!inside(area, offset, len) || offset % PORT_FLASH_UNIT_BYTES != 0 || len % PORT_FLASH_UNIT_BYTES != 0)
        return broken("program outside the area or misaligned");
    if (area != PORT_FLASH_EXTERNAL && !programs_once(at, data, len))
        return broken("a unit was programmed twice without an erase");
    if (!only_clears_bits(state.bytes + at, data, len))
        return broken("program of a bit from 0 to 1");
    if (!begin_operation(area, &cut, &fail))
        return PORT_EIO;
    observe(FLASH_FAKE_PROGRAM, area, at, len, data);
    for (uint32_t i = 0; i < len; i += PORT_FLASH_UNIT_BYTES)
        program_unit(at + i, data + i, cut);
    if (cut)
        power_off();
    return 0;
}

static void erase_sector(uint32_t sector, bool cut)
{
    uint32_t at = sector * PORT_FLASH_SECTOR_BYTES;

    state.unstable[sector] = cut;
    memset(&state.units[at / PORT_FLASH_UNIT_BYTES], cut ? FLASH_FAKE_PROGRAMMED : 0,
           PORT_FLASH_SECTOR_BYTES / PORT_FLASH_UNIT_BYTES);
    if (cut)
        shake_sector(sector);
    else
        memset(state.bytes + at, 0xff, PORT_FLASH_SECTOR_BYTES);
}

int port_flash_erase(enum port_flash_area area, uint32_t offset, uint32_t len)
{
    uint32_t at = flash_fake_base(area) + offset;
    uint32_t first = at / PORT_FLASH_SECTOR_BYTES;
    uint32_t count = len / PORT_FLASH_SECTOR_BYTES;
    bool cut, fail;

    if (!inside(area, offset, len) || offset % PORT_FLASH_SECTOR_BYTES != 0 ||
        len % PORT_FLASH_SECTOR_BYTES != 0)
        return broken("erase outside the area or misaligned");
    if (!begin_operation(area, &cut, &fail))
        return PORT_EIO;
    observe(FLASH_FAKE_ERASE, area, at, len, NULL);
    if (cut) /* some sectors are done, one is half done, the rest is untouched */
        count = next_random() % count;
    for (uint32_t i = 0; i < count; i++)
        erase_sector(first + i, false);
    if (cut) {
        erase_sector(first + count, true);
        power_off();
    }
    return 0;
}
