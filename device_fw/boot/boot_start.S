/* SPDX-License-Identifier: Apache-2.0 */
/* Vector table, C start-up and the jump of boot0. */
    .syntax unified
    .thumb

    .section .vectors, "a"
    .global boot_vectors
boot_vectors:
    .word   boot_stack_top
    .word   boot_reset
    .word   boot_watchdog           /* NMI */
    .rept   13                      /* faults, system exceptions: no interrupt is ever enabled */
    .word   boot_fault
    .endr

    .section .text.boot_reset, "ax"
    .thumb_func
    .global boot_reset
    .type   boot_reset, %function
boot_reset:
    ldr     r0, =boot_stack_limit
    msr     msplim, r0
    ldr     r0, =boot_bss_start
    ldr     r1, =boot_bss_end
    movs    r2, #0
1:  cmp     r0, r1
    bhs     2f
    str     r2, [r0], #4
    b       1b
2:  bl      boot_main
    b       boot_fault

/* boot_jump(initial_sp, sealed_reset_handler): adds both chains of the gate to the handler's address, which gives it back when
 * they are what they must be (boot_gate.h), and leaves with the register state of a reset. What runs into this from above is
 * stopped. */
    .section .text.boot_jump, "ax"
    udf     #0
    udf     #0
    .thumb_func
    .global boot_jump
    .type   boot_jump, %function
boot_jump:
    ldr     r2, =boot_gate
    ldr     r3, [r2]
    add     r1, r1, r3
    ldr     r3, [r2, #4]
    add     r12, r1, r3
    dsb
    isb
    movs    r2, #0
    msr     msplim, r2
    msr     msp, r0
    mov     r0, r2
    mov     r1, r2
    mov     r3, r2
    mvn     lr, r2
    bx      r12
    udf     #0
