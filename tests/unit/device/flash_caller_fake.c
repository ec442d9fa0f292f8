/* SPDX-License-Identifier: Apache-2.0 */
/* The caller of external flash; see flash_caller_fake.h. */
#include "tests/unit/device/flash_caller_fake.h"

#include <string.h>

#include "core/sys/mv_abi.h"
#include "port/port_syscall.h"
#include "tests/unit/device/device_fake.h"

#define HANDLE   NS_FAKE_RAM
#define LIMIT_MS 5000u

static struct {
    uint32_t slot;
    uint32_t args[4];
    uint32_t mark, status;
} waiting;

uint8_t *flash_caller_fake_buffer(void)
{
    return ns_fake_ram() + (FLASH_CALLER_BUFFER - NS_FAKE_RAM);
}

/* Makes the call (again); has it been answered? */
static bool answered(void)
{
    ns_fake_call_mark(waiting.mark);
    waiting.status = port_syscall(waiting.slot, waiting.args, false);
    waiting.mark = port_syscall_mark();
    return waiting.status != PORT_SYSCALL_AGAIN;
}

uint32_t flash_caller_fake(uint32_t slot, uint32_t address, uint32_t length)
{
    const uint32_t handle[4] = { HANDLE };
    uint32_t status;

    ns_fake_call_mark(0);
    status = port_syscall(MV_SLOT_FLASH_OPEN, handle, false);
    if (status != MV_OKAY)
        return status;
    waiting.slot = slot;
    waiting.mark = 0;
    memcpy(waiting.args, (uint32_t[]){ 0, address, length, FLASH_CALLER_BUFFER }, sizeof(waiting.args));
    (void)port_ns_read(HANDLE, &waiting.args[0], sizeof(uint32_t));
    if (!device_fake_run(answered, LIMIT_MS))
        return UINT32_MAX;
    ns_fake_call_mark(0);
    (void)port_syscall(MV_SLOT_FLASH_CLOSE, handle, false);
    return waiting.status;
}
