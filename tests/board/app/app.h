/* SPDX-License-Identifier: Apache-2.0 */
/* The test application's small world: shared words, system calls, the non-secure core registers it plays
 * with. */
#ifndef TEST_APP_H
#define TEST_APP_H

#include <stdint.h>

#include "board/scenario.h"

#define SHARED ((volatile uint32_t *)SHARED_BASE)
#define RESULT (SHARED + SHARED_RESULT)

#define WORD(address) (*(volatile uint32_t *)(address))
#define BYTE(address) (*(volatile uint8_t *)(address))

#define SYST_CSR     WORD(0xE000E010u)
#define SYST_RVR     WORD(0xE000E014u)
#define SYST_CVR     WORD(0xE000E018u)
#define NVIC_ISER(n) WORD(0xE000E100u + 4u * (n))
#define NVIC_ISPR(n) WORD(0xE000E200u + 4u * (n))
#define NVIC_IABR(n) WORD(0xE000E300u + 4u * (n))
#define NVIC_IPR(n)  BYTE(0xE000E400u + (n))
#define SCB_ICSR     WORD(0xE000ED04u)
#define SCB_VTOR     WORD(0xE000ED08u)
#define SCB_AIRCR    WORD(0xE000ED0Cu)
#define SCB_SCR      WORD(0xE000ED10u)
#define SCB_SHPR(n)  BYTE(0xE000ED14u + (n))
#define SCB_SHCSR    WORD(0xE000ED24u)
#define SCB_CPACR    WORD(0xE000ED88u)
#define MPU_CTRL     WORD(0xE000ED94u)
#define MPU_RNR      WORD(0xE000ED98u)
#define MPU_RBAR     WORD(0xE000ED9Cu)
#define MPU_RLAR     WORD(0xE000EDA0u)

#define SYSCALL_PAGE 0x101FE000u
#define TABLE        0x28270000u /* room for a vector table in RAM */
#define IRQ_LOW      64u
#define IRQ_HIGH     65u

/* Handlers that the running scenario puts in. */
extern void (*volatile app_on_systick)(void);
extern void (*volatile app_on_irq)(uint32_t irq);
void app_systick_start(uint32_t ticks);

uint32_t app_call(uint32_t slot, uint32_t a, uint32_t b, uint32_t c, uint32_t d);

_Noreturn void app_spin(void);

#define SCENARIO_PROTOTYPE(name) void run_##name(void);
SCENARIOS(SCENARIO_PROTOTYPE)

#endif
