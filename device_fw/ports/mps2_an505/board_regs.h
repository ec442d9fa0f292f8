/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of the core and the board that this port uses, by their secure aliases.
 *
 * Sources: Armv8-M Architecture Reference Manual (DDI0553) sections B and D1; Arm CoreLink SSE-200 (security
 * controller, MPC, PPC); AN505 (board memory map, interrupts); CMSDK r1 (UART, timer, watchdog).
 */
#ifndef MPS2_AN505_BOARD_REGS_H
#define MPS2_AN505_BOARD_REGS_H

#include <stdint.h>

#define REG32(address) (*(volatile uint32_t *)(address))
#define REG8(address)  (*(volatile uint8_t *)(address))

#define BOARD_CLOCK_HZ 20000000u

/* System control space of the current (secure) state; + SCS_NS for the non-secure bank. */
#define SCS_NS       0x20000u
#define SYST_CSR     0xE000E010u
#define SYST_RVR     0xE000E014u
#define SYST_CVR     0xE000E018u
#define NVIC_ISER(n) (0xE000E100u + 4u * (n))
#define NVIC_ICER(n) (0xE000E180u + 4u * (n))
#define NVIC_ISPR(n) (0xE000E200u + 4u * (n))
#define NVIC_ICPR(n) (0xE000E280u + 4u * (n))
#define NVIC_IABR(n) (0xE000E300u + 4u * (n))
#define NVIC_ITNS(n) (0xE000E380u + 4u * (n))
#define NVIC_IPR(n)  (0xE000E400u + (n)) /* one byte each */
#define SCB_ICSR     0xE000ED04u
#define SCB_VTOR     0xE000ED08u
#define SCB_AIRCR    0xE000ED0Cu
#define SCB_SCR      0xE000ED10u
#define SCB_CCR      0xE000ED14u
#define SCB_SHPR(n)  (0xE000ED14u + (n)) /* n = exception number, 4 to 15; one byte each */
#define SCB_SHCSR    0xE000ED24u
#define SCB_CFSR     0xE000ED28u
#define SCB_HFSR     0xE000ED2Cu
#define SCB_DFSR     0xE000ED30u
#define SCB_MMFAR    0xE000ED34u
#define SCB_BFAR     0xE000ED38u
#define SCB_CPACR    0xE000ED88u
#define SCB_NSACR    0xE000ED8Cu
#define MPU_TYPE     0xE000ED90u
#define MPU_CTRL     0xE000ED94u
#define MPU_RNR      0xE000ED98u
#define MPU_RBAR     0xE000ED9Cu
#define MPU_RLAR     0xE000EDA0u
#define MPU_MAIR0    0xE000EDC0u
#define MPU_MAIR1    0xE000EDC4u
#define SAU_CTRL     0xE000EDD0u
#define SAU_RNR      0xE000EDD8u
#define SAU_RBAR     0xE000EDDCu
#define SAU_RLAR     0xE000EDE0u
#define SCB_SFSR     0xE000EDE4u
#define SCB_SFAR     0xE000EDE8u
#define FPU_FPCCR    0xE000EF34u
#define FPU_FPCAR    0xE000EF38u
#define FPU_FPDSCR   0xE000EF3Cu

#define ICSR_PENDSVSET (1u << 28)
#define ICSR_PENDSVCLR (1u << 27)
#define ICSR_PENDSTSET (1u << 26)
#define ICSR_PENDSTCLR (1u << 25)
#define ICSR_PENDNMI   (1u << 31)

#define AIRCR_VECTKEY      0x05FA0000u
#define AIRCR_PRIS         (1u << 14)
#define AIRCR_SYSRESETREQS (1u << 3)
#define AIRCR_SYSRESETREQ  (1u << 2)
#define SCR_SLEEPDEEPS     (1u << 3)

#define SHCSR_FAULTS_ENABLE (0xFu << 16) /* MemManage, Bus, Usage, Secure */
/* Active bits of MemManage to NMI, SVC, PendSV, SysTick. Not of DebugMonitor: it is the application's. */
#define SHCSR_ACTIVE_MASK 0xCBFu

#define SFSR_INVEP     (1u << 0)
#define SFSR_SFARVALID (1u << 6)
#define CFSR_MMARVALID (1u << 7)
#define CFSR_BFARVALID (1u << 15)
#define CFSR_STKOF     (1u << 20)
#define CFSR_UNSTACKED                                                                                       \
    (1u << 4 | 1u << 12 | CFSR_STKOF) /* MSTKERR, STKERR: there is no frame where sp points */
#define HFSR_VECTTBL (1u << 1)
#define HFSR_FORCED  (1u << 30)
#define FPCCR_ASPEN  (1u << 31)
#define FPCCR_LSPEN  (1u << 30)

#define SYST_ENABLE  1u
#define SYST_TICKINT 2u
#define SYST_CORECLK 4u

/* SSE-200 security controller, secure privilege control block. */
#define SECCTL_NSCCFG       0x50080014u
#define SECCTL_SECRESPCFG   0x50080010u
#define SECCTL_APBNSPPCEXP1 0x50080084u
#define NSCTL_APBNSPPPCEXP1 0x400800C4u /* unprivileged access, by the non-secure alias */
#define PPCEXP1_UART1       (1u << 6)

/* Memory protection controllers. */
#define MPC_SSRAM1       0x58007000u
#define MPC_SSRAM2       0x58008000u
#define MPC_SSRAM3       0x58009000u
#define MPC_SRAM0        0x50083000u
#define MPC_CTRL(m)      ((m) + 0x00u)
#define MPC_BLK_CFG(m)   ((m) + 0x14u)
#define MPC_BLK_IDX(m)   ((m) + 0x18u)
#define MPC_BLK_LUT(m)   ((m) + 0x1Cu)
#define MPC_CTRL_BUSERR  (1u << 4)
#define MPC_CTRL_AUTOINC (1u << 8)

/* CMSDK UART. */
#define UART0_S           0x50200000u
#define UART1_NS          0x40201000u
#define UART2_S           0x50202000u
#define UART_DATA(u)      ((u) + 0x00u)
#define UART_STATE(u)     ((u) + 0x04u)
#define UART_CTRL(u)      ((u) + 0x08u)
#define UART_INTCLEAR(u)  ((u) + 0x0Cu)
#define UART_BAUDDIV(u)   ((u) + 0x10u)
#define UART_STATE_TXFULL 1u
#define UART_STATE_RXFULL 2u
#define UART_CTRL_TXEN    1u
#define UART_CTRL_RXEN    2u
#define UART_CTRL_RXIRQ   8u
#define UART_INT_RX       2u
#define UART_INT_ALL      0xFu

/* CMSDK timer: counts down at BOARD_CLOCK_HZ. */
#define TIMER0_S         0x50000000u
#define TIMER1_S         0x50001000u
#define TIMER_CTRL(t)    ((t) + 0x00u)
#define TIMER_VALUE(t)   ((t) + 0x04u)
#define TIMER_RELOAD(t)  ((t) + 0x08u)
#define TIMER_INTCLR(t)  ((t) + 0x0Cu)
#define TIMER_CTRL_EN    1u
#define TIMER_CTRL_IRQEN 8u

/* CMSDK watchdog, secure: NMI after one period, reset after two. */
#define WATCHDOG_LOAD     0x50081000u
#define WATCHDOG_CTRL     0x50081008u
#define WATCHDOG_INTCLR   0x5008100Cu
#define WATCHDOG_LOCK     0x50081C00u
#define WATCHDOG_KEY      0x1ACCE551u
#define WATCHDOG_CTRL_IRQ 1u
#define WATCHDOG_CTRL_RST 2u

#define FPGAIO_LED 0x50302000u

#define ETH_S 0x52000000u

/* Interrupt lines. */
#define IRQ_TIMER1   4u
#define IRQ_UART0_RX 32u
#define IRQ_UART1_RX 34u
#define IRQ_UART1_TX 35u
#define IRQ_UART1    43u
#define IRQ_ETH      48u
#define IRQ_APP_SW   64u /* 64 to 71: no device, pended by software for the application */
#define IRQ_LINES    96u
#define IRQ_WORDS    (IRQ_LINES / 32u)

/* Priorities (three significant bits). PRIS puts every non-secure priority at 0x80 or below it. */
#define PRIO_FAULT    0x00u
#define PRIO_IRQ      0x20u
#define PRIO_SWITCH   0x60u /* PendSV: the world switch */
#define PRIO_APP_MASK 0x80u /* as BASEPRI: keeps every non-secure exception out */

/* EXC_RETURN values that we write ourselves (DDI0553 B3.10). */
#define EXC_RETURN_THREAD_S   0xFFFFFFFDu /* secure thread on PSP */
#define EXC_RETURN_THREAD_NS  0xFFFFFFBDu /* non-secure thread, exception was taken to secure */
#define EXC_RETURN_HANDLER_NS 0xFFFFFFB5u /* non-secure handler, likewise */
#define EXC_RETURN_SECURE     (1u << 6)
#define EXC_RETURN_STANDARD   (1u << 4) /* frame without FPU registers */
#define EXC_RETURN_THREAD     (1u << 3)
#define EXC_RETURN_PSP        (1u << 2)

#define XPSR_PADDED (1u << 9) /* in a frame: a word above it aligns the stack */

#define STACK_SEAL 0xFEF5EDA5u

static inline void board_barrier(void)
{
    __asm volatile("dsb\n isb" ::: "memory");
}

/* Masks every interrupt of the core (PRIMASK_S); returns what to give back. */
static inline uint32_t board_irq_lock(void)
{
    uint32_t before;

    __asm volatile("mrs %0, primask\n cpsid i" : "=r"(before)::"memory");
    return before;
}

static inline void board_irq_unlock(uint32_t before)
{
    __asm volatile("msr primask, %0\n isb" ::"r"(before) : "memory");
}

#endif
