/* SPDX-License-Identifier: Apache-2.0 */
/* Vector table, C start-up and the jump of boot0. */
    .syntax unified
    .thumb

    .section .vectors, "a"
    .global boot_vectors
boot_vectors:
    .word   boot_stack_top
    .word   boot_reset
    .rept   14                      /* NMI, faults, system exceptions: no interrupt is ever enabled */
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

/* boot_jump(initial_sp, reset_handler): leaves with the register state of a reset. */
    .section .text.boot_jump, "ax"
    .thumb_func
    .global boot_jump
    .type   boot_jump, %function
boot_jump:
    dsb
    isb
    movs    r2, #0
    msr     msplim, r2
    msr     msp, r0
    mov     r12, r1
    mov     r0, r2
    mov     r1, r2
    mov     r3, r2
    mvn     lr, r2
    bx      r12
