/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TrustZone set-up of the board (property N1 of port_ns.h).
 *
 * Two fences stand behind each other: the SAU decides by address what the non-secure state may see at all;
 * MPC and PPC decide at the memory or peripheral which blocks answer to it. Everything that is not named here
 * stays secure.
 *
 * Invariants
 *  I1 SAU regions do not overlap: an address in two of them is secure by the architecture;
 *  I2 no region is non-secure callable: the only door is the system-call trap (syscall_trap.c), so secure
 * code contains no gateway instruction that the application could reach; I3 BFHFNMINS = 0 and PRIS = 1:
 * HardFault, BusFault and NMI are secure, non-secure priorities lie below secure ones; I4 neither a reset
 * request nor deep sleep can come from the application. In the peripheral window only UART 1 answers; other
 * addresses of devices read as zero and ignore writes, because existing drivers probe registers that are not
 * theirs.
 */
#include "ports/mps2_an505/isolation.h"

#include "ports/mps2_an505/board_irq.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/memory_map.h"

#define APP_IRQS_WORD1 (1u << (IRQ_UART1_RX - 32u) | 1u << (IRQ_UART1_TX - 32u) | 1u << (IRQ_UART1 - 32u))
#define APP_IRQS_WORD2 (0xFFu << (IRQ_APP_SW - 64u))
#define SSRAM1_NS_BASE 0x00000000u
#define SSRAM3_NS_BASE 0x28200000u

static void sau_region(uint32_t region, uint32_t base, uint32_t bytes)
{
    REG32(SAU_RNR) = region;
    REG32(SAU_RBAR) = base;
    REG32(SAU_RLAR) = ((base + bytes - 1u) & ~31u) | 1u;
}

static void sau_start(void)
{
    sau_region(0, MAP_APP_CODE, MAP_APP_CODE_BYTES);
    sau_region(1, MAP_APP_RAM, MAP_APP_RAM_BYTES);
    sau_region(2, MAP_APP_PERIPH, MAP_APP_PERIPH_BYTES);
    sau_region(3, MAP_TRAMPOLINE, MAP_TRAMPOLINE_BYTES);
    REG32(SAU_CTRL) = 1;
    REG32(SECCTL_NSCCFG) = 0;
    board_barrier();
}

static uint32_t mpc_block_bytes(uint32_t mpc)
{
    return 1u << ((REG32(MPC_BLK_CFG(mpc)) & 0xFu) + 5u);
}

/* Opens [offset, offset + bytes) of the memory behind the controller; a last broken block is opened whole. */
static void mpc_open(uint32_t mpc, uint32_t offset, uint32_t bytes)
{
    uint32_t block_bytes = mpc_block_bytes(mpc);
    uint32_t last = (offset + bytes - 1u) / block_bytes;

    for (uint32_t block = offset / block_bytes; block <= last; block++) {
        REG32(MPC_BLK_IDX(mpc)) = block / 32u;
        REG32(MPC_BLK_LUT(mpc)) |= 1u << (block % 32u);
    }
}

static void mpc_start(void)
{
    static const uint32_t controllers[] = { MPC_SSRAM1, MPC_SSRAM2, MPC_SSRAM3, MPC_SRAM0 };

    for (uint32_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
        uint32_t ctrl = REG32(MPC_CTRL(controllers[i]));
        REG32(MPC_CTRL(controllers[i])) = (ctrl & ~MPC_CTRL_AUTOINC) | MPC_CTRL_BUSERR;
    }
    mpc_open(MPC_SSRAM1, MAP_APP_CODE - SSRAM1_NS_BASE, MAP_APP_CODE_BYTES);
    mpc_open(MPC_SSRAM1, MAP_TRAMPOLINE - SSRAM1_NS_BASE, MAP_TRAMPOLINE_BYTES);
    mpc_open(MPC_SSRAM3, MAP_APP_RAM - SSRAM3_NS_BASE, MAP_APP_RAM_BYTES);
}

static void ppc_start(void)
{
    REG32(SECCTL_SECRESPCFG) = 0; /* refused peripheral accesses read as zero */
    REG32(SECCTL_APBNSPPCEXP1) = PPCEXP1_UART1;
    REG32(NSCTL_APBNSPPPCEXP1) = PPCEXP1_UART1;
}

static void core_start(void)
{
    for (uint32_t word = 0; word < IRQ_WORDS; word++) {
        REG32(NVIC_ITNS(word)) = isolation_app_irqs(word);
    }
    for (uint32_t line = 0; line < IRQ_LINES; line++) {
        REG8(NVIC_IPR(line)) = (isolation_app_irqs(line / 32u) >> (line % 32u) & 1u) != 0 ? 0 : PRIO_IRQ;
    }
    for (uint32_t exception = 4; exception <= 7; exception++) {
        REG8(SCB_SHPR(exception)) = PRIO_FAULT;
    }
    REG32(SCB_NSACR) = 3u << 10; /* the application may use the FPU; secure code never does */
    REG32(SCB_SCR) = SCR_SLEEPDEEPS;
    REG32(SCB_SHCSR) |= SHCSR_FAULTS_ENABLE;
    REG32(SCB_AIRCR) = AIRCR_VECTKEY | AIRCR_PRIS | AIRCR_SYSRESETREQS;
    board_barrier();
}

void isolation_start(void)
{
    sau_start();
    mpc_start();
    ppc_start();
    core_start();
}

uint32_t isolation_app_irqs(uint32_t word)
{
    return word == 1 ? APP_IRQS_WORD1 : word == 2 ? APP_IRQS_WORD2 : 0;
}

void irq_enable(uint32_t line)
{
    REG32(NVIC_ICPR(line / 32u)) = 1u << (line % 32u);
    REG32(NVIC_ISER(line / 32u)) = 1u << (line % 32u);
}
