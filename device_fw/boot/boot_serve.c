/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recovery: what boot0 does when there is nothing to start. It takes an image over the serial port (core/boot/boot_recovery.h),
 * judges it at the place where it would run, stores it and restarts.
 *
 * A device that nobody talks to starts over after SERVE_SILENCE_MS: what could not be read once may be readable the next time.
 */
#include "boot/boot_serve.h"

#include "boot/boot_console.h"
#include "boot/boot_loaded.h"
#include "core/boot/boot_gate.h"
#include "core/boot/boot_install.h"
#include "core/boot/boot_recovery.h"
#include "port/port_power.h"
#include "ports/mps2_an505/memory_map.h"
#include "ports/mps2_an505/power.h"

#define SERVE_SILENCE_MS 120000u

_Static_assert(SERVE_SILENCE_MS <= POWER_WATCHDOG_MS_MAX, "the watchdog counts the silence");

static enum boot_image_fault judge(uint32_t image_bytes, uint32_t *number)
{
    enum boot_image_fault fault = boot_loaded_header()->body_bytes == image_bytes - BOOT_IMAGE_HEADER_BYTES
                                      ? BOOT_IMAGE_OK
                                      : BOOT_IMAGE_BAD_SIZE;

    boot_gate_close(); /* judging answers at the gate; after recovery nothing passes it without a reset */
    if (fault == BOOT_IMAGE_OK) {
        fault = boot_loaded_judge(0);
    }
    if (fault == BOOT_IMAGE_OK) {
        fault = boot_loaded_judge(1);
    }
    boot_gate_close();
    *number = boot_loaded_header()->number;
    return fault;
}

static int install(void)
{
    return boot_install(boot_loaded_header(), (const uint8_t *)MAP_MICROVISOR_CODE);
}

_Noreturn void boot_serve(void)
{
    static const struct boot_recovery_world world = {
        .board = "mps2_an505",
        .image_bytes_max = BOOT_IMAGE_HEADER_BYTES + MAP_MICROVISOR_CODE_BYTES,
        .say = boot_console_text,
        .keep = boot_loaded_keep,
        .judge = judge,
        .install = install,
    };
    static struct boot_recovery recovery;

    boot_console_listen();
    power_watchdog_start(SERVE_SILENCE_MS);
    boot_recovery_start(&recovery, &world);
    boot_recovery_announce(&recovery);
    while (!recovery.installed) {
        if (boot_recovery_take(&recovery, boot_console_wait())) {
            port_watchdog_kick();
        }
    }
    boot_console_flush();
    power_reset(POWER_REASON_RESTART);
}
