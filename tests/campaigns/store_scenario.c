/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenario of the key/value store: a sequence of puts and deletes that compacts several times. Progress is the number of
 * operations that were acknowledged. Invariants K1 (acknowledged is there), K2 (the one that was cut is seen wholly or not at
 * all, others unchanged), K4 (it can be written again), K5 (flash rules), as core/kv/kv.h numbers them.
 */
#include <string.h>

#include "campaigns/cut.h"
#include "campaigns/scenarios.h"
#include "core/kv/kv.h"
#include "port/port_status.h"
#include "tests/unit/device/board_fake.h"

#define OPERATIONS  36u
#define KEYS        5u
#define STORE_BYTES (2u * PORT_FLASH_SECTOR_BYTES)
#define VALUE_MAX   700u

/* Operation number n: always the same. */
struct operation {
    uint32_t key;
    bool put;
    uint32_t length;
    uint8_t fill;
};

static struct operation operation(uint32_t n)
{
    static const uint32_t lengths[] = { 0, 1, 16, 17, 97, 300, VALUE_MAX };
    uint64_t random = cut_mix(n + 1);

    return (struct operation){ .key = 1 + random % (KEYS - 1),
                               .put = (random >> 8) % 6 != 0,
                               .length = lengths[(random >> 16) % (sizeof(lengths) / sizeof(lengths[0]))],
                               .fill = (uint8_t)(random >> 32) };
}

/* The last operation on a key among the first count; false: there was none. */
static bool last_of(uint32_t key, uint32_t count, struct operation *out)
{
    while (count-- > 0) {
        *out = operation(count);
        if (out->key == key)
            return true;
    }
    return false;
}

static bool key_is_after(uint32_t key, uint32_t count)
{
    static uint8_t value[KV_VALUE_MAX_BYTES];
    int length = kv_get((enum kv_key)key, value, sizeof(value));
    struct operation last;

    if (!last_of(key, count, &last) || !last.put)
        return length == PORT_ENOENT;
    if (length != (int)last.length)
        return false;
    for (uint32_t i = 0; i < last.length; i++)
        if (value[i] != last.fill)
            return false;
    return true;
}

static const char *check(uint32_t acknowledged)
{
    for (uint32_t key = 1; key < KEYS; key++) {
        bool in_doubt = acknowledged < OPERATIONS && operation(acknowledged).key == key;

        if (key_is_after(key, acknowledged) || (in_doubt && key_is_after(key, acknowledged + 1)))
            continue;
        return in_doubt ? "K2 the operation that was cut is seen in part"
                        : "K1 what was acknowledged is gone";
    }
    return flash_fake_violation();
}

static int carry_out(uint32_t n)
{
    static uint8_t value[VALUE_MAX];
    struct operation next = operation(n);

    memset(value, next.fill, next.length);
    if (!next.put)
        return kv_delete((enum kv_key)next.key);
    return kv_put((enum kv_key)next.key, value, next.length);
}

static const char *run(uint32_t progress)
{
    const char *broken;

    flash_fake_restart();
    if (kv_mount() != 0)
        return "K3 the store cannot be mounted";
    broken = check(progress);
    if (broken != NULL)
        return broken;
    for (uint32_t n = progress; n < OPERATIONS; n++) {
        if (carry_out(n) != 0)
            return "K4 the store cannot be written again";
        campaign_progress(n + 1);
    }
    if (kv_mount() != 0)
        return "K3 the store cannot be mounted again";
    return check(OPERATIONS);
}

static void prepare(void)
{
    flash_fake_resize(PORT_FLASH_KV, STORE_BYTES);
    board_fake_reset(1);
    flash_fake_reset(false);
}

const struct campaign_scenario scenario_store = { "key/value store", prepare, run, 2 };
