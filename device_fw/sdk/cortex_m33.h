/* SPDX-License-Identifier: Apache-2.0 */
/* The processor's own peripherals as an application sees them (Armv8-M Architecture Reference Manual, B11 and
 * D1). */
#ifndef CORTEX_M33_H
#define CORTEX_M33_H

#include <stdint.h>

#define CORTEX_REGISTER(address) (*(volatile uint32_t *)(address))

/* SysTick: a 24-bit down counter at the frequency of mvGetHClk. */
#define SYSTICK_CSR           CORTEX_REGISTER(0xE000E010)
#define SYSTICK_RVR           CORTEX_REGISTER(0xE000E014)
#define SYSTICK_CVR           CORTEX_REGISTER(0xE000E018)
#define SYSTICK_CSR_ENABLE    (1u << 0)
#define SYSTICK_CSR_INTERRUPT (1u << 1)
#define SYSTICK_CSR_CPU_CLOCK (1u << 2)
#define SYSTICK_TICKS_MAX     0x1000000u

/* System control block. */
#define SCB_ICSR           CORTEX_REGISTER(0xE000ED04)
#define SCB_ICSR_PENDSVSET (1u << 28)
#define SCB_SHPR2          CORTEX_REGISTER(0xE000ED1C) /* SVC in bits 31:24 */
#define SCB_SHPR3          CORTEX_REGISTER(0xE000ED20) /* SysTick in bits 31:24, PendSV in bits 23:16 */

/* Interrupt controller, 32 interrupts per register. */
#define NVIC_ISER(n) CORTEX_REGISTER(0xE000E100 + 4 * (n))
#define NVIC_ICER(n) CORTEX_REGISTER(0xE000E180 + 4 * (n))

static inline void cortex_irq_enable(uint32_t irq)
{
    NVIC_ISER(irq / 32) = 1u << (irq % 32);
}

static inline void cortex_wait(void)
{
    __asm volatile("wfi" ::: "memory");
}

static inline void cortex_irqs_off(void)
{
    __asm volatile("cpsid i" ::: "memory");
}

static inline void cortex_irqs_on(void)
{
    __asm volatile("cpsie i" ::: "memory");
}

/* Interrupts every period_ticks clocks (at most SYSTICK_TICKS_MAX): SysTick_Handler. */
static inline void cortex_systick_start(uint32_t period_ticks)
{
    SYSTICK_RVR = period_ticks - 1;
    SYSTICK_CVR = 0;
    SYSTICK_CSR = SYSTICK_CSR_ENABLE | SYSTICK_CSR_INTERRUPT | SYSTICK_CSR_CPU_CLOCK;
}

#endif
