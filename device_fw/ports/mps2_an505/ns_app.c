/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The application's life on this board: answers port_ns.h, whose diagram and properties N1 to N4 hold here.
 *
 * The application executes from a copy in SSRAM that port_ns_load fills; it can scribble on that copy, never
 * on the stored slot. All functions but ns_app_faulted run in the thread, so the application does not run
 * meanwhile.
 */
#include "ports/mps2_an505/ns_app.h"

#include "port/port_status.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/isolation.h"
#include "ports/mps2_an505/memory_map.h"
#include "ports/mps2_an505/ns_frame.h"
#include "ports/mps2_an505/ns_reset.h"
#include "ports/mps2_an505/world.h"

#include <string.h>

static volatile enum port_ns_state state;
static struct port_fault last_fault;
static bool unsettled;

int port_ns_load(uint32_t offset, const void *data, uint32_t len)
{
    if (state != PORT_NS_OFF || offset > MAP_APP_CODE_BYTES || len > MAP_APP_CODE_BYTES - offset) {
        return PORT_EINVAL;
    }
    memcpy((uint8_t *)MAP_APP_CODE + offset, data, len);
    return PORT_OK;
}

int port_ns_load_finish(uint32_t offset)
{
    if (state != PORT_NS_OFF || offset > MAP_APP_CODE_BYTES) {
        return PORT_EINVAL;
    }
    memset((uint8_t *)MAP_APP_CODE + offset, 0xFF, MAP_APP_CODE_BYTES - offset);
    board_barrier();
    return PORT_OK;
}

int port_ns_start(void)
{
    const uint32_t *vectors = (const uint32_t *)MAP_APP_CODE;
    uint32_t initial_sp = vectors[0];
    uint32_t entry = vectors[1];

    if (state != PORT_NS_OFF || initial_sp % 8 != 0 || (entry & 1u) == 0 ||
        !ns_window_is_code(entry - 1u, 2) ||
        !ns_window_is_ram(initial_sp - NS_RESET_STACK_BYTES, NS_RESET_STACK_BYTES)) {
        return PORT_EINVAL;
    }
    ns_reset_start(initial_sp, entry);
    state = PORT_NS_RUNNING;
    world_app_allow(true);
    return PORT_OK;
}

void port_ns_stop(bool wipe_ram)
{
    world_app_allow(false);
    state = PORT_NS_OFF;
    unsettled = false;
    ns_reset_quiesce();
    if (wipe_ram) {
        memset((uint8_t *)MAP_APP_RAM, 0, MAP_APP_RAM_BYTES);
    }
}

enum port_ns_state port_ns_state(void)
{
    return state;
}

int port_ns_fault(struct port_fault *out)
{
    if (state != PORT_NS_FAULTED) {
        return PORT_ENOENT;
    }
    *out = last_fault;
    return PORT_OK;
}

int port_ns_place(struct port_fault *out)
{
    *out = (struct port_fault){ 0 };
    if (state != PORT_NS_RUNNING || !ns_frame_registers(world_app_exc_return(), world_app_r4_r11(), out)) {
        return PORT_ENOENT;
    }
    return PORT_OK;
}

void ns_app_faulted(const struct port_fault *fault)
{
    last_fault = *fault;
    state = PORT_NS_FAULTED;
    unsettled = true;
    world_app_allow(false);
    world_wake();
}

void ns_app_settle(void)
{
    if (unsettled) {
        unsettled = false;
        ns_reset_quiesce();
    }
}

bool port_ns_readable(uint32_t address, uint32_t len)
{
    return ns_window_is_ram(address, len) || ns_window_is_code(address, len);
}

bool port_ns_writable(uint32_t address, uint32_t len)
{
    return ns_window_is_ram(address, len);
}

int port_ns_read(uint32_t address, void *buf, uint32_t len)
{
    if (!port_ns_readable(address, len)) {
        return PORT_EINVAL;
    }
    memcpy(buf, (const void *)address, len);
    return PORT_OK;
}

int port_ns_write(uint32_t address, const void *buf, uint32_t len)
{
    if (!port_ns_writable(address, len)) {
        return PORT_EINVAL;
    }
    memcpy((void *)address, buf, len);
    return PORT_OK;
}

bool port_ns_irq_valid(uint32_t irq)
{
    return irq < IRQ_LINES && (isolation_app_irqs(irq / 32u) >> (irq % 32u) & 1u) != 0;
}

int port_ns_irq_pend(uint32_t irq)
{
    if (!port_ns_irq_valid(irq)) {
        return PORT_EINVAL;
    }
    if (state == PORT_NS_RUNNING) {
        REG32(NVIC_ISPR(irq / 32u)) = 1u << (irq % 32u);
    }
    return PORT_OK;
}
