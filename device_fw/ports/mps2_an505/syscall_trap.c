/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls as traps.
 *
 * The application calls a slot of the page at MAP_SYSCALL_PAGE like a function. The page is secure and holds
 * no gateway instruction, so the branch itself raises SecureFault (INVEP) before an instruction is executed;
 * its handler does the call on the exception frame and returns to the caller's lr.
 *
 * Why not gateway veneers (SG): after SG the core is in the secure state with non-secure interrupts still
 * open. One that comes then pushes a secure frame on the one secure stack; if the application's kernel
 * switches tasks and the second task is caught in the same place, the frames are popped in the wrong order
 * and the tasks swap registers. A trap has no such window: no secure stack ever holds anything of the
 * application's.
 *
 * Invariants
 *  T1 runs at the highest secure priority: neither the world switch nor any interrupt comes between;
 *  T2 registers other than r0, r12 and the program counter come back unchanged, and r12, which the ABI lets a call change,
 *     as 0, so nothing secure leaks;
 *  T3 an lr that is an EXC_RETURN (a handler whose last act was the call) is executed by the application
 *     itself;
 *  T4 a call that has to wait leaves the frame at the slot, so that it is made again by nothing but going on; its mark is
 *     in r12 meanwhile. What interrupts it there finds an ordinary place in the application to come back to.
 */
#include "ports/mps2_an505/syscall_trap.h"

#include "port/port_syscall.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/memory_map.h"
#include "ports/mps2_an505/ns_trampoline.h"
#include "ports/mps2_an505/world.h"

#define XPSR_T        (1u << 24)
#define LR_IS_SPECIAL 0xFE000000u /* FNC_RETURN and EXC_RETURN values lie above */

static struct ns_frame *calling; /* of the call that is being carried out (T1: there is one) */

uint32_t port_syscall_mark(void)
{
    return calling->r12;
}

void port_syscall_mark_set(uint32_t mark)
{
    calling->r12 = mark;
}

static void frame_return(struct ns_frame *frame)
{
    if (frame->lr >= LR_IS_SPECIAL) {
        frame->pc = TRAMPOLINE_BX_LR;
        return;
    }
    frame->pc = frame->lr & ~1u;
    frame->xpsr = (frame->lr & 1u) != 0 ? frame->xpsr | XPSR_T : frame->xpsr & ~XPSR_T;
}

bool syscall_trap_take(struct ns_frame *frame, uint32_t exc_return)
{
    uint32_t offset = frame->pc - MAP_SYSCALL_PAGE;

    if (offset >= PORT_SYSCALL_SLOTS * MAP_SYSCALL_SLOT_BYTES || offset % MAP_SYSCALL_SLOT_BYTES != 0) {
        return false;
    }
    const uint32_t args[4] = { frame->r0, frame->r1, frame->r2, frame->r3 };
    bool from_handler = (exc_return & EXC_RETURN_THREAD) == 0;
    calling = frame;
    uint32_t answer = port_syscall(offset / MAP_SYSCALL_SLOT_BYTES, args, from_handler);
    if (answer == PORT_SYSCALL_AGAIN) {
        world_yield();
        return true;
    }
    frame->r0 = answer;
    frame->r12 = 0;
    frame_return(frame);
    return true;
}
