/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up of the test application: vector table, RAM, choice of the scenario. */
#include "board/app/app.h"

extern uint32_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];

void (*volatile app_on_systick)(void);
void (*volatile app_on_irq)(uint32_t irq);

void Reset_Handler(void);
void app_main(void);
void tasks_switch(void);
void tasks_svc(void);

static void unhandled(void)
{
    RESULT[12] = 0xDEAD;
    app_spin();
}

static void systick(void)
{
    app_on_systick();
}

static void irq(void)
{
    uint32_t exception;

    __asm volatile("mrs %0, ipsr" : "=r"(exception));
    app_on_irq(exception - 16u);
}

/* The stack ends where the shared words begin. */
__attribute__((section(".vectors"), used)) static void (*const vectors[16 + 72])(void) = {
    (void (*)(void))(SHARED_BASE),
    Reset_Handler,
    [2 ... 10] = unhandled,
    [11] = tasks_svc,
    [12 ... 13] = unhandled,
    [14] = tasks_switch,
    [15] = systick,
    [16 ... 16 + 63] = unhandled,
    [16 + IRQ_LOW] = irq,
    [16 + IRQ_HIGH] = irq,
    [16 + IRQ_HIGH + 1 ... 16 + 71] = unhandled,
};

__attribute__((naked)) void Reset_Handler(void)
{
    __asm volatile("bl app_main\n b .");
}

#define SCENARIO_ENTRY(name) [SCENARIO_##name] = run_##name,
static void (*const scenarios[SCENARIO_COUNT])(void) = { SCENARIOS(SCENARIO_ENTRY) };

void app_main(void)
{
    const uint32_t *from = __data_load;

    for (uint32_t *to = __data_start; to < __data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = __bss_start; to < __bss_end;) {
        *to++ = 0;
    }
    SHARED[SHARED_STARTS]++;
    scenarios[SHARED[SHARED_SCENARIO]]();
    RESULT[13] = 0xE0D;
    app_spin();
}

void app_spin(void)
{
    for (;;) {
        __asm volatile("");
    }
}

void app_systick_start(uint32_t ticks)
{
    SYST_RVR = ticks - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
}

uint32_t app_call(uint32_t slot, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    uint32_t (*function)(uint32_t, uint32_t, uint32_t, uint32_t) =
        (uint32_t(*)(uint32_t, uint32_t, uint32_t, uint32_t))(SYSCALL_PAGE + 8u * slot + 1u);

    return function(a, b, c, d);
}
