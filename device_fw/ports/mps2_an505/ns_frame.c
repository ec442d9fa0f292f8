/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and judging the application's exception frame. Must not change anything. */
#include "ports/mps2_an505/ns_frame.h"

#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/isolation.h"
#include "ports/mps2_an505/memory_map.h"

#include <stddef.h>
#include <string.h>

#define CONTROL_SPSEL 2u
#define INSN_WFI      0xBF30u

#define FRAME_FPU_BYTES 72u /* S0 to S15, FPSCR and a reserved word above the frame */

static bool range_is_in(uint32_t address, uint32_t len, uint32_t base, uint32_t bytes)
{
    return address >= base && len <= bytes && address - base <= bytes - len;
}

bool ns_window_is_code(uint32_t address, uint32_t len)
{
    return range_is_in(address, len, MAP_APP_CODE, MAP_APP_CODE_BYTES);
}

bool ns_window_is_ram(uint32_t address, uint32_t len)
{
    return range_is_in(address, len, MAP_APP_RAM, MAP_APP_RAM_BYTES);
}

static uint32_t app_stack_pointer(uint32_t exc_return)
{
    uint32_t control, sp;

    __asm volatile("mrs %0, control_ns" : "=r"(control));
    if ((exc_return & EXC_RETURN_THREAD) != 0 && (control & CONTROL_SPSEL) != 0) {
        __asm volatile("mrs %0, psp_ns" : "=r"(sp));
    } else {
        __asm volatile("mrs %0, msp_ns" : "=r"(sp));
    }
    return sp;
}

struct ns_frame *ns_frame_get(uint32_t exc_return)
{
    uint32_t sp = app_stack_pointer(exc_return);
    bool good =
        (exc_return & EXC_RETURN_SECURE) == 0 && sp % 4 == 0 &&
        (ns_window_is_ram(sp, sizeof(struct ns_frame)) || ns_window_is_code(sp, sizeof(struct ns_frame)));

    return good ? (struct ns_frame *)sp : NULL;
}

/* The stack pointer before the frame was pushed. */
static uint32_t sp_before(uint32_t exc_return, const struct ns_frame *frame)
{
    return (uint32_t)(frame + 1) + ((exc_return & EXC_RETURN_STANDARD) != 0 ? 0 : FRAME_FPU_BYTES) +
           ((frame->xpsr & XPSR_PADDED) != 0 ? 4u : 0);
}

bool ns_frame_registers(uint32_t exc_return, const uint32_t r4_r11[8], struct port_fault *out)
{
    const struct ns_frame *frame = ns_frame_get(exc_return);

    memcpy(&out->r[4], r4_r11, 8 * sizeof(uint32_t));
    out->registers_known = true;
    out->sp = app_stack_pointer(exc_return);
    if (frame == NULL) {
        return false;
    }
    memcpy(out->r, frame, 4 * sizeof(uint32_t));
    out->r[12] = frame->r12;
    out->sp = sp_before(exc_return, frame);
    out->lr = frame->lr;
    out->pc = frame->pc;
    out->xpsr = frame->xpsr;
    return true;
}

bool ns_frame_is_in_wfi(uint32_t exc_return)
{
    const struct ns_frame *frame = ns_frame_get(exc_return);

    if (frame == NULL) {
        return false;
    }
    uint32_t before = frame->pc - 2u;
    return before % 2 == 0 && (ns_window_is_code(before, 2) || ns_window_is_ram(before, 2)) &&
           *(const volatile uint16_t *)before == INSN_WFI;
}

bool ns_frame_irq_is_pending(void)
{
    uint32_t pending = REG32(SCB_ICSR + SCS_NS) & (ICSR_PENDSVSET | ICSR_PENDSTSET);

    for (uint32_t word = 0; word < IRQ_WORDS; word++) {
        pending |= REG32(NVIC_ISPR(word)) & REG32(NVIC_ISER(word)) & isolation_app_irqs(word);
    }
    return pending != 0;
}
