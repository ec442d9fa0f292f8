/* SPDX-License-Identifier: Apache-2.0 */
/* The device that updates its microvisor; see self_device_fake.h. */
#include "tests/unit/device/self_device_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sys/mv_abi.h"
#include "port/port_syscall.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

struct kernel_fake self_device_next, self_device_other;
struct bundle_fake self_device_app;
const struct kernel_fake *self_device_wanted;

const otr_MicrovisorStatus *self_device_status(void)
{
    return server_fake_microvisor_status();
}

static bool runs(const struct kernel_fake *kernel)
{
    return server_fake_connected() && server_fake_hello()->microvisor_number == kernel->header.number &&
           self_device_status()->confirmed && self_device_status()->phase == otr_UpdatePhase_UPDATE_IDLE &&
           self_device_status()->manifest_sha256.size == SHA256_BYTES &&
           memcmp(self_device_status()->manifest_sha256.bytes, kernel->manifest.sha256, SHA256_BYTES) == 0;
}

bool self_device_runs_wanted(void)
{
    return runs(self_device_wanted);
}

bool self_device_ready(void)
{
    return self_device_status()->phase == otr_UpdatePhase_UPDATE_READY;
}

bool self_device_idle(void)
{
    return server_fake_connected() && self_device_status()->phase == otr_UpdatePhase_UPDATE_IDLE;
}

/* Reported by the connection that is up. */
bool self_device_failed(void)
{
    return server_fake_connected() && self_device_status()->phase == otr_UpdatePhase_UPDATE_FAILED;
}

bool self_device_app_runs(void)
{
    return server_fake_connected() && server_fake_status()->state == otr_AppState_APP_RUNNING &&
           server_fake_status()->phase == otr_UpdatePhase_UPDATE_IDLE;
}

/* As a failed assertion: ends the program with the reason. */
static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n%s\n", what, board_fake_console());
    abort();
}

int self_device_new(void **state)
{
    (void)state;
    boot_fake_slots(BOOT_FAKE_SLOT_BYTES);
    device_fake_new(true, 1);
    kernel_fake_make(&self_device_next, SELF_DEVICE_NEXT, 0, KERNEL_FAKE_GOOD, BOOT_FAKE_IMAGE_BYTES);
    kernel_fake_make(&self_device_other, SELF_DEVICE_OTHER, 0, KERNEL_FAKE_GOOD, BOOT_FAKE_IMAGE_BYTES);
    bundle_fake_simple(&self_device_app, 1, 5 * BLOCK_BYTES, 0, true);
    must(device_fake_boot(), "the device does not start");
    self_device_reach(self_device_idle, 20000);
    return 0;
}

void self_device_sound(void)
{
    must(!server_fake_broken(), "the device broke the protocol");
    must(flash_fake_violation() == NULL, flash_fake_violation());
}

void self_device_reach(bool (*condition)(void), uint32_t limit_ms)
{
    must(device_fake_run(condition, limit_ms), "not reached");
    self_device_sound();
}

void self_device_update_to(const struct kernel_fake *kernel)
{
    self_device_wanted = kernel;
    server_fake_microvisor(kernel, true);
    self_device_reach(self_device_runs_wanted, 60000);
}

void self_device_run_app(void)
{
    server_fake_target(&self_device_app);
    self_device_reach(self_device_app_runs, 60000);
}

/* The application asks to be asked before updates. */
void self_device_listen(void)
{
    const struct mv_notification_setup setup = { NS_FAKE_IRQ_MIN, NS_FAKE_RAM + 1024, 64 };
    const uint32_t setup_args[4] = { NS_FAKE_RAM, NS_FAKE_RAM + 64 };
    struct mv_open_system_notification open = { 0, 7, MV_SOURCE_UPDATE };

    memcpy(ns_fake_ram(), &setup, sizeof(setup));
    must(port_syscall(MV_SLOT_SETUP_NOTIFICATIONS, setup_args, false) == MV_OKAY,
         "the application may not listen");
    memcpy(&open.notification_handle, ns_fake_ram() + 64, sizeof(uint32_t));
    memcpy(ns_fake_ram(), &open, sizeof(open));
    must(port_syscall(MV_SLOT_OPEN_SYSTEM_NOTIFICATION, setup_args, false) == MV_OKAY,
         "the application may not listen");
}

uint32_t self_device_slot_writes;

void self_device_count_slot_writes(enum port_flash_area area)
{
    self_device_slot_writes += area == PORT_FLASH_MICROVISOR_A || area == PORT_FLASH_MICROVISOR_B;
}
