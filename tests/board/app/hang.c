/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of applications that hold the core as hard as they can, and of what a restart must clean up. */
#include "board/app/app.h"

void run_hang_masked(void)
{
    RESULT[0] = 1;
    __asm volatile("cpsid i\n b .");
}

void run_hang_faultmask(void)
{
    RESULT[0] = 1;
    __asm volatile("msr basepri, %0\n cpsid f\n cpsid i\n b ." ::"r"(1));
}

static void hang_tick(void)
{
    RESULT[0]++;
    __asm volatile("cpsid f\n cpsid i");
    app_spin();
}

void run_hang_systick(void)
{
    SCB_SHPR(15) = 0;
    app_on_systick = hang_tick;
    app_systick_start(2000);
    app_spin();
}

static void nest_irq(uint32_t irq)
{
    RESULT[irq - IRQ_LOW]++;
    if (irq == IRQ_LOW) {
        NVIC_ISPR(2) = 2;
    }
    app_spin();
}

static void nest_start(void)
{
    NVIC_IPR(IRQ_LOW) = 0x80;
    NVIC_IPR(IRQ_HIGH) = 0x40;
    app_on_irq = nest_irq;
    NVIC_ISER(2) = 3;
    NVIC_ISPR(2) = 1;
    app_spin();
}

void run_hang_nested(void)
{
    nest_start();
}

void run_hang_call_loop(void)
{
    RESULT[0] = 1;
    __asm volatile("ldr r12, =0x101fe009\n mov lr, r12\n bx r12" ::: "lr", "r12");
}

static void tick_ignore(void)
{
}

void run_dirty(void)
{
    MPU_RNR = 1;
    MPU_RBAR = 0x28200001u;
    MPU_RLAR = 0x2827FFE1u;
    MPU_CTRL = 5; /* with the default map for privileged code */
    SCB_VTOR = TABLE;
    for (uint32_t i = 0; i < 88; i++) {
        WORD(TABLE + 4u * i) = WORD(0x00200000u + 4u * i);
    }
    SCB_SCR = 2; /* sleep on exit */
    SCB_SHCSR = 7u << 16;
    SCB_CPACR = 0xFu << 20;
    SCB_AIRCR = 0x05FA0300u;
    SCB_SHPR(11) = 0x60;
    app_on_systick = tick_ignore;
    app_systick_start(20000);
    __asm volatile("msr basepri, %0\n msr psp, %1\n msr psplim, %1\n" ::"r"(0xE0), "r"(0x28201000));
    WORD(0x40201008u) = 1;
    nest_start();
}

/* A bit per thing that is not as after a reset. */
void run_clean(void)
{
    uint32_t primask, basepri, faultmask, control, psplim, msplim, ipsr;

    __asm volatile(
        "mrs %0, primask\n mrs %1, basepri\n mrs %2, faultmask\n mrs %3, control\n mrs %4, psplim\n"
        "mrs %5, msplim\n mrs %6, ipsr"
        : "=r"(primask), "=r"(basepri), "=r"(faultmask), "=r"(control), "=r"(psplim), "=r"(msplim),
          "=r"(ipsr));
    uint32_t dirty = (primask | basepri | faultmask | psplim | msplim | ipsr) != 0 ? 1u : 0;
    dirty |= (control & 3u) != 0 ? 2u : 0;
    MPU_RNR = 1;
    dirty |= MPU_CTRL != 0 || MPU_RLAR != 0 ? 4u : 0;
    dirty |= (SYST_CSR & 3u) != 0 ? 8u : 0;
    dirty |= (NVIC_ISER(1) | NVIC_ISER(2) | NVIC_ISPR(2) | NVIC_IABR(2)) != 0 ? 16u : 0;
    dirty |= SCB_SHCSR != 0 ? 32u : 0;
    dirty |= SCB_VTOR != 0x00200000u || SCB_SCR != 0 ? 64u : 0;
    dirty |= (SCB_AIRCR & 0x700u) != 0 || SCB_SHPR(11) != 0 || NVIC_IPR(IRQ_LOW) != 0 ? 128u : 0;
    dirty |= SCB_CPACR != 0 || WORD(0x40201008u) != 0 ? 256u : 0;
    RESULT[0] = dirty;
    RESULT[1] = 1;
    for (;;) {
        RESULT[2]++;
    }
}
