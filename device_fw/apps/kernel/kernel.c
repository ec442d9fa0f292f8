/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A preemptive kernel in one file, as small as it can be while using all that an RTOS uses: SVC to enter it,
 * SysTick to keep time, PendSV to switch.
 *
 *   READY --chosen--> running --SysTick or SVC--> READY
 *     ^                  |
 *     |                  +--sleep--> SLEEPING --time--+
 *     |                  +--lock---> WAITING --unlock-+
 *     +-----------------------------------------------+
 *
 * Invariants:
 *  K1 state of the kernel changes in SVC_Handler, SysTick_Handler and PendSV_Handler only; all three have the
 * same priority, so none interrupts another; K2 a thread that does not run has r4 to r11 and its EXC_RETURN
 * on its stack below the processor's frame; K3 there is always a thread to run: number 0 only sleeps the
 * processor and never blocks.
 */
#include "kernel.h"

#include <stdbool.h>
#include <stddef.h>

#include "cortex_m33.h"

enum thread_state { THREAD_READY, THREAD_SLEEPING, THREAD_WAITING };

struct thread {
    uint32_t *stack_pointer;
    enum thread_state state;
    uint32_t wake_period;
    struct kernel_mutex *waits_for;
};

/* Frame that the processor pushes at an exception. */
struct frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/* Frame that PendSV_Handler pushes below it. */
struct saved {
    uint32_t r4_to_r11[8];
    uint32_t exc_return;
};

#define EXC_RETURN_THREAD 0xFFFFFFBCu /* non-secure thread, process stack, no floating point */
#define XPSR_THUMB        0x01000000u
#define SVC_START         0
#define SVC_SLEEP         1
#define SVC_LOCK          2
#define SVC_UNLOCK        3

static struct thread threads[KERNEL_THREADS_MAX];
static uint32_t thread_count;
static uint32_t current;
static volatile uint32_t periods;
static uint64_t idle_stack[KERNEL_STACK_MIN / 8];

void SVC_Handler(void);
void SysTick_Handler(void);
void PendSV_Handler(void);
uint32_t *kernel_switch(uint32_t *stack_pointer);
uint32_t *kernel_first(void);
void kernel_svc(struct frame *frame, uint32_t number);

static void idle(void)
{
    for (;;) {
        cortex_wait();
    }
}

/* A thread whose function returns has nowhere to go: a crash that the microvisor reports. */
static void thread_returned(void)
{
    __builtin_trap();
}

static void thread_set(struct thread *thread, void (*entry)(void), uint64_t *stack, uint32_t bytes)
{
    struct frame *frame = (struct frame *)(void *)((uint8_t *)stack + bytes) - 1;
    struct saved *saved = (struct saved *)(void *)frame - 1;

    *frame =
        (struct frame){ .pc = (uint32_t)entry & ~1u, .lr = (uint32_t)thread_returned, .xpsr = XPSR_THUMB };
    *saved = (struct saved){ .exc_return = EXC_RETURN_THREAD };
    *thread = (struct thread){ .stack_pointer = (uint32_t *)(void *)saved, .state = THREAD_READY };
}

int kernel_thread_add(void (*entry)(void), uint64_t *stack, uint32_t bytes)
{
    if (thread_count == 0) {
        thread_set(&threads[thread_count++], idle, idle_stack, sizeof idle_stack);
    }
    if (thread_count == KERNEL_THREADS_MAX || bytes < KERNEL_STACK_MIN) {
        return -1;
    }
    thread_set(&threads[thread_count++], entry, stack, bytes);
    return 0;
}

static void reschedule(void)
{
    SCB_ICSR = SCB_ICSR_PENDSVSET;
}

/* The next ready thread after the current one; the idle thread only when there is no other. */
static uint32_t choose(void)
{
    for (uint32_t i = 1; i <= thread_count; i++) {
        uint32_t candidate = (current + i) % thread_count;

        if (candidate != 0 && threads[candidate].state == THREAD_READY) {
            return candidate;
        }
    }
    return 0;
}

uint32_t *kernel_first(void)
{
    current = choose();
    return threads[current].stack_pointer;
}

uint32_t *kernel_switch(uint32_t *stack_pointer)
{
    threads[current].stack_pointer = stack_pointer;
    return kernel_first();
}

static void wake_sleepers(void)
{
    for (uint32_t i = 1; i < thread_count; i++) {
        if (threads[i].state == THREAD_SLEEPING && (int32_t)(periods - threads[i].wake_period) >= 0) {
            threads[i].state = THREAD_READY;
        }
    }
}

void SysTick_Handler(void)
{
    periods++;
    wake_sleepers();
    reschedule();
}

static void lock(struct kernel_mutex *mutex)
{
    if (mutex->owner == 0) {
        mutex->owner = current + 1;
        return;
    }
    threads[current].state = THREAD_WAITING;
    threads[current].waits_for = mutex;
    reschedule();
}

/* Hands the mutex to the thread that comes next in turn, so that nobody starves. */
static void unlock(struct kernel_mutex *mutex)
{
    mutex->owner = 0;
    for (uint32_t i = 1; i < thread_count; i++) {
        uint32_t candidate = (current + i) % thread_count;

        if (threads[candidate].state == THREAD_WAITING && threads[candidate].waits_for == mutex) {
            threads[candidate].state = THREAD_READY;
            mutex->owner = candidate + 1;
            return;
        }
    }
}

void kernel_svc(struct frame *frame, uint32_t number)
{
    switch (number) {
    case SVC_SLEEP:
        threads[current].state = THREAD_SLEEPING;
        threads[current].wake_period = periods + frame->r0;
        reschedule();
        break;
    case SVC_LOCK:
        lock((struct kernel_mutex *)frame->r0);
        break;
    case SVC_UNLOCK:
        unlock((struct kernel_mutex *)frame->r0);
        break;
    default:
        __builtin_trap();
    }
}

/* Saves what the processor has not, switches, restores (K2). */
__attribute__((naked)) void PendSV_Handler(void)
{
    __asm volatile("mrs   r0, psp              \n"
                   "mov   r3, lr               \n"
                   "stmdb r0!, {r3}            \n"
                   "stmdb r0!, {r4-r11}        \n"
                   "bl    kernel_switch        \n"
                   "ldmia r0!, {r4-r11}        \n"
                   "ldmia r0!, {r3}            \n"
                   "msr   psp, r0              \n"
                   "bx    r3                   \n");
}

/* svc 0 comes from main on the main stack and starts the first thread; the others come from threads. The
 * number is in the instruction before the return address. */
__attribute__((naked)) void SVC_Handler(void)
{
    __asm volatile("tst   lr, #4               \n"
                   "beq   1f                   \n"
                   "mrs   r0, psp              \n"
                   "ldr   r1, [r0, #24]        \n"
                   "ldrb  r1, [r1, #-2]        \n"
                   "b     kernel_svc           \n"
                   "1:                         \n"
                   "bl    kernel_first         \n"
                   "ldmia r0!, {r4-r11}        \n"
                   "ldmia r0!, {r3}            \n"
                   "msr   psp, r0              \n"
                   "bx    r3                   \n");
}

void kernel_start(uint32_t period_ticks)
{
    SCB_SHPR2 = 0xe0000000u; /* K1: SVC, PendSV and SysTick at one priority, below every interrupt */
    SCB_SHPR3 = 0xe0e00000u;
    cortex_systick_start(period_ticks);
    __asm volatile("svc %0" ::"i"(SVC_START) : "memory");
    __builtin_unreachable();
}

void kernel_sleep(uint32_t for_periods)
{
    register uint32_t r0 __asm("r0") = for_periods;

    __asm volatile("svc %1" : "+r"(r0) : "i"(SVC_SLEEP) : "memory");
}

void kernel_lock(struct kernel_mutex *mutex)
{
    register struct kernel_mutex *r0 __asm("r0") = mutex;

    __asm volatile("svc %1" : "+r"(r0) : "i"(SVC_LOCK) : "memory");
}

void kernel_unlock(struct kernel_mutex *mutex)
{
    register struct kernel_mutex *r0 __asm("r0") = mutex;

    __asm volatile("svc %1" : "+r"(r0) : "i"(SVC_UNLOCK) : "memory");
}

uint32_t kernel_periods(void)
{
    return periods;
}
