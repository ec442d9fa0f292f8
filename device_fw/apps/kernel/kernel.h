/* SPDX-License-Identifier: Apache-2.0 */
/* A small preemptive kernel: threads in turn, sleep, mutex. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>

#define KERNEL_THREADS_MAX 8u
#define KERNEL_STACK_MIN   512u /* bytes: two exception frames and a system call */

struct kernel_mutex {
    uint32_t owner; /* thread number + 1; 0 = free */
};

/* Adds a thread. stack is 8-aligned and bytes a multiple of 8. Only before kernel_start; 0 or -1 when there
 * are too many. */
int kernel_thread_add(void (*entry)(void), uint64_t *stack, uint32_t bytes);

/* Starts switching every period_ticks clocks. Does not return. */
_Noreturn void kernel_start(uint32_t period_ticks);

/* From threads only. Times are in periods. */
void kernel_sleep(uint32_t periods);
void kernel_lock(struct kernel_mutex *mutex);
void kernel_unlock(struct kernel_mutex *mutex);
uint32_t kernel_periods(void);

#endif
