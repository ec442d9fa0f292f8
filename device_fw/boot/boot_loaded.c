/* SPDX-License-Identifier: Apache-2.0 */
/* Loading and judging the image at its run address; boot_loaded.h has the invariants. */
#include "boot/boot_loaded.h"

#include "boot/boot_verify.h"
#include "core/boot/boot_gate.h"
#include "core/boot/boot_ratchet.h"
#include "port/port_status.h"
#include "ports/mps2_an505/memory_map.h"

#include <string.h>

#define BODY ((uint8_t *)MAP_MICROVISOR_CODE)

static struct boot_image_header header;
static volatile enum port_flash_area loaded_slot = PORT_FLASH_MICROVISOR_A;

const struct boot_image_header *boot_loaded_header(void)
{
    return &header;
}

enum port_flash_area boot_loaded_slot(void)
{
    return loaded_slot;
}

/* 0 unless it is one that the place has room for. */
static uint32_t body_bytes(void)
{
    return header.body_bytes <= port_boot_limits()->body_bytes_max ? header.body_bytes : 0;
}

void boot_loaded_from_slot(enum port_flash_area slot)
{
    loaded_slot = slot;
    memset(&header, 0xff, sizeof(header));
    if (port_flash_read(slot, 0, &header, sizeof(header)) != PORT_OK ||
        port_flash_read(slot, BOOT_IMAGE_HEADER_BYTES, BODY, body_bytes()) != PORT_OK) {
        memset(&header, 0xff, sizeof(header));
    }
}

void boot_loaded_keep(uint32_t offset, const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++, offset++) {
        if (offset < BOOT_IMAGE_HEADER_BYTES) {
            ((uint8_t *)&header)[offset] = data[i];
        } else if (offset - BOOT_IMAGE_HEADER_BYTES < MAP_MICROVISOR_CODE_BYTES) {
            BODY[offset - BOOT_IMAGE_HEADER_BYTES] = data[i];
        }
    }
}

/* Yes is BOOT_IMAGE_OK and nothing else: the answer is worked out, not chosen. */
static enum boot_image_fault answer(enum boot_step step, uint32_t round, enum boot_image_fault fault)
{
    (void)boot_gate_answer(step, round, BOOT_YES(step) ^ (uint32_t)fault * 0x9E3779B1u);
    return fault;
}

static enum boot_image_fault ratchet_fault(void)
{
    uint32_t ratchet_min = UINT32_MAX;

    if (boot_ratchet_read(&ratchet_min) != PORT_OK) {
        return BOOT_IMAGE_NO_RATCHET;
    }
    return boot_image_header_check(&header, port_boot_limits(), ratchet_min);
}

static enum boot_image_fault signature_fault(void)
{
    return boot_verify_image(&header, BODY, body_bytes()) == 0 ? BOOT_IMAGE_OK : BOOT_IMAGE_BAD_SIGNATURE;
}

static enum boot_image_fault vectors_fault(void)
{
    uint32_t vectors[2];

    memcpy(vectors, BODY, sizeof(vectors));
    return boot_image_vectors_check(&header, vectors[0], vectors[1], port_boot_limits());
}

enum boot_image_fault boot_loaded_judge(uint32_t round)
{
    enum boot_image_fault fault =
        answer(BOOT_STEP_HEADER, round, boot_image_header_check(&header, port_boot_limits(), 0));

    if (fault == BOOT_IMAGE_OK) {
        fault = answer(BOOT_STEP_RATCHET, round, ratchet_fault());
    }
    if (fault == BOOT_IMAGE_OK) {
        fault = answer(BOOT_STEP_SIGNATURE, round, signature_fault());
    }
    if (fault == BOOT_IMAGE_OK) {
        fault = answer(BOOT_STEP_VECTORS, round, vectors_fault());
    }
    return fault;
}
