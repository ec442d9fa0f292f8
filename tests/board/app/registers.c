/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios with known values in all registers and on the stack: r0 to r12 are 0x100 to 0x10C, lr is 0x10E, and the words
 * from sp upwards are r0 to r12 again. */
#include "board/app/app.h"

#define SET_REGISTERS                                                                                        \
    "movw r0, #0x100\n movw r1, #0x101\n movw r2, #0x102\n movw r3, #0x103\n movw r4, #0x104\n"              \
    "movw r5, #0x105\n movw r6, #0x106\n movw r7, #0x107\n movw r8, #0x108\n movw r9, #0x109\n"              \
    "movw r10, #0x10A\n movw r11, #0x10B\n movw r12, #0x10C\n movw lr, #0x10E\n"                             \
    "push {r0-r12}\n"

__attribute__((naked)) void run_registers(void)
{
    __asm volatile(SET_REGISTERS "udf #1");
}

/* The exception frame has room for FPU registers, and the stack is not aligned to it. */
__attribute__((naked)) void run_registers_fpu(void)
{
    __asm volatile("ldr r0, =0xE000ED88\n mov r1, #0xF00000\n str r1, [r0]\n dsb\n isb\n"
                   ".fpu fpv5-sp-d16\n vmov s0, r1\n push {r0}\n" SET_REGISTERS "udf #1\n"
                   ".ltorg");
}

__attribute__((naked)) void run_registers_loop(void)
{
    __asm volatile("ldr r0, =%0\n mov r1, #1\n str r1, [r0]\n" SET_REGISTERS "b .\n"
                   ".ltorg" ::"i"(RESULT));
}

/* Its stack ends where its RAM does: there is less to be read than was asked for. */
__attribute__((naked)) void run_registers_edge(void)
{
    __asm volatile("ldr sp, =0x28280000\n" SET_REGISTERS "udf #1\n"
                   ".ltorg");
}
