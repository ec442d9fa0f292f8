/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world switch, and the way into the microvisor's thread.
 *
 * Every secure handler runs to its end on MSP_S before PendSV_S, the lowest secure priority, is taken. So MSP_S is at its
 * base at each switch and belongs to no context. All non-secure banked state stays in the core: only r4 to r11 need
 * saving, because the hardware leaves them alone when it goes from non-secure to secure.
 */
#define PRIO_APP_MASK 0x80 /* board_regs.h */
    .syntax unified
    .thumb

    .section .text.world_switch, "ax"
    .thumb_func
    .global world_switch
    .type   world_switch, %function
world_switch:
    ldr     r0, =world_current
    ldr     r1, [r0]
    mrs     r2, psp
    mrs     r3, psplim
    stmia   r1!, {r2, r3}
    mrs     r2, basepri
    mov     r3, lr
    stmia   r1!, {r2, r3}
    stmia   r1!, {r4-r11}
    bl      world_pick              /* r0 = context to run */
    movs    r1, #0
    ldmia   r0!, {r2, r3}
    msr     psplim, r1
    msr     psp, r2
    msr     psplim, r3
    ldmia   r0!, {r2, r3}
    msr     basepri, r2
    mov     lr, r3
    ldmia   r0!, {r4-r11}
    bx      lr

/* world_thread_start(body, psp, psplim, msp) */
    .section .text.world_thread_start, "ax"
    .thumb_func
    .global world_thread_start
    .type   world_thread_start, %function
world_thread_start:
    movs    r4, #PRIO_APP_MASK
    msr     basepri, r4
    msr     psp, r1
    msr     psplim, r2
    movs    r4, #2                  /* SPSEL */
    mrs     r5, control
    orrs    r5, r4
    msr     control, r5
    isb
    msr     msp, r3
    cpsie   i
    blx     r0
1:  b       1b
