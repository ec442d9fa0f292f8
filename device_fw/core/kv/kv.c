/* SPDX-License-Identifier: Apache-2.0 */
/* The key/value store: mount, index, append, compaction. kv.h has the format and the invariants. */
#include "core/kv/kv.h"

#include <string.h>

#include "core/kv/kv_record.h"
#include "port/port_flash.h"
#include "port/port_status.h"

static struct {
    uint32_t bank;                 /* offset of the active bank in the area */
    uint32_t sequence;             /* of the active bank */
    uint32_t tail;                 /* offset of the first byte behind the last record */
    bool clean;                    /* everything from tail to the end of the bank is erased */
    uint32_t offsets[KV_KEYS_MAX]; /* of the newest put of each key; 0: no value */
    uint16_t lengths[KV_KEYS_MAX];
} store;

static uint32_t bank_bytes(void)
{
    return port_flash_bytes(PORT_FLASH_KV) / 2;
}

static uint32_t bank_end(void)
{
    return store.bank + bank_bytes();
}

static uint32_t live_bytes(void)
{
    uint32_t sum = 0;

    for (unsigned key = 0; key < KV_KEYS_MAX; key++)
        if (store.offsets[key] != 0)
            sum += kv_record_size(store.lengths[key]);
    return sum;
}

static void index_put(uint8_t key, uint32_t offset, uint16_t length)
{
    store.offsets[key] = offset;
    store.lengths[key] = length;
}

static void scan(void)
{
    struct kv_record record;

    memset(store.offsets, 0, sizeof(store.offsets));
    store.tail = store.bank + KV_HEADER_BYTES;
    while (kv_record_read(store.tail, bank_end(), &record)) {
        index_put(record.key, record.kind == KV_PUT ? store.tail : 0, record.length);
        store.tail += kv_record_size(record.length);
    }
    store.clean = kv_flash_blank(store.tail, bank_end());
}

static int make_active(uint32_t bank, uint32_t sequence)
{
    int status = kv_header_write(bank, sequence);

    if (status != 0)
        return status;
    store.bank = bank;
    store.sequence = sequence;
    return 0;
}

static int copy_live(uint32_t to, uint32_t offsets[KV_KEYS_MAX], uint32_t *tail)
{
    *tail = to + KV_HEADER_BYTES;
    for (unsigned key = 0; key < KV_KEYS_MAX; key++) {
        int status;

        offsets[key] = 0;
        if (store.offsets[key] == 0)
            continue;
        status = kv_record_copy(store.offsets[key], *tail, store.lengths[key]);
        if (status != 0)
            return status;
        offsets[key] = *tail;
        *tail += kv_record_size(store.lengths[key]);
    }
    return 0;
}

static int compact(void)
{
    uint32_t other = store.bank == 0 ? bank_bytes() : 0;
    uint32_t offsets[KV_KEYS_MAX];
    uint32_t tail;
    int status = port_flash_erase(PORT_FLASH_KV, other, bank_bytes());

    if (status == 0)
        status = copy_live(other, offsets, &tail);
    if (status == 0)
        status = make_active(other, store.sequence + 1);
    if (status !=
        0) { /* the other bank may look valid by now: compact again before anything is appended here */
        store.clean = false;
        return status;
    }
    memcpy(store.offsets, offsets, sizeof(offsets));
    store.tail = tail;
    store.clean = true;
    return 0;
}

static int format(void)
{
    int status = port_flash_erase(PORT_FLASH_KV, 0, bank_bytes());

    if (status == 0)
        status = make_active(0, 1);
    if (status == 0)
        scan();
    return status;
}

int kv_mount(void)
{
    uint32_t sequence[2];
    bool valid[2];
    unsigned active;

    memset(&store, 0, sizeof(store));
    for (unsigned i = 0; i < 2; i++)
        valid[i] = kv_header_read(i * bank_bytes(), &sequence[i]);
    if (!valid[0] && !valid[1])
        return format();
    active = valid[1] && (!valid[0] || sequence[1] > sequence[0]) ? 1 : 0;
    store.bank = active * bank_bytes();
    store.sequence = sequence[active];
    scan();
    return store.clean ? 0 : compact();
}

static bool known(enum kv_key key)
{
    return key > 0 && key < KV_KEYS_MAX;
}

int kv_get(enum kv_key key, void *value, uint32_t room)
{
    uint32_t length;
    int status;

    if (!known(key) || store.offsets[key] == 0)
        return PORT_ENOENT;
    length = store.lengths[key];
    if (length > room)
        return PORT_ENOSPC;
    status = port_flash_read(PORT_FLASH_KV, store.offsets[key] + KV_RECORD_BYTES, value, length);
    return status == 0 ? (int)length : status;
}

/* Makes room for a record of size bytes behind a clean tail. */
static int make_room(uint32_t size)
{
    int status = 0;

    if (!store.clean || bank_end() - store.tail < size)
        status = compact();
    if (status == 0 && bank_end() - store.tail < size)
        return PORT_ENOSPC;
    return status;
}

static int append(const struct kv_record *record, const uint8_t *value)
{
    uint32_t size = kv_record_size(record->length);
    int status = make_room(size);

    if (status != 0)
        return status;
    status = kv_record_write(store.tail, record, value);
    if (status != 0) { /* torn: neither trusted nor written behind */
        store.clean = false;
        return status;
    }
    index_put(record->key, record->kind == KV_PUT ? store.tail : 0, record->length);
    store.tail += size;
    return 0;
}

static bool equal(enum kv_key key, const uint8_t *value, uint32_t length)
{
    uint8_t chunk[64];

    if (store.offsets[key] == 0 || store.lengths[key] != length)
        return false;
    for (uint32_t done = 0; done < length; done += sizeof(chunk)) {
        uint32_t count = length - done < sizeof(chunk) ? length - done : (uint32_t)sizeof(chunk);

        if (port_flash_read(PORT_FLASH_KV, store.offsets[key] + KV_RECORD_BYTES + done, chunk, count) != 0 ||
            memcmp(chunk, value + done, count) != 0)
            return false;
    }
    return true;
}

int kv_put(enum kv_key key, const void *value, uint32_t length)
{
    struct kv_record record = { .key = (uint8_t)key, .kind = KV_PUT, .length = (uint16_t)length };
    uint32_t live;

    if (!known(key) || length > KV_VALUE_MAX_BYTES)
        return PORT_EINVAL;
    if (equal(key, value, length))
        return 0;
    live = live_bytes() + kv_record_size(length);
    if (store.offsets[key] != 0)
        live -= kv_record_size(store.lengths[key]);
    if (live > bank_bytes() / 4 * 3)
        return PORT_ENOSPC;
    return append(&record, value);
}

int kv_delete(enum kv_key key)
{
    struct kv_record record = { .key = (uint8_t)key, .kind = KV_DELETE, .length = 0 };

    if (!known(key))
        return PORT_EINVAL;
    if (store.offsets[key] == 0)
        return 0;
    return append(&record, (const uint8_t *)"");
}
