/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduling of the two worlds.
 *
 *                 world_wake (interrupt, system call, alarm)
 *        +------------------------------------------------------+
 *        v                                                      |
 *   THREAD has work --world_sleep_until--> THREAD idle: application runs, or WFI when it may not
 *        |  ^
 *   tick |  | tick        (only while both want the core: slices of 1 ms)
 *        v  |
 *   application's slice
 *
 * Invariants
 *  W1 the thread runs with BASEPRI_S = 0x80, so no non-secure exception can be taken on top of secure code;
 *  W2 a switch happens in PendSV_S only, which is the lowest secure priority; critical sections of the thread
 *     raise BASEPRI_S to it, nothing else delays it but secure handlers, which are short;
 *  W3 an idle thread that is woken gets the core at once; a thread that is busy at the end of its slice gets it
 *     back after one slice of the application, however often it is woken meanwhile (packets do not starve the
 *     application), or earlier when the application waits for it (world_yield);
 *  W4 the application's slice is skipped while it sleeps in WFI with nothing pending, a bounded number of times
 *     in a row;
 *  W5 no tick runs while the thread is idle or the application may not run;
 *  W6 while the application runs, PSP_S and MSP_S are empty and sealed: nothing in the non-secure state can
 *     return into secure code.
 * Must not know why the application may or may not run (ns_app.c).
 */
#include "ports/mps2_an505/world.h"

#include "port/port_critical.h"
#include "ports/mps2_an505/alarm.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/ns_frame.h"

#define SLICE_US            1000u
#define SLEEPING_SKIPS_MAX  7u /* W4: then one slice is given on suspicion */
#define THREAD_STACK_WORDS  3072u
#define HANDLER_STACK_WORDS 1024u
#define SEALED_STACK_WORDS  4u

static uint32_t thread_stack[THREAD_STACK_WORDS] __attribute__((aligned(8), section(".stack.thread")));
static uint32_t handler_stack[HANDLER_STACK_WORDS] __attribute__((aligned(8), section(".stack.handler")));
/* PSP_S while the application runs: nothing but the seal. */
static uint32_t sealed_stack[SEALED_STACK_WORDS] __attribute__((aligned(8)));

static struct world_context thread_context;
static struct world_context app_context;
struct world_context *volatile world_current = &thread_context;

static volatile bool thread_ready = true;
static volatile bool wake_pending;
static volatile bool app_allowed;
static volatile bool slice_is_app;
static bool app_asleep; /* it was in WFI when it last lost the core */
static uint32_t sleeping_skips;

struct world_context *world_pick(void);
void world_tick(void);
_Noreturn void world_thread_start(void (*body)(void), uint32_t psp, uint32_t psplim, uint32_t msp);

static uint32_t stack_seal(uint32_t *stack, uint32_t words)
{
    stack[words - 1] = STACK_SEAL;
    stack[words - 2] = STACK_SEAL;
    return (uint32_t)&stack[words - 2];
}

void world_thread_enter(void (*body)(void))
{
    uint32_t psp = stack_seal(thread_stack, THREAD_STACK_WORDS);
    uint32_t msp = stack_seal(handler_stack, HANDLER_STACK_WORDS);

    app_context.psp = stack_seal(sealed_stack, SEALED_STACK_WORDS);
    app_context.psplim = (uint32_t)sealed_stack;
    REG8(SCB_SHPR(14)) = PRIO_SWITCH;
    REG8(SCB_SHPR(15)) = PRIO_IRQ;
    __asm volatile("msr msplim, %0" ::"r"(handler_stack));
    world_thread_start(body, psp, (uint32_t)thread_stack, msp);
}

static void switch_pend(void)
{
    REG32(SCB_ICSR) = ICSR_PENDSVSET;
    board_barrier();
}

static void tick_start(void)
{
    REG32(SYST_RVR) = BOARD_CLOCK_HZ / 1000000u * SLICE_US - 1;
    REG32(SYST_CVR) = 0;
    REG32(SYST_CSR) = SYST_CORECLK | SYST_TICKINT | SYST_ENABLE;
}

static void tick_stop(void)
{
    REG32(SYST_CSR) = SYST_CORECLK;
    REG32(SCB_ICSR) = ICSR_PENDSTCLR;
}

/* Called by the switch, with everything of the interrupted context saved. */
struct world_context *world_pick(void)
{
    bool run_app = app_allowed && (!thread_ready || slice_is_app);
    struct world_context *next = run_app ? &app_context : &thread_context;

    if (next != world_current && !run_app) {
        app_asleep = ns_frame_is_in_wfi(app_context.exc_return);
    }
    world_current = next;
    return next;
}

static bool app_wants_core(void)
{
    if (!app_asleep || ns_frame_irq_is_pending() || ++sleeping_skips > SLEEPING_SKIPS_MAX) {
        sleeping_skips = 0;
        return true;
    }
    return false;
}

/* SysTick_S: end of a slice. */
void world_tick(void)
{
    slice_is_app = !slice_is_app && app_wants_core();
    switch_pend();
}

void world_wake(void)
{
    uint32_t lock = board_irq_lock();

    wake_pending = true;
    if (!thread_ready) {
        thread_ready = true;
        slice_is_app = false;
        if (app_allowed) {
            tick_start();
        }
        switch_pend();
    }
    board_irq_unlock(lock);
}

void world_yield(void)
{
    uint32_t lock = board_irq_lock();

    world_wake();
    if (slice_is_app) {
        slice_is_app = false;
        tick_start(); /* of the thread's slice */
        switch_pend();
    }
    board_irq_unlock(lock);
}

static void core_give_away(void)
{
    if (!app_allowed) {
        __asm volatile("dsb\n wfi" ::: "memory");
        return;
    }
    tick_stop();
    thread_ready = false;
    slice_is_app = false;
    sleeping_skips = 0;
    switch_pend();
}

void world_sleep_until(uint64_t deadline_us)
{
    bool armed = alarm_set(deadline_us);

    for (bool woken = !armed; !woken;) {
        uint32_t lock = board_irq_lock();
        if (wake_pending) {
            woken = true;
        } else {
            core_give_away();
        }
        board_irq_unlock(lock); /* the switch, or the interrupt that ended WFI, is taken here */
    }
    wake_pending = false;
    alarm_clear();
}

void world_app_allow(bool runnable)
{
    uint32_t lock = board_irq_lock();

    app_allowed = runnable;
    slice_is_app = false;
    if (runnable && thread_ready) {
        tick_start();
    } else {
        tick_stop();
    }
    if (!runnable && world_app_is_current()) {
        switch_pend();
    }
    board_irq_unlock(lock);
}

bool world_app_is_allowed(void)
{
    return app_allowed;
}

bool world_app_is_current(void)
{
    return world_current == &app_context;
}

void world_app_resume_at(uint32_t exc_return)
{
    app_context.basepri = 0;
    app_context.exc_return = exc_return;
    for (uint32_t i = 0; i < 8; i++) {
        app_context.r4_r11[i] = 0;
    }
    app_asleep = false;
}

uint32_t world_app_exc_return(void)
{
    return app_context.exc_return;
}

const uint32_t *world_app_r4_r11(void)
{
    return app_context.r4_r11;
}

const uint32_t *world_thread_frame(const uint32_t **r4_r11)
{
    *r4_r11 = thread_context.r4_r11;
    return (const uint32_t *)thread_context.psp;
}

/* End of the stack if [address, address + bytes) lies in it, else 0. */
static uint32_t stack_end(const uint32_t *stack, uint32_t words, uint32_t address, uint32_t bytes)
{
    uint32_t start = (uint32_t)stack;
    uint32_t end = (uint32_t)&stack[words - 2];

    return address >= start && address <= end && bytes <= end - address ? end : 0;
}

uint32_t world_stack_end(uint32_t address, uint32_t bytes)
{
    uint32_t end = stack_end(thread_stack, THREAD_STACK_WORDS, address, bytes);

    if (end == 0) {
        end = stack_end(handler_stack, HANDLER_STACK_WORDS, address, bytes);
    }
    return address % sizeof(uint32_t) == 0 ? end : 0;
}

/* In a system call the sections are already whole, and BASEPRI_S must stay the application's. */
void port_critical_enter(void)
{
    if (world_app_is_current()) {
        return;
    }
    __asm volatile("msr basepri, %0\n isb" ::"r"(PRIO_SWITCH) : "memory");
}

void port_critical_leave(void)
{
    if (world_app_is_current()) {
        return;
    }
    __asm volatile("msr basepri, %0\n isb" ::"r"(PRIO_APP_MASK) : "memory");
}

void port_wake(void)
{
    world_wake();
}
