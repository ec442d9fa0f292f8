/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two worlds on one core: the microvisor's thread and the application, as two contexts of one switch.
 */
#ifndef MPS2_AN505_WORLD_H
#define MPS2_AN505_WORLD_H

#include <stdbool.h>
#include <stdint.h>

/* Layout known to world_switch.S. */
struct world_context {
    uint32_t psp;
    uint32_t psplim;
    uint32_t basepri;
    uint32_t exc_return;
    uint32_t r4_r11[8];
};

/* Leaves the reset stack for ever and runs body as the microvisor's thread: PSP, BASEPRI above the
 * application. */
_Noreturn void world_thread_enter(void (*body)(void));

/* The thread has work. Any secure context. */
void world_wake(void);

/* As world_wake, and the application has nothing to do until the thread has worked: its slice ends. System calls only. */
void world_yield(void);

/* Gives the core away until world_wake() or the time; returns at once when woken since the last sleep or when
 * the time has passed. Thread only, outside critical sections. */
void world_sleep_until(uint64_t deadline_us);

/* Whether the application gets the core. Thread, or the fault handler when it takes it away. */
void world_app_allow(bool runnable);
bool world_app_is_allowed(void);

/* True in exceptions that interrupted the application, false in those that interrupted the thread. */
bool world_app_is_current(void);

/* Where the application goes on at its next turn. Thread only. */
void world_app_resume_at(uint32_t exc_return);
uint32_t world_app_exc_return(void);

/* Its r4 to r11 when it last lost the core. Thread only. */
const uint32_t *world_app_r4_r11(void);

/* The thread as it last lost the core to the application: its exception frame, and r4 to r11. Fault handlers that have
 * interrupted the application. */
const uint32_t *world_thread_frame(const uint32_t **r4_r11);

/* End of the secure stack that [address, address + bytes) lies in, below its seal; 0: in none, or misaligned. */
uint32_t world_stack_end(uint32_t address, uint32_t bytes);

#endif
