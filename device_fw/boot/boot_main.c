/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot0, the immutable first stage: starts a microvisor that the root key has signed, or nothing.
 *
 *   reset -> copy header and body of slot A from flash to RAM -> check the copies -> jump
 *                                                            \-> say why not, wait for ever
 *
 * Invariants
 *  B1 what is checked is what runs: header and body are copied first, and flash is not read again;
 *  B2 no address or length of the header is used before it was checked;
 *  B3 the whole system is secure when the microvisor starts: boot0 sets up no part of TrustZone and enables
 * nothing. Must not know the network, write flash, or grow beyond its 16 KiB (checked at link).
 */
#include "boot/boot_console.h"
#include "core/boot/boot_image.h"
#include "boot/boot_verify.h"
#include "ports/mps2_an505/memory_map.h"

#include <string.h>

#define SCB_VTOR (*(volatile uint32_t *)0xE000ED08u)

static const struct port_boot_limits limits = {
    .load_address = MAP_MICROVISOR_CODE,
    .body_bytes_max = MAP_MICROVISOR_CODE_BYTES,
    .ram_start = MAP_MICROVISOR_RAM,
    .ram_end = MAP_MICROVISOR_RAM + MAP_MICROVISOR_RAM_BYTES,
};

static struct boot_image_header header;

void boot_main(void);
void boot_fault(void);
_Noreturn void boot_jump(uint32_t initial_sp, uint32_t reset_handler);

_Noreturn static void stop(void)
{
    for (;;) {
        __asm volatile("wfi");
    }
}

/* Any exception in boot0 is a defect of boot0 or of the hardware. */
void boot_fault(void)
{
    boot_console_text("boot fault stage=boot0\r\n");
    stop();
}

static enum boot_image_fault slot_load(uint32_t flash_offset, uint32_t vectors[2])
{
    const uint8_t *slot = (const uint8_t *)(MAP_FLASH + flash_offset);
    uint8_t *body = (uint8_t *)MAP_MICROVISOR_CODE;

    memcpy(&header, slot, sizeof(header));
    enum boot_image_fault fault = boot_image_header_check(&header, &limits, 0);
    if (fault != BOOT_IMAGE_OK) {
        return fault;
    }
    memcpy(body, slot + BOOT_IMAGE_HEADER_BYTES, header.body_bytes);
    if (!boot_image_is_signed(&header, body)) {
        return BOOT_IMAGE_BAD_SIGNATURE;
    }
    memcpy(vectors, body, 2 * sizeof(vectors[0]));
    return boot_image_vectors_check(&header, vectors[0], vectors[1], &limits);
}

void boot_main(void)
{
    uint32_t vectors[2];

    boot_console_open();
    enum boot_image_fault fault = slot_load(MAP_SLOT_A_OFFSET, vectors);
    if (fault != BOOT_IMAGE_OK) {
        boot_console_text("boot refused slot=a why=\"");
        boot_console_text(boot_image_fault_text(fault));
        boot_console_text("\"; write a microvisor image signed with this device's root key to slot A\r\n");
        stop();
    }
    boot_console_text("boot started slot=a image_number=");
    boot_console_number(header.number);
    boot_console_text("\r\n");
    SCB_VTOR = MAP_MICROVISOR_CODE;
    boot_jump(vectors[0], vectors[1]);
}
