/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reset of the non-secure state without a reset of the core (property N4 of port_ns.h).
 *
 * System exceptions are deactivated by clearing SHCSR_NS. Interrupts that are active (the application was
 * stopped inside their handlers) have no such register: only an exception return in the non-secure state
 * deactivates them. So a start with k active interrupts builds k frames on the fresh stack, each "interrupted
 * in handler n at a bx lr", and the frame of the entry point below them; the application's first instructions
 * are k exception returns of ours.
 */
#include "ports/mps2_an505/ns_reset.h"

#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/isolation.h"
#include "ports/mps2_an505/ns_frame.h"
#include "ports/mps2_an505/ns_trampoline.h"
#include "ports/mps2_an505/world.h"

#include <arm_cmse.h>
#include <string.h>

#define ACTIVE_MAX            11u /* lines that belong to the application */
#define XPSR_T                (1u << 24)
#define LR_TO_HANDLER_NS      0xFFFFFFB0u /* EXC_RETURN: non-secure, to a handler, on MSP */
#define LR_TO_THREAD_NS       0xFFFFFFB8u /* likewise to thread mode */
#define EXCEPTION_OF_IRQ(irq) (16u + (irq))
#define CCR_STKALIGN          (1u << 9)

_Static_assert((ACTIVE_MAX + 1u) * sizeof(struct ns_frame) <= NS_RESET_STACK_BYTES, "room for the frames");

typedef void __attribute__((cmse_nonsecure_call)) ns_store_fn(uint32_t address, uint32_t value);

void ns_trampoline_write(void)
{
    volatile uint16_t *insn = (volatile uint16_t *)MAP_TRAMPOLINE;

    insn[0] = 0x4770; /* bx lr */
    insn[1] = 0x4770;
    insn[2] = 0x6001; /* str r1, [r0] */
    insn[3] = 0x4770;
    board_barrier();
}

/* The emulator refuses secure accesses to the non-secure SysTick by its alias (a guard against re-entrant
 * devices), so a store is done in the non-secure state. Nothing may push a frame on a stack that may be wild:
 * hence the lock. */
static void systick_stop(void)
{
    uint32_t lock = board_irq_lock();

    ns_trampoline_write();
    ((ns_store_fn *)cmse_nsfptr_create((ns_store_fn *)(TRAMPOLINE_STORE | 1u)))(SYST_CSR, 0);
    board_irq_unlock(lock);
}

static void special_registers_clear(void)
{
    __asm volatile("msr control_ns, %0\n"
                   "msr primask_ns, %0\n"
                   "msr basepri_ns, %0\n"
                   "msr faultmask_ns, %0\n"
                   "msr msplim_ns, %0\n"
                   "msr psplim_ns, %0\n"
                   "msr psp_ns, %0\n"
                   "isb" ::"r"(0));
}

static void mpu_clear(void)
{
    uint32_t regions = REG32(MPU_TYPE + SCS_NS) >> 8 & 0xFFu;

    REG32(MPU_CTRL + SCS_NS) = 0;
    for (uint32_t region = 0; region < regions; region++) {
        REG32(MPU_RNR + SCS_NS) = region;
        REG32(MPU_RBAR + SCS_NS) = 0;
        REG32(MPU_RLAR + SCS_NS) = 0;
    }
    REG32(MPU_RNR + SCS_NS) = 0;
    REG32(MPU_MAIR0 + SCS_NS) = 0;
    REG32(MPU_MAIR1 + SCS_NS) = 0;
}

static void system_block_clear(void)
{
    REG32(SCB_SHCSR + SCS_NS) = 0; /* enables and active bits */
    REG32(SCB_AIRCR + SCS_NS) = AIRCR_VECTKEY;
    REG32(SCB_SCR + SCS_NS) = 0;
    REG32(SCB_CCR + SCS_NS) = CCR_STKALIGN;
    for (uint32_t exception = 4; exception <= 15; exception++) {
        REG8(SCB_SHPR(exception) + SCS_NS) = 0;
    }
    REG32(SCB_CFSR + SCS_NS) = UINT32_MAX;
    REG32(SCB_HFSR + SCS_NS) = UINT32_MAX;
    REG32(SCB_DFSR + SCS_NS) = UINT32_MAX;
    REG32(SCB_CPACR + SCS_NS) = 0;
    REG32(FPU_FPCCR + SCS_NS) = FPCCR_ASPEN | FPCCR_LSPEN; /* no lazy frame of the old application is left */
    REG32(FPU_FPCAR + SCS_NS) = 0;
    REG32(FPU_FPDSCR + SCS_NS) = 0;
}

static void uart_reset(void)
{
    REG32(UART_CTRL(UART1_NS)) = 0;
    REG32(UART_INTCLEAR(UART1_NS)) = UART_INT_ALL;
    REG32(UART_BAUDDIV(UART1_NS)) = 0;
}

static void interrupts_clear(void)
{
    for (uint32_t word = 0; word < IRQ_WORDS; word++) {
        uint32_t lines = isolation_app_irqs(word);
        REG32(NVIC_ICER(word)) = lines;
        REG32(NVIC_ICPR(word)) = lines;
        for (; lines != 0; lines &= lines - 1u) {
            REG8(NVIC_IPR(32u * word + (uint32_t)__builtin_ctz(lines))) = 0;
        }
    }
    REG32(SCB_ICSR + SCS_NS) = ICSR_PENDSVCLR | ICSR_PENDSTCLR;
}

void ns_reset_quiesce(void)
{
    mpu_clear();
    special_registers_clear();
    systick_stop();
    uart_reset();
    interrupts_clear();
}

static uint32_t active_interrupts(uint32_t exceptions[ACTIVE_MAX])
{
    uint32_t count = 0;

    for (uint32_t word = 0; word < IRQ_WORDS; word++) {
        uint32_t active = REG32(NVIC_IABR(word)) & isolation_app_irqs(word);
        for (; active != 0 && count < ACTIVE_MAX; active &= active - 1u) {
            exceptions[count++] = EXCEPTION_OF_IRQ(32u * word + (uint32_t)__builtin_ctz(active));
        }
    }
    return count;
}

void ns_reset_start(uint32_t initial_sp, uint32_t entry)
{
    uint32_t exceptions[ACTIVE_MAX];
    uint32_t active = active_interrupts(exceptions);
    struct ns_frame *frame = (struct ns_frame *)(initial_sp - (active + 1u) * sizeof(*frame));

    ns_reset_quiesce();
    system_block_clear();
    ns_trampoline_write();
    REG32(SCB_VTOR + SCS_NS) = MAP_APP_CODE;
    memset(frame, 0, (active + 1u) * sizeof(*frame));
    __asm volatile("msr msp_ns, %0" ::"r"(frame));
    for (uint32_t i = 0; i < active; i++, frame++) {
        frame->lr = i + 1u < active ? LR_TO_HANDLER_NS : LR_TO_THREAD_NS;
        frame->pc = TRAMPOLINE_BX_LR;
        frame->xpsr = XPSR_T | exceptions[i];
    }
    frame->lr = UINT32_MAX;
    frame->pc = entry & ~1u;
    frame->xpsr = XPSR_T;
    world_app_resume_at(active != 0 ? EXC_RETURN_HANDLER_NS : EXC_RETURN_THREAD_NS);
}
