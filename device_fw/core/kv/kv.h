/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power-cut-safe key/value store in PORT_FLASH_KV.
 *
 * The area is two banks of equal size; one is active, the other is garbage:
 *
 *   bank   = bank header (16 bytes), then records, then erased flash
 *   header = "OKV1" | sequence u32 | ~sequence u32 | CRC-32 of the first 12 bytes
 *   record = CRC-32 of what follows, value included | key u8 | kind u8 | length u16 | 8 zero bytes
 *            | value, padded with 0xff to 16   (integers little-endian; kind 1 = put, 2 = delete)
 *
 *   active bank full, or torn tail found at mount:
 *     erase other bank -> copy newest record of each key -> program header, sequence + 1 -> it is active
 *
 * Invariants:
 *  K1 a put or delete that returned 0 is seen by every later mount, until a later put or delete of the same
 *     key;
 *  K2 one that was cut is seen wholly or not at all, and the other keys are unchanged;
 *  K3 the active bank is the one with a valid header and the highest sequence; its header is programmed
 *     last, so a bank that is half copied or half erased is never active;
 *  K4 records are appended only behind a clean tail: after a torn record the bank is compacted before the
 *     next write;
 *  K5 no unit is programmed twice between two erases;
 *  K6 live values never exceed three quarters of a bank, so compaction always makes room.
 * Called from the microvisor's thread only.
 */
#ifndef CORE_KV_H
#define CORE_KV_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/core_limits.h"

/* Keys of the store: all there are. A number is never used again for something else. */
enum kv_key {
    KV_IDENTITY_KEY = 1, /* private scalar (32) and public point (65) */
    KV_PROVISION = 2,    /* serialized otr.Provision */
    KV_BOOT_COUNT = 3,   /* u32 */
    KV_TIME_FLOOR = 4,   /* u64, seconds since the Unix epoch */
    KV_LOGGING = 5,      /* u8: may applications log? (last word of the server) */
    /* core/keys */
    KV_KEY_RING = 10,    /* serialized otr.KeyRing */
    KV_SERVER_CA_0 = 11, /* DER */
    KV_SERVER_CA_1 = 12,
    KV_LAYER_KEY_0 = 20, /* private scalar (32) and public point (65) of a layer decrypter */
    KV_LAYER_KEY_1 = 21,
    KV_LAYER_KEY_2 = 22,
    KV_LAYER_KEY_3 = 23,
    /* core/factory */
    KV_FACTORY_SIGNERS = 30,
    KV_FACTORY_TEST = 31
};

/* Finds the active bank and indexes it; formats an area without one. PORT_EIO: the flash failed. */
int kv_mount(void);

/* Copies the value (at most room bytes): its length, PORT_ENOENT, or PORT_ENOSPC if it does not fit. */
int kv_get(enum kv_key key, void *value, uint32_t room);

/* Stores a value of at most KV_VALUE_MAX_BYTES durably. PORT_ENOSPC (K6), PORT_EIO. An equal value is not
 * written again. */
int kv_put(enum kv_key key, const void *value, uint32_t length);

/* Removes a key durably; 0 also when there was none. */
int kv_delete(enum kv_key key);

#endif
