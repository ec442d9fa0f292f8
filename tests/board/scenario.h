/* SPDX-License-Identifier: Apache-2.0 */
/* What the test application can do, one name per scenario, shared by the application and the board's
 * self-test image. */
#ifndef SCENARIO_H
#define SCENARIO_H

#define SCENARIOS(X)                                                                                         \
    X(calls)         /* system calls from thread and handler, registers kept */                              \
    X(wait)          /* system calls that wait for the thread, interrupts masked or not */                   \
    X(tail_call)     /* a handler whose last act is a system call */                                         \
    X(tasks)         /* preemptive kernel: two tasks in system calls all the time */                         \
    X(busy)          /* counts */                                                                            \
    X(sleeper)       /* WFI, woken by its SysTick */                                                         \
    X(sleep_forever) /* WFI with nothing that could wake it */                                               \
    X(fpu)           /* counts with all FPU registers in use */                                              \
    X(read_secure)                                                                                           \
    X(write_flash)                                                                                           \
    X(read_uart0) /* a peripheral that is not its own: reads as zero */                                      \
    X(read_unmapped)                                                                                         \
    X(jump_secure)                                                                                           \
    X(jump_slot_middle)                                                                                      \
    X(jump_slot_after)                                                                                       \
    X(stack_secure)                                                                                          \
    X(stack_periph)                                                                                          \
    X(vtor_secure)                                                                                           \
    X(undefined)                                                                                             \
    X(breakpoint)                                                                                            \
    X(bus_hole)                                                                                              \
    X(svc_unhandled_masked)                                                                                  \
    X(fnc_return)                                                                                            \
    X(fnc_return_handler)                                                                                    \
    X(call_lr_fnc_return)                                                                                    \
    X(call_lr_exc_return)                                                                                    \
    X(call_lr_secure)                                                                                        \
    X(exc_return_secure)                                                                                     \
    X(exc_return_es)                                                                                         \
    X(exc_return_reserved)                                                                                   \
    X(lockup_attempt)                                                                                        \
    X(reset_request)                                                                                         \
    X(hang_masked)                                                                                           \
    X(hang_faultmask)                                                                                        \
    X(hang_systick)                                                                                          \
    X(hang_nested)                                                                                           \
    X(hang_call_loop) /* a system call that returns to itself */                                             \
    X(dirty)          /* changes every register that a restart must put back, then hangs in a handler */     \
    X(clean)          /* reports what of that is left */                                                     \
    X(pend)           /* waits for interrupts that the microvisor pends */                                   \
    X(registers)      /* known values in all registers and on the stack, then a fault */                     \
    X(registers_fpu)  /* likewise with FPU registers in the frame */                                         \
    X(registers_loop) /* likewise, no fault */                                                               \
    X(registers_edge) /* likewise, at the end of its RAM */

#define SCENARIO_ENUM(name) SCENARIO_##name,
enum scenario { SCENARIOS(SCENARIO_ENUM) SCENARIO_COUNT };

/* Words in the application's RAM, just below its stack's end. */
#define SHARED_BASE  0x2827F000u
#define SHARED_WORDS 16u
enum shared_word { SHARED_SCENARIO, SHARED_STARTS, SHARED_RESULT }; /* results from the third on */

/* System calls of the self-test image. */
enum test_call {
    TEST_CALL_SUM = 0,    /* a + b + c + d */
    TEST_CALL_POST = 1,   /* counts */
    TEST_CALL_SLOW = 2,   /* spins a rounds */
    TEST_CALL_COPY = 3,   /* copies 16 bytes from a to b: 0, or 2 when refused */
    TEST_CALL_ORIGIN = 4, /* 1 when called from a handler */
    TEST_CALL_WAIT = 5,   /* waits until the thread had a turns, then b + c + d */
    TEST_CALL_LAST = 73   /* the last slot: returns its number */
};

#endif
