/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The security ratchet in flash; boot_ratchet.h has the invariants Q1 to Q3.
 *
 * Every sector of PORT_FLASH_BOOT is one copy of the same list of records, one program unit each:
 *
 *      0  value    4  complement of value    8  "ORAT"    12  CRC-32 of all before
 *
 *   sector 0   [ 1 ] [ 4 ] [ 9 ] [   ] ...      raise: the next free place, sector 0 first, then the others.
 *   sector 1   [ 1 ] [ 4 ] [ 9 ] [   ] ...      read:  the last place where some copy is intact.
 *      ...
 *
 * Nothing is ever erased, so no cut can take away what was there (Q1). A torn record is never taken for another one: in
 * value and complement one bit of each pair must have been cleared. Sector 0 is read back before sector 1 is begun, so
 * that a cut leaves at most sector 0's copy bad with the others blank: an interrupted raise, which never happened and
 * whose place is not used again. Any other place without an intact copy is a record that was lost (Q3). PORT_OK needs two
 * intact copies, on flash with two sectors or more (Q2).
 */
#include "core/boot/boot_ratchet.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "port/port_flash.h"
#include "port/port_status.h"

#define RECORD_MAGIC 0x5441524Fu /* "ORAT" */
#define PLACES       (PORT_FLASH_SECTOR_BYTES / PORT_FLASH_UNIT_BYTES)
#define COPIES_MIN   2u
#define PLACE_TRIES  4u /* places in a row where programming may fail before the flash is called broken */

/* What the copies of one place say together. */
struct place {
    uint32_t intact;
    uint32_t blank;
    bool first_blank; /* sector 0's copy */
    uint32_t value;   /* highest of the intact ones */
};

struct ratchet {
    uint32_t value;
    uint32_t copies; /* intact ones of the value; 0: none was ever written */
    uint32_t free;   /* first place behind everything that is not blank */
    bool lost;
};

static uint32_t sectors(void)
{
    return port_flash_bytes(PORT_FLASH_BOOT) / PORT_FLASH_SECTOR_BYTES;
}

static void record_encode(uint32_t value, uint8_t record[PORT_FLASH_UNIT_BYTES])
{
    bytes_put_u32(record, value);
    bytes_put_u32(record + 4, ~value);
    bytes_put_u32(record + 8, RECORD_MAGIC);
    bytes_put_u32(record + 12, crc_update(0, record, 12));
}

static bool record_is_intact(const uint8_t record[PORT_FLASH_UNIT_BYTES])
{
    uint8_t expected[PORT_FLASH_UNIT_BYTES];

    record_encode(bytes_get_u32(record), expected);
    return memcmp(record, expected, sizeof(expected)) == 0;
}

static void place_read(uint32_t index, struct place *out)
{
    memset(out, 0, sizeof(*out));
    for (uint32_t sector = 0; sector < sectors(); sector++) {
        uint8_t record[PORT_FLASH_UNIT_BYTES];
        uint32_t offset = sector * PORT_FLASH_SECTOR_BYTES + index * PORT_FLASH_UNIT_BYTES;

        if (port_flash_read(PORT_FLASH_BOOT, offset, record, sizeof(record)) != PORT_OK) {
            continue;
        }
        if (bytes_are(record, sizeof(record), 0xff)) {
            out->blank++;
            out->first_blank = out->first_blank || sector == 0;
        } else if (record_is_intact(record)) {
            uint32_t value = bytes_get_u32(record);

            out->intact++;
            out->value = value > out->value ? value : out->value;
        }
    }
}

/* A record that is intact makes up for all that were lost before it: values only rise. */
static void ratchet_take(struct ratchet *ratchet, const struct place *place)
{
    if (place->value > ratchet->value || ratchet->copies == 0) {
        ratchet->value = place->value;
        ratchet->copies = place->intact;
    } else if (place->value == ratchet->value && place->intact > ratchet->copies) {
        ratchet->copies = place->intact;
    }
    ratchet->lost = false;
}

static int ratchet_read(struct ratchet *out)
{
    memset(out, 0, sizeof(*out));
    if (sectors() < COPIES_MIN) {
        return PORT_EIO;
    }
    for (uint32_t index = 0; index < PLACES; index++) {
        struct place place;

        place_read(index, &place);
        if (place.blank == sectors()) {
            continue;
        }
        out->free = index + 1;
        if (place.intact > 0) {
            ratchet_take(out, &place);
        } else if (place.first_blank || place.blank != sectors() - 1) {
            out->lost = true;
        }
    }
    return out->lost ? PORT_EIO : PORT_OK;
}

int boot_ratchet_read(uint32_t *out)
{
    struct ratchet ratchet;
    int status = ratchet_read(&ratchet);

    *out = status == PORT_OK ? ratchet.value : UINT32_MAX; /* whoever forgets the status starts nothing */
    return status;
}

/* Writes one record to all sectors; the number of intact copies. Stops when sector 0 fails: then it never happened. */
static uint32_t place_write(uint32_t index, uint32_t value)
{
    uint8_t record[PORT_FLASH_UNIT_BYTES], read_back[PORT_FLASH_UNIT_BYTES];
    uint32_t intact = 0;

    record_encode(value, record);
    for (uint32_t sector = 0; sector < sectors() && (sector == 0 || intact > 0); sector++) {
        uint32_t offset = sector * PORT_FLASH_SECTOR_BYTES + index * PORT_FLASH_UNIT_BYTES;

        (void)port_flash_program(PORT_FLASH_BOOT, offset, record, sizeof(record)); /* read back next */
        intact += port_flash_read(PORT_FLASH_BOOT, offset, read_back, sizeof(read_back)) == PORT_OK &&
                  memcmp(record, read_back, sizeof(record)) == 0;
    }
    return intact;
}

int boot_ratchet_raise(uint32_t to)
{
    struct ratchet now;
    int status = ratchet_read(&now);

    if (status != PORT_OK) {
        return status;
    }
    if (to < now.value || (to == now.value && (to == 0 || now.copies >= COPIES_MIN))) {
        return PORT_OK;
    }
    for (uint32_t index = now.free; index < now.free + PLACE_TRIES; index++) {
        if (index >= PLACES) {
            return PORT_ENOSPC;
        }
        if (place_write(index, to) >= COPIES_MIN) {
            return PORT_OK;
        }
    }
    return PORT_EIO;
}
