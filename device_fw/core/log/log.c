/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log ring: entries packed one behind the other from the start of one buffer, oldest first. Removing
 * moves the rest down (at most LOG_RING_BYTES, microseconds), which keeps every entry contiguous and every
 * rule short.
 */
#include "core/log/log.h"

#include <stddef.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/core_limits.h"
#include "port/port_clock.h"
#include "port/port_critical.h"
#include "proto/limits.h"

/* Head of an entry; crash (if any) and text follow. */
struct entry {
    uint64_t device_us;
    uint32_t seq; /* 0: queued */
    uint32_t dropped;
    uint16_t size; /* of the whole entry, a multiple of 8 */
    uint16_t text_bytes;
    uint8_t kind;
    bool has_crash;
};

static struct {
    _Alignas(8) uint8_t bytes[LOG_RING_BYTES];
    uint32_t used;
    uint32_t cursor;   /* offset of the next entry to send */
    uint32_t next_seq; /* number of the next entry that is sent for the first time */
    uint32_t unacked;
    uint32_t dropped;   /* lines lost behind the last entry */
    uint32_t app_bytes; /* text of application entries */
} ring;

static struct entry *entry_at(uint32_t offset)
{
    return (struct entry *)(void *)(ring.bytes + offset);
}

static uint8_t *entry_text(struct entry *entry)
{
    return (uint8_t *)(entry + 1) + (entry->has_crash ? sizeof(otr_Crash) : 0);
}

static uint32_t entry_size(uint32_t text_bytes, bool has_crash)
{
    return bytes_round_up(
        (uint32_t)sizeof(struct entry) + (has_crash ? (uint32_t)sizeof(otr_Crash) : 0) + text_bytes, 8);
}

void log_ring_init(void)
{
    memset(&ring, 0, sizeof(ring));
    ring.next_seq = 1;
}

/* Removes the entry at offset; the bytes behind it move down. */
static void remove_entry(uint32_t offset)
{
    struct entry *entry = entry_at(offset);
    uint32_t size = entry->size;

    if (entry->kind == otr_LogKind_LOG_APP)
        ring.app_bytes -= entry->text_bytes;
    if (ring.cursor > offset)
        ring.cursor -= size;
    ring.used -= size;
    memmove(ring.bytes + offset, ring.bytes + offset + size, ring.used - offset);
}

/* Removes a queued entry and counts it in its successor. */
static void drop_entry(uint32_t offset)
{
    uint32_t lost = entry_at(offset)->dropped + 1;

    remove_entry(offset);
    if (offset < ring.used)
        entry_at(offset)->dropped += lost;
    else
        ring.dropped += lost;
}

/* Offset of the oldest queued application entry, or ring.used. */
static uint32_t oldest_queued_app(void)
{
    uint32_t offset = ring.cursor;

    while (offset < ring.used) {
        const struct entry *entry = entry_at(offset);

        if (entry->seq == 0 && entry->kind == otr_LogKind_LOG_APP)
            break;
        offset += entry->size;
    }
    return offset;
}

static struct entry *new_entry(otr_LogKind kind, uint32_t text_bytes, bool has_crash)
{
    struct entry *entry = entry_at(ring.used);

    memset(entry, 0, sizeof(*entry));
    entry->kind = (uint8_t)kind;
    entry->text_bytes = (uint16_t)text_bytes;
    entry->has_crash = has_crash;
    entry->size = (uint16_t)entry_size(text_bytes, has_crash);
    return entry;
}

static void append_entry(struct entry *entry, uint64_t now_us)
{
    entry->device_us = now_us;
    entry->dropped = ring.dropped;
    ring.dropped = 0;
    ring.used += entry->size;
    if (entry->kind == otr_LogKind_LOG_APP)
        ring.app_bytes += entry->text_bytes;
}

static void write_microvisor(otr_LogKind kind, const char *text, uint32_t length, const otr_Crash *crash)
{
    uint32_t size = entry_size(length, crash != NULL);
    struct entry *entry;
    uint32_t victim;

    while (LOG_RING_BYTES - ring.used < size && (victim = oldest_queued_app()) < ring.used)
        drop_entry(victim);
    if (LOG_RING_BYTES - ring.used < size) {
        ring.dropped++;
        return;
    }
    entry = new_entry(kind, length, crash != NULL);
    if (crash != NULL)
        memcpy(entry + 1, crash, sizeof(*crash));
    memcpy(entry_text(entry), text, length);
    append_entry(entry, port_clock_us());
}

void log_ring_microvisor(otr_LogKind kind, const char *text, const otr_Crash *crash)
{
    size_t length = strlen(text);

    if (length > LOG_TEXT_MAX_BYTES)
        length = LOG_TEXT_MAX_BYTES;
    port_critical_enter();
    write_microvisor(kind, text, (uint32_t)length, crash);
    port_critical_leave();
}

uint8_t *log_ring_app_reserve(uint32_t length, uint32_t quota_bytes)
{
    uint32_t size = entry_size(length, false);

    if (length > LOG_TEXT_MAX_BYTES || ring.used + size > LOG_RING_BYTES - LOG_RESERVE_BYTES ||
        ring.app_bytes + length > quota_bytes)
        return NULL;
    return entry_text(new_entry(otr_LogKind_LOG_APP, length, false));
}

void log_ring_app_commit(uint64_t now_us)
{
    append_entry(entry_at(ring.used), now_us);
}

static void fill(otr_Log *out, struct entry *entry)
{
    memset(out, 0, offsetof(otr_Log, text));
    out->seq = entry->seq != 0 ? entry->seq : ring.next_seq;
    out->device_us = entry->device_us;
    out->kind = (otr_LogKind)entry->kind;
    out->dropped = entry->dropped;
    out->has_crash = entry->has_crash;
    if (entry->has_crash)
        memcpy(&out->crash, entry + 1, sizeof(out->crash));
    out->text.size = entry->text_bytes;
    memcpy(out->text.bytes, entry_text(entry), entry->text_bytes);
}

bool log_ring_peek(otr_Log *out)
{
    bool found;

    port_critical_enter();
    found = ring.cursor < ring.used && (entry_at(ring.cursor)->seq != 0 || ring.unacked < LOG_UNACKED_MAX);
    if (found)
        fill(out, entry_at(ring.cursor));
    port_critical_leave();
    return found;
}

void log_ring_sent(void)
{
    struct entry *entry;

    port_critical_enter();
    entry = entry_at(ring.cursor);
    if (entry->seq == 0) {
        entry->seq = ring.next_seq++;
        ring.unacked++;
    }
    ring.cursor += entry->size;
    port_critical_leave();
}

static bool ack(uint32_t seq)
{
    if (seq >= ring.next_seq)
        return false;
    while (ring.used > 0 && entry_at(0)->seq != 0 && entry_at(0)->seq <= seq) {
        remove_entry(0);
        ring.unacked--;
    }
    return true;
}

bool log_ring_ack(uint32_t seq)
{
    bool known;

    port_critical_enter();
    known = ack(seq);
    port_critical_leave();
    return known;
}

void log_ring_rewind(void)
{
    port_critical_enter();
    ring.cursor = 0;
    port_critical_leave();
}

void log_ring_drop_app(void)
{
    uint32_t victim;

    port_critical_enter();
    while ((victim = oldest_queued_app()) < ring.used)
        drop_entry(victim);
    port_critical_leave();
}

bool log_ring_is_owed(void)
{
    bool owed;

    port_critical_enter();
    owed = ring.used > 0;
    port_critical_leave();
    return owed;
}
