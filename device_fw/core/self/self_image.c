/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisor images in flash; self_image.h states the invariant. */
#include "core/self/self_image.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/boot/boot_image.h"
#include "core/img/digest.h"
#include "port/port_boot.h"
#include "port/port_crypto.h"
#include "port/port_power.h"
#include "port/port_status.h"

#define CHUNK_BYTES 256u

uint32_t self_image_bytes_max(void)
{
    uint32_t slot_bytes = port_flash_bytes(PORT_FLASH_MICROVISOR_A);

    if (port_flash_bytes(PORT_FLASH_MICROVISOR_B) < slot_bytes)
        slot_bytes = port_flash_bytes(PORT_FLASH_MICROVISOR_B);
    if (slot_bytes > MICROVISOR_SLOT_BYTES)
        slot_bytes = MICROVISOR_SLOT_BYTES;
    return slot_bytes > PORT_FLASH_SECTOR_BYTES ? slot_bytes - PORT_FLASH_SECTOR_BYTES : 0;
}

static bool reads_as(enum port_flash_area slot, uint32_t offset, const uint8_t *data, uint32_t length)
{
    uint8_t chunk[CHUNK_BYTES];

    for (uint32_t done = 0; done < length; done += sizeof(chunk)) {
        uint32_t count = length - done < sizeof(chunk) ? length - done : (uint32_t)sizeof(chunk);

        if (port_flash_read(slot, offset + done, chunk, count) != 0 || memcmp(chunk, data + done, count) != 0)
            return false;
    }
    return true;
}

int self_image_write(enum port_flash_area slot, uint32_t offset, uint8_t *data, uint32_t length)
{
    uint32_t whole = bytes_round_up(length, PORT_FLASH_UNIT_BYTES);
    int status = 0;

    memset(data + length, 0xff, whole - length);
    if (offset % BLOCK_BYTES == 0)
        status = port_flash_erase(slot, offset, BLOCK_BYTES);
    if (status == 0)
        status = port_flash_program(slot, offset, data, whole);
    if (status == 0 && !reads_as(slot, offset, data, whole))
        status = PORT_EIO;
    return status;
}

bool self_image_is_there(enum port_flash_area slot, const struct self_manifest *manifest)
{
    return digest_flash_equals(slot, 0, manifest->image_bytes, manifest->image_sha256);
}

static bool agrees(const struct boot_image_header *header, const struct self_manifest *manifest)
{
    return header->number == manifest->number && header->ratchet == manifest->ratchet &&
           header->header_bytes + header->body_bytes == manifest->image_bytes;
}

static bool vectors_good(enum port_flash_area slot, const struct boot_image_header *header)
{
    uint32_t vectors[2];

    return port_flash_read(slot, header->header_bytes, vectors, sizeof(vectors)) == 0 &&
           boot_image_vectors_check(header, vectors[0], vectors[1], port_boot_limits()) == BOOT_IMAGE_OK;
}

/* The digest that the image's signature is over. */
static int signed_digest(enum port_flash_area slot, const struct boot_image_header *header,
                         uint8_t digest[SHA256_BYTES])
{
    struct port_sha256 sha;
    uint8_t chunk[CHUNK_BYTES];
    uint32_t end = header->header_bytes + header->body_bytes;
    int status = 0;

    port_sha256_start(&sha);
    port_sha256_update(&sha, header, BOOT_IMAGE_SIGNED_BYTES);
    for (uint32_t at = header->header_bytes; at < end && status == 0; at += sizeof(chunk)) {
        uint32_t count = end - at < sizeof(chunk) ? end - at : (uint32_t)sizeof(chunk);

        if (at % BLOCK_BYTES == 0)
            port_watchdog_kick();
        status = port_flash_read(slot, at, chunk, count);
        port_sha256_update(&sha, chunk, count);
    }
    port_sha256_finish(&sha, digest);
    return status;
}

static bool signed_by_root(const struct boot_image_header *header, const uint8_t digest[SHA256_BYTES])
{
    const uint8_t *key;

    for (uint32_t i = 0; (key = port_boot_root_key(i)) != NULL; i++)
        if (port_p256_verify(key, digest, header->signature))
            return true;
    return false;
}

otr_UpdateError self_image_check(enum port_flash_area slot, const struct self_manifest *manifest,
                                 uint32_t ratchet_min)
{
    struct boot_image_header header;
    uint8_t digest[SHA256_BYTES];
    enum boot_image_fault fault;

    if (manifest != NULL && !self_image_is_there(slot, manifest))
        return otr_UpdateError_UPDATE_LAYER_HASH;
    if (port_flash_read(slot, 0, &header, sizeof(header)) != 0)
        return otr_UpdateError_UPDATE_FLASH;
    fault = boot_image_header_check(&header, port_boot_limits(), ratchet_min);
    if (fault != BOOT_IMAGE_OK)
        return fault == BOOT_IMAGE_OLD ? otr_UpdateError_UPDATE_RATCHET : otr_UpdateError_UPDATE_IMAGE;
    if (header.header_bytes + header.body_bytes > self_image_bytes_max() || !vectors_good(slot, &header) ||
        (manifest != NULL && !agrees(&header, manifest)))
        return otr_UpdateError_UPDATE_IMAGE;
    if (signed_digest(slot, &header, digest) != 0)
        return otr_UpdateError_UPDATE_FLASH;
    return signed_by_root(&header, digest) ? otr_UpdateError_UPDATE_OK : otr_UpdateError_UPDATE_IMAGE;
}
