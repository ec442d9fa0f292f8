/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot0, the immutable first stage: starts the microvisor that the boot decision names (core/boot/boot_decision.h), if a root
 * key has signed it; or waits for one at the serial port.
 *
 *   reset -> make the ratchet firm -> decide (loads and judges a slot) -> watchdog -> gate -> jump
 *                                        \-> none: recovery (boot_serve.c) -> reset
 *
 * Invariants, besides those of core/boot and B1, B2 (boot_loaded.h)
 *  B3 the whole system is secure when the microvisor starts, and nothing is enabled but the watchdog: a microvisor that hangs
 *     before its first kick is reset, and its try was counted;
 *  B4 the gate is the last word: what the code before it did may be wrong, the jump then leads nowhere;
 *  B5 boot0 never stops for good: a fault ends in a reset.
 * Must not know the network or grow beyond its 16 KiB (checked at link).
 */
#include "boot/boot_console.h"
#include "boot/boot_loaded.h"
#include "boot/boot_serve.h"
#include "core/boot/boot_decision.h"
#include "core/boot/boot_gate.h"
#include "core/boot/boot_ratchet.h"
#include "port/port_status.h"
#include "ports/mps2_an505/handover.h"
#include "ports/mps2_an505/memory_map.h"
#include "ports/mps2_an505/power.h"

#include <string.h>

void boot_main(void);
void boot_fault(void);
void boot_watchdog(void);
_Noreturn void boot_jump(uint32_t initial_sp, uint32_t sealed_reset_handler);

/* Any exception before the microvisor has vectors of its own. */
void boot_fault(void)
{
    boot_console_text("boot fault: restarting\r\n");
    power_reset(POWER_REASON_CRASH);
}

/* The watchdog's first period ended before the microvisor had vectors of its own. */
void boot_watchdog(void)
{
    boot_console_text("boot watchdog: restarting\r\n");
    power_reset(POWER_REASON_WATCHDOG);
}

static const char *slot_letter(enum port_flash_area slot)
{
    return slot == PORT_FLASH_MICROVISOR_A ? "a" : "b";
}

static void say_refused(enum port_flash_area slot, const char *why)
{
    boot_console_text("boot refused slot=");
    boot_console_text(slot_letter(slot));
    boot_console_text(" why=\"");
    boot_console_text(why);
    boot_console_text("\"\r\n");
}

/* In recovery: why a slot was not even looked at. */
static void say_no_role(enum port_flash_area slot)
{
    struct boot_trailer trailer;

    (void)boot_trailer_read(slot, &trailer); /* unreadable: no role */
    if (boot_decision_role(slot, &trailer) == BOOT_ROLE_NONE) {
        say_refused(slot, trailer.refused ? "its trailer says refused"
                          : trailer.tries >= BOOT_TRIES_MAX
                              ? "it has been on trial too often"
                              : "its trailer says that it holds no complete image");
    }
}

static uint32_t slot_judge(void *context, enum port_flash_area slot)
{
    (void)context;
    boot_loaded_from_slot(slot);
    enum boot_image_fault fault = boot_loaded_judge(0);
    if (fault == BOOT_IMAGE_OK) {
        fault = boot_loaded_judge(1);
    }
    if (fault != BOOT_IMAGE_OK) {
        say_refused(slot, boot_image_fault_text(fault));
        return BOOT_NO(BOOT_STEP_SIGNATURE);
    }
    return BOOT_YES(BOOT_STEP_SIGNATURE);
}

_Noreturn static void start(const struct boot_decision *decision)
{
    uint32_t vectors[2];

    boot_console_text("boot started slot=");
    boot_console_text(slot_letter(decision->slot));
    boot_console_text(decision->role == BOOT_ROLE_TRIAL ? " role=trial" : " role=confirmed");
    boot_console_text(" image_number=");
    boot_console_number(boot_loaded_header()->number);
    boot_console_text("\r\n");
    handover_write(decision->slot);
    power_watchdog_start(POWER_WATCHDOG_MS);
    memcpy(vectors, (const void *)MAP_MICROVISOR_CODE, sizeof(vectors));
    if (boot_loaded_slot() != decision->slot) { /* what was judged is not what was decided */
        boot_fault();
    }
    if (boot_gate_is_open() != BOOT_YES(BOOT_STEPS)) {
        boot_fault();
    }
    uint32_t sealed = boot_gate_seal(vectors[1]);
    if (~boot_gate_is_open() != BOOT_NO(BOOT_STEPS)) {
        boot_fault();
    }
    boot_jump(vectors[0], sealed);
}

void boot_main(void)
{
    uint32_t ratchet;

    boot_console_open();
    if (boot_ratchet_read(&ratchet) == PORT_OK) {
        (void)boot_ratchet_raise(
            ratchet); /* finishes a raise that was cut; what it was is not worth a refusal */
    }
    uint32_t falls = power_falls();
    if (falls >= BOOT_FALLS_MAX) {
        boot_console_text("boot falls=");
        boot_console_number(falls);
        boot_console_text("\r\n");
    }
    struct boot_decision decision = boot_decision_make(slot_judge, NULL, falls);
    if (decision.role != BOOT_ROLE_NONE) {
        start(&decision);
    }
    say_no_role(PORT_FLASH_MICROVISOR_A);
    say_no_role(PORT_FLASH_MICROVISOR_B);
    boot_console_text("boot recovery: no microvisor can be started; send one with `outrigger recover`\r\n");
    boot_serve();
}
