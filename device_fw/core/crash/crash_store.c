/* SPDX-License-Identifier: Apache-2.0 */
/* The crash store: mount, add, hand out, acknowledge. crash_store.h has the format and the invariants. */
#include "core/crash/crash_store.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/crash/crash_record.h"
#include "proto/codec/codec.h"
#include "proto/limits.h"

#define SECTORS_MAX 8u /* a bit of `waiting` for each slot */

_Static_assert(SECTORS_MAX *CRASH_SLOTS <= 32 && (SECTORS_MAX - 1) * CRASH_SLOTS >= CRASH_RECORDS, "C1");

static struct {
    uint32_t sectors;  /* 0: no room for reports */
    uint32_t newest;   /* sector */
    uint32_t sequence; /* of the newest sector; 0: there is none */
    uint32_t next;     /* its first slot that may be written; CRASH_SLOTS: full */
    uint32_t waiting;  /* a bit for each slot of the area */
    uint32_t start;
    uint32_t own;     /* reports of the microvisor itself in the last CRASH_OWN_STARTS starts */
    uint32_t credit;  /* reports of the application that may still be kept */
    uint64_t grow_us; /* since when the next credit is waited for */
    uint32_t dropped;
} store;

static uint32_t slot_bit(uint32_t slot)
{
    return 1u << slot;
}

static void find_newest(void)
{
    store.newest = store.sectors - 1;
    for (uint32_t sector = 0; sector < store.sectors; sector++) {
        uint32_t sequence;

        if (!crash_sector_read(sector, &sequence) || sequence <= store.sequence)
            continue;
        store.newest = sector;
        store.sequence = sequence;
    }
}

/* Notes what the slots of a sector hold. Returns the number of its first slot behind the last that is not blank. */
static uint32_t scan_sector(uint32_t sector)
{
    uint32_t used = 0;

    for (uint32_t i = 0; i < CRASH_SLOTS; i++) {
        uint32_t slot = sector * CRASH_SLOTS + i;
        struct crash_head head;
        enum crash_slot found = crash_slot_read(slot, &head);

        if (found != CRASH_SLOT_BLANK)
            used = i + 1;
        if (found == CRASH_SLOT_WAITING)
            store.waiting |= slot_bit(slot);
        if ((found == CRASH_SLOT_WAITING || found == CRASH_SLOT_DONE) &&
            head.origin == otr_CrashOrigin_CRASH_OF_MICROVISOR && store.start - head.start < CRASH_OWN_STARTS)
            store.own++;
    }
    return used;
}

void crash_store_mount(uint32_t start, uint64_t now_us)
{
    uint32_t sectors = port_flash_bytes(PORT_FLASH_CRASH) / PORT_FLASH_SECTOR_BYTES;

    memset(&store, 0, sizeof(store));
    store.start = start;
    store.credit = CRASH_BURST;
    store.grow_us = now_us;
    store.next = CRASH_SLOTS;
    if (sectors < 2)
        return;
    store.sectors = sectors < SECTORS_MAX ? sectors : SECTORS_MAX;
    find_newest();
    for (uint32_t sector = 0; sector < store.sectors; sector++) {
        uint32_t sequence, used;

        if (!crash_sector_read(sector, &sequence))
            continue;
        used = scan_sector(sector);
        if (sector == store.newest)
            store.next = used;
    }
}

/* Equal for crashes that are the same again. */
static uint32_t kind_of(const otr_CrashReport *report)
{
    uint8_t raw[20];

    bytes_put_u32(raw, report->origin);
    bytes_put_u32(raw + 4, report->microvisor_number);
    bytes_put_u32(raw + 8, report->crash.cause);
    bytes_put_u32(raw + 12, report->crash.pc);
    bytes_put_u32(raw + 16, report->crash.lr);
    return crc_update(crc_update(0, raw, sizeof(raw)), report->app_sid, (uint32_t)strlen(report->app_sid));
}

static bool one_of_kind_waits(uint32_t kind)
{
    struct crash_head head;

    for (uint32_t slot = 0; slot < store.sectors * CRASH_SLOTS; slot++)
        if ((store.waiting & slot_bit(slot)) != 0 && crash_slot_read(slot, &head) == CRASH_SLOT_WAITING &&
            head.kind == kind)
            return true;
    return false;
}

static void grow_credit(uint64_t now_us)
{
    const uint64_t interval_us = CRASH_INTERVAL_MS * 1000ull;

    while (store.credit < CRASH_BURST && now_us - store.grow_us >= interval_us) {
        store.credit++;
        store.grow_us += interval_us;
    }
    if (store.credit == CRASH_BURST)
        store.grow_us = now_us;
}

static bool can_afford(otr_CrashOrigin origin, uint64_t now_us)
{
    if (origin == otr_CrashOrigin_CRASH_OF_MICROVISOR)
        return store.own < CRASH_OWN_MAX;
    grow_credit(now_us);
    return store.credit > 0;
}

/* Attempts count, whether they succeed or not. */
static void spend(otr_CrashOrigin origin)
{
    if (origin == otr_CrashOrigin_CRASH_OF_MICROVISOR)
        store.own++;
    else
        store.credit--;
}

enum crash_kept crash_store_ask(const otr_CrashReport *report, uint64_t now_us)
{
    if (store.sectors == 0)
        return CRASH_LOST;
    if (one_of_kind_waits(kind_of(report)))
        return CRASH_WAITS;
    return can_afford(report->origin, now_us) ? CRASH_KEPT : CRASH_LIMITED;
}

/* Makes the sector behind the newest one the newest. What still waits in it is the oldest that there is. */
static int open_next_sector(void)
{
    uint32_t sector = (store.newest + 1) % store.sectors;
    int status;

    for (uint32_t slot = sector * CRASH_SLOTS; slot < (sector + 1) * CRASH_SLOTS; slot++) {
        store.dropped += (store.waiting & slot_bit(slot)) != 0;
        store.waiting &= ~slot_bit(slot);
    }
    status = crash_sector_open(sector, store.sequence + 1);
    if (status != 0)
        return status;
    store.newest = sector;
    store.sequence++;
    store.next = 0;
    return 0;
}

static int append(const struct crash_head *head, uint8_t *bytes)
{
    uint32_t slot;
    int status = store.next == CRASH_SLOTS ? open_next_sector() : 0;

    if (status != 0)
        return status;
    slot = store.newest * CRASH_SLOTS + store.next++;
    status = crash_slot_write(slot, head, bytes);
    if (status == 0)
        store.waiting |= slot_bit(slot);
    return status;
}

enum crash_kept crash_store_add(const otr_CrashReport *report, uint64_t now_us)
{
    uint8_t bytes[CRASH_SLOT_BYTES - CRASH_MARK_BYTES];
    struct crash_head head = { .report_id = report->report_id,
                               .start = store.start,
                               .kind = kind_of(report),
                               .origin = (uint8_t)report->origin };
    enum crash_kept kept = crash_store_ask(report, now_us);
    int length;

    if (kept != CRASH_KEPT)
        return kept;
    spend(report->origin);
    length = codec_crash_encode(report, bytes + CRASH_HEAD_BYTES, CRASH_REPORT_MAX_BYTES);
    if (length < 0)
        return CRASH_LOST;
    head.length = (uint16_t)length;
    return append(&head, bytes) == 0 ? CRASH_KEPT : CRASH_LOST;
}

const char *crash_kept_name(enum crash_kept kept)
{
    static const char *const names[] = { "kept", "its-like-waits", "too-many", "lost" };

    return names[kept];
}

static bool slot_decode(uint32_t slot, otr_CrashReport *out)
{
    uint8_t bytes[CRASH_REPORT_MAX_BYTES];
    struct crash_head head;

    return crash_slot_read(slot, &head) == CRASH_SLOT_WAITING && crash_slot_report(slot, &head, bytes) == 0 &&
           codec_crash_decode(bytes, head.length, out) == CODEC_OK && out->report_id == head.report_id;
}

bool crash_store_oldest(otr_CrashReport *out)
{
    for (uint32_t i = 1; store.waiting != 0 && i <= store.sectors * CRASH_SLOTS; i++) {
        uint32_t slot = (store.newest * CRASH_SLOTS + CRASH_SLOTS - 1 + i) % (store.sectors * CRASH_SLOTS);

        if ((store.waiting & slot_bit(slot)) == 0)
            continue;
        if (slot_decode(slot, out))
            return true;
        store.waiting &= ~slot_bit(slot); /* cannot be read any more */
    }
    return false;
}

void crash_store_ack(uint64_t report_id)
{
    struct crash_head head;

    for (uint32_t slot = 0; slot < store.sectors * CRASH_SLOTS; slot++) {
        if ((store.waiting & slot_bit(slot)) == 0 || crash_slot_read(slot, &head) != CRASH_SLOT_WAITING ||
            head.report_id != report_id)
            continue;
        store.waiting &= ~slot_bit(slot);
        (void)crash_slot_finish(slot); /* when it fails, the report is sent once more after the next start */
    }
}

uint32_t crash_store_dropped(void)
{
    return store.dropped;
}
