/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first stage of a device that is a Linux process (ports/host): the product's boot decision over the slots in its flash file.
 *
 * What runs is always this program; the image in a slot says as what. Its header is a real one, signed by a root key of this build
 * (outrigger-image sign --address 0x48010000); in its body, behind the first 64 bytes (the vector table), stands a word of text:
 *
 *   mute [MS]   it never reaches a server, and gives up after MS milliseconds on trial
 *   crash       it resets at once
 *   hang        it is reset by the watchdog, at once
 *   decay       it behaves well until it is confirmed, then it is reset by the watchdog at each start
 *
 * Anything else behaves well. With an erased slot A the program is what it was built as, as if it came from the factory; a microvisor
 * on trial that cannot check in does not give up for that one, which is no image (S5 of core/self).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/boot/boot_decision.h"
#include "core/boot/boot_gate.h"
#include "core/boot/boot_image.h"
#include "core/boot/boot_ratchet.h"
#include "core/self/self_image.h"
#include "port/port_power.h"
#include "ports/host/host.h"

#define WORD_AT        64u /* of the body */
#define WORD_BYTES_MAX 24u

/* Values of ResetReason in wire.proto. */
#define RESET_MICROVISOR_CRASH    4u
#define RESET_MICROVISOR_WATCHDOG 5u

/* Nothing was ever written to slot A: the program itself is the factory's microvisor. */
static bool is_built_in(enum port_flash_area slot)
{
    struct boot_trailer trailer;
    struct boot_image_header header;

    return slot == PORT_FLASH_MICROVISOR_A && boot_trailer_read(slot, &trailer) == 0 && trailer.blank &&
           port_flash_read(slot, 0, &header, sizeof header) == 0 && header.magic == UINT32_MAX;
}

static uint32_t judge(void *context, enum port_flash_area slot)
{
    uint32_t ratchet;
    bool good;

    (void)context;
    if (boot_ratchet_read(&ratchet) != 0) {
        return BOOT_NO(BOOT_STEP_SIGNATURE);
    }
    good = is_built_in(slot) ? microvisor_build.ratchet >= ratchet
                             : self_image_check(slot, NULL, ratchet) == otr_UpdateError_UPDATE_OK;
    return good ? BOOT_YES(BOOT_STEP_SIGNATURE) : BOOT_NO(BOOT_STEP_SIGNATURE);
}

/* Makes a raise firm that was cut, as boot0 does. */
static void settle_ratchet(void)
{
    uint32_t ratchet;

    if (boot_ratchet_read(&ratchet) == 0) {
        (void)boot_ratchet_raise(ratchet); /* worn flash: what was read still counts */
    }
}

static void word_read(enum port_flash_area slot, const struct boot_image_header *header,
                      char word[WORD_BYTES_MAX + 1])
{
    memset(word, 0, WORD_BYTES_MAX + 1);
    if (header->body_bytes >= WORD_AT + WORD_BYTES_MAX) {
        (void)port_flash_read(slot, header->header_bytes + WORD_AT, word, WORD_BYTES_MAX); /* then: no word */
    }
}

static void start_image(enum port_flash_area slot, enum boot_role role)
{
    struct host_boot_choice choice = { .area = slot, .trial_ms = microvisor_build.trial_ms };
    struct boot_image_header header;
    char word[WORD_BYTES_MAX + 1];

    (void)port_flash_read(slot, 0, &header, sizeof header); /* was just read by the judge */
    word_read(slot, &header, word);
    if (strncmp(word, "crash", 5) == 0) {
        port_restart(RESET_MICROVISOR_CRASH);
    }
    if (strncmp(word, "hang", 4) == 0 || (strncmp(word, "decay", 5) == 0 && role == BOOT_ROLE_CONFIRMED)) {
        port_restart(RESET_MICROVISOR_WATCHDOG);
    }
    choice.mute = strncmp(word, "mute", 4) == 0;
    if (choice.mute && word[4] == ' ') {
        choice.trial_ms = (uint32_t)strtoul(word + 5, NULL, 10);
    }
    choice.number = header.number;
    choice.ratchet = header.ratchet;
    host_boot_chosen(&choice);
}

int host_boot(void)
{
    struct boot_decision decision;

    settle_ratchet();
    decision = boot_decision_make(judge, NULL, host_power_falls());
    if (decision.role == BOOT_ROLE_NONE) {
        fputs("boot: neither microvisor slot of the flash file may be started; begin with a new flash file\n",
              stderr);
        return -1;
    }
    printf("boot started slot=%c role=%s\n", decision.slot == PORT_FLASH_MICROVISOR_A ? 'a' : 'b',
           decision.role == BOOT_ROLE_TRIAL ? "trial" : "confirmed");
    if (is_built_in(decision.slot)) {
        host_boot_chosen(&(struct host_boot_choice){ .area = decision.slot,
                                                     .number = microvisor_build.number,
                                                     .ratchet = microvisor_build.ratchet,
                                                     .trial_ms = microvisor_build.trial_ms });
    } else {
        start_image(decision.slot, decision.role);
    }
    return 0;
}
