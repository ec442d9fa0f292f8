/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two preemptive tasks on PSP that make system calls all the time, switched by PendSV on every SysTick. Each
 * keeps a pattern of its own in registers across the call; a switch in an unlucky place must not mix them.
 */
#include "board/app/app.h"

#define TASK_WORDS 128u

static uint32_t stacks[2][TASK_WORDS] __attribute__((aligned(8)));
static uint32_t *stack_pointers[2];
static volatile uint32_t current;

void tasks_switch(void);
void tasks_svc(void);
uint32_t *tasks_next(uint32_t *sp);
uint32_t *tasks_first(void);

__attribute__((naked)) void tasks_switch(void)
{
    __asm volatile("mrs r0, psp\n"
                   "stmdb r0!, {r4-r11, lr}\n"
                   "bl tasks_next\n"
                   "ldmia r0!, {r4-r11, lr}\n"
                   "msr psp, r0\n"
                   "bx lr");
}

__attribute__((used)) uint32_t *tasks_next(uint32_t *sp)
{
    stack_pointers[current] = sp;
    current ^= 1u;
    RESULT[3]++;
    return stack_pointers[current];
}

__attribute__((naked)) void tasks_svc(void)
{
    __asm volatile("bl tasks_first\n"
                   "ldmia r0!, {r4-r11, lr}\n"
                   "msr psp, r0\n"
                   "bx lr");
}

/* The tick starts here: earlier, the first one could come before there is a task to switch from. */
__attribute__((used)) uint32_t *tasks_first(void)
{
    app_systick_start(4000); /* 200 us */
    return stack_pointers[0];
}

/* Two tasks that have swapped all their registers still run on each other's stacks. */
static uint32_t stack_is_foreign(uint32_t which)
{
    uint32_t sp;

    __asm volatile("mov %0, sp" : "=r"(sp));
    return sp < (uint32_t)stacks[which] || sp > (uint32_t)&stacks[which][TASK_WORDS];
}

/* Result: how often the sum, which the call computes from registers, or the stack was not this task's. */
static void task(uint32_t which)
{
    for (uint32_t i = 0;; i++) {
        uint32_t a = which * 0x01000000u + i;
        uint32_t sum = app_call(TEST_CALL_SUM, a, which, 7, 0);
        RESULT[4 + which] += (sum != a + which + 7u) + stack_is_foreign(which);
        RESULT[which]++;
    }
}

static void task_0(void)
{
    task(0);
}

static void task_1(void)
{
    task(1);
}

static void tick(void)
{
    SCB_ICSR = 1u << 28;
}

static uint32_t *stack_prepare(uint32_t *stack, void (*entry)(void))
{
    uint32_t *sp = &stack[TASK_WORDS - 17];

    for (uint32_t i = 0; i < 17; i++) {
        sp[i] = 0;
    }
    sp[8] = 0xFFFFFFBCu; /* EXC_RETURN: non-secure thread on PSP */
    sp[15] = (uint32_t)entry & ~1u;
    sp[16] = 1u << 24;
    return sp;
}

void run_tasks(void)
{
    stack_pointers[0] = stack_prepare(stacks[0], task_0);
    stack_pointers[1] = stack_prepare(stacks[1], task_1);
    SCB_SHPR(14) = 0xFF;
    SCB_SHPR(15) = 0xE0;
    app_on_systick = tick;
    __asm volatile("svc 0");
}
