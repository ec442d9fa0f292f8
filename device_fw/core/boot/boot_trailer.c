/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the trailer of a microvisor slot; boot_trailer.h has the format and the invariants T1 to T4. */
#include "core/boot/boot_trailer.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "port/port_status.h"

#define COPIES         2u
#define COPY_STRIDE    (PORT_FLASH_SECTOR_BYTES / COPIES)
#define IDENTITY_BYTES 48u
#define IDENTITY_MAGIC 0x5452544Fu /* "OTRT" */
#define SEQUENCE_AT    4u
#define MANIFEST_AT    8u
#define CRC_AT         40u
#define EMPTIED_AT     48u
#define PENDING_AT     64u
#define CONFIRMED_AT   80u
#define REFUSED_AT     96u
#define TRIES_AT       112u
#define COPY_BYTES     (TRIES_AT + BOOT_TRIES_MAX * PORT_FLASH_UNIT_BYTES)

_Static_assert(MANIFEST_AT + SHA256_BYTES == CRC_AT, "identity layout");
_Static_assert(COPY_BYTES <= COPY_STRIDE, "a copy fits its half of the sector");

static bool is_slot(enum port_flash_area slot)
{
    return (slot == PORT_FLASH_MICROVISOR_A || slot == PORT_FLASH_MICROVISOR_B) &&
           port_flash_bytes(slot) >= PORT_FLASH_SECTOR_BYTES;
}

static uint32_t place(enum port_flash_area slot, uint32_t copy, uint32_t at)
{
    return port_flash_bytes(slot) - PORT_FLASH_SECTOR_BYTES + copy * COPY_STRIDE + at;
}

static bool unit_is(enum port_flash_area slot, uint32_t copy, uint32_t at, uint8_t value)
{
    uint8_t unit[PORT_FLASH_UNIT_BYTES];

    return port_flash_read(slot, place(slot, copy, at), unit, sizeof(unit)) == PORT_OK &&
           bytes_are(unit, sizeof(unit), value);
}

static bool mark_is_set(enum port_flash_area slot, uint32_t at)
{
    return unit_is(slot, 0, at, 0) || unit_is(slot, 1, at, 0);
}

/* The first copy sets the mark, the second keeps it. */
static int mark_set(enum port_flash_area slot, uint32_t at)
{
    static const uint8_t zeros[PORT_FLASH_UNIT_BYTES];

    for (uint32_t copy = 0; copy < COPIES; copy++) {
        if (!unit_is(slot, copy, at, 0)) {
            (void)port_flash_program(slot, place(slot, copy, at), zeros, sizeof(zeros)); /* read back below */
        }
    }
    return mark_is_set(slot, at) ? PORT_OK : PORT_EIO;
}

/* Is nothing programmed in either copy? */
static bool is_blank(enum port_flash_area slot)
{
    for (uint32_t at = 0; at < COPY_BYTES; at += PORT_FLASH_UNIT_BYTES) {
        if (!unit_is(slot, 0, at, 0xff) || !unit_is(slot, 1, at, 0xff)) {
            return false;
        }
    }
    return true;
}

/* Port status of the read; *good says whether it is an identity. */
static int identity_read(enum port_flash_area slot, uint32_t copy, uint8_t raw[IDENTITY_BYTES], bool *good)
{
    int status = port_flash_read(slot, place(slot, copy, 0), raw, IDENTITY_BYTES);

    *good = status == PORT_OK && bytes_get_u32(raw) == IDENTITY_MAGIC &&
            bytes_get_u32(raw + CRC_AT) == crc_update(0, raw, CRC_AT);
    return status;
}

/* From the highest mark down: a mark below it that can no longer be read was counted all the same. */
static uint32_t tries_read(enum port_flash_area slot)
{
    uint32_t tries = BOOT_TRIES_MAX;

    while (tries > 0 && !mark_is_set(slot, TRIES_AT + (tries - 1) * PORT_FLASH_UNIT_BYTES)) {
        tries--;
    }
    return tries;
}

int boot_trailer_read(enum port_flash_area slot, struct boot_trailer *out)
{
    uint8_t raw[IDENTITY_BYTES];
    uint32_t unreadable = 0;

    memset(out, 0, sizeof(*out));
    if (!is_slot(slot)) {
        return PORT_EINVAL;
    }
    for (uint32_t copy = 0; copy < COPIES && !out->valid; copy++) {
        unreadable += identity_read(slot, copy, raw, &out->valid) != PORT_OK;
    }
    if (unreadable == COPIES) {
        return PORT_EIO;
    }
    if (!out->valid) {
        out->blank = is_blank(slot);
        return PORT_OK;
    }
    out->sequence = bytes_get_u32(raw + SEQUENCE_AT);
    memcpy(out->manifest_sha256, raw + MANIFEST_AT, SHA256_BYTES);
    out->pending = mark_is_set(slot, PENDING_AT);
    out->confirmed = mark_is_set(slot, CONFIRMED_AT);
    out->refused = mark_is_set(slot, REFUSED_AT);
    out->tries = tries_read(slot);
    return PORT_OK;
}

/* No blank trailer may vouch for an image that was not confirmed: its beginning goes first, and REFUSED before that. */
static int unconfirmed_destroy(enum port_flash_area slot)
{
    struct boot_trailer trailer;

    (void)boot_trailer_read(slot, &trailer); /* unreadable: not confirmed */
    if (trailer.blank || (trailer.confirmed && !trailer.refused)) {
        return PORT_OK;
    }
    int status = mark_set(slot, REFUSED_AT);

    return status != PORT_OK ? status : port_flash_erase(slot, 0, PORT_FLASH_SECTOR_BYTES);
}

int boot_trailer_erase(enum port_flash_area slot)
{
    if (!is_slot(slot)) {
        return PORT_EINVAL;
    }
    int status = unconfirmed_destroy(slot);

    if (status == PORT_OK) {
        status = port_flash_erase(slot, place(slot, 0, 0), PORT_FLASH_SECTOR_BYTES);
    }
    return status != PORT_OK ? status : mark_set(slot, EMPTIED_AT);
}

/* A copy that was torn is left alone: the other one will do. */
static bool identity_is_blank(enum port_flash_area slot, uint32_t copy)
{
    uint8_t raw[IDENTITY_BYTES];

    return port_flash_read(slot, place(slot, copy, 0), raw, sizeof(raw)) == PORT_OK &&
           bytes_are(raw, sizeof(raw), 0xff);
}

int boot_trailer_identify(enum port_flash_area slot, uint32_t sequence,
                          const uint8_t manifest_sha256[SHA256_BYTES])
{
    uint8_t raw[IDENTITY_BYTES], read_back[IDENTITY_BYTES];
    uint32_t good_copies = 0;

    if (!is_slot(slot)) {
        return PORT_EINVAL;
    }
    memset(raw, 0xff, sizeof(raw));
    bytes_put_u32(raw, IDENTITY_MAGIC);
    bytes_put_u32(raw + SEQUENCE_AT, sequence);
    memcpy(raw + MANIFEST_AT, manifest_sha256, SHA256_BYTES);
    bytes_put_u32(raw + CRC_AT, crc_update(0, raw, CRC_AT));
    for (uint32_t copy = 0; copy < COPIES; copy++) {
        if (identity_is_blank(slot, copy)) {
            (void)port_flash_program(slot, place(slot, copy, 0), raw, sizeof(raw)); /* read back next */
        }
        good_copies += port_flash_read(slot, place(slot, copy, 0), read_back, sizeof(read_back)) == PORT_OK &&
                       memcmp(raw, read_back, sizeof(raw)) == 0;
    }
    return good_copies > 0 ? PORT_OK : PORT_EIO;
}

int boot_trailer_mark(enum port_flash_area slot, enum boot_mark mark)
{
    static const uint32_t places[] = {
        [BOOT_MARK_PENDING] = PENDING_AT,
        [BOOT_MARK_CONFIRMED] = CONFIRMED_AT,
        [BOOT_MARK_REFUSED] = REFUSED_AT,
    };

    if (!is_slot(slot) || (unsigned)mark >= sizeof(places) / sizeof(places[0])) {
        return PORT_EINVAL;
    }
    return mark_set(slot, places[mark]);
}

int boot_trailer_count_try(enum port_flash_area slot)
{
    struct boot_trailer before;
    int status = boot_trailer_read(slot, &before);

    if (status != PORT_OK) {
        return status;
    }
    if (!before.valid || before.tries >= BOOT_TRIES_MAX) {
        return PORT_EIO;
    }
    return mark_set(slot, TRIES_AT + before.tries * PORT_FLASH_UNIT_BYTES);
}

uint32_t boot_trailer_next_sequence(void)
{
    struct boot_trailer a, b;

    (void)boot_trailer_read(PORT_FLASH_MICROVISOR_A, &a); /* sequence 0 when there is none */
    (void)boot_trailer_read(PORT_FLASH_MICROVISOR_B, &b);
    return (a.sequence > b.sequence ? a.sequence : b.sequence) + 1;
}
