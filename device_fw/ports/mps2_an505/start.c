/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vector table and C start-up of the microvisor. boot0 jumps to board_reset with everything secure, the watchdog running
 * and its own vectors: until RAM is ready, faults and the watchdog are handled there.
 *
 * The stack of the start is the handlers' stack below its seal; main() leaves it for ever
 * (world_thread_enter).
 */
#include "ports/mps2_an505/alarm.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/console.h"
#include "ports/mps2_an505/memory_map.h"
#include "ports/mps2_an505/net.h"

extern uint32_t board_data_load[], board_data_start[], board_data_end[], board_bss_start[], board_bss_end[];
extern uint32_t board_reset_stack[];

void board_reset(void);
void board_main(void);
void fault_entry(void);
void board_unexpected(void);
_Noreturn void fault_unexpected(uint32_t exception);
void world_switch(void);
void world_tick(void);

__attribute__((naked)) void board_reset(void)
{
    __asm volatile("bl board_ram_init\n"
                   "bl board_main\n"
                   "b  .");
}

void board_ram_init(void);
__attribute__((used)) void board_ram_init(void)
{
    const uint32_t *from = board_data_load;

    for (uint32_t *to = board_data_start; to < board_data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = board_bss_start; to < board_bss_end;) {
        *to++ = 0;
    }
    REG32(SCB_VTOR) = MAP_MICROVISOR_CODE;
    board_barrier();
}

/* fault_handle(EXC_RETURN, exception, secure frame, r4 to r11), then leave with the EXC_RETURN it returns. */
__attribute__((naked)) void fault_entry(void)
{
    __asm volatile("mov   r0, lr\n"
                   "mrs   r1, ipsr\n"
                   "tst   r0, #4\n"
                   "ite   eq\n"
                   "mrseq r2, msp\n"
                   "mrsne r2, psp\n"
                   "push  {r4-r11}\n"
                   "mov   r3, sp\n"
                   "push  {r4, lr}\n"
                   "bl    fault_handle\n"
                   "pop   {r4, lr}\n"
                   "add   sp, #32\n"
                   "bx    r0");
}

void board_unexpected(void)
{
    uint32_t exception;

    __asm volatile("mrs %0, ipsr" : "=r"(exception));
    fault_unexpected(exception);
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16 + IRQ_LINES])(void) = {
    (void (*)(void))board_reset_stack,
    board_reset,
    [2 ... 7] = fault_entry,
    [8 ... 13] = board_unexpected,
    world_switch,
    world_tick,
    [16 ... 16 + IRQ_TIMER1 - 1] = board_unexpected,
    [16 + IRQ_TIMER1] = alarm_isr,
    [16 + IRQ_TIMER1 + 1 ... 16 + IRQ_UART0_RX - 1] = board_unexpected,
    [16 + IRQ_UART0_RX] = console_isr,
    [16 + IRQ_UART0_RX + 1 ... 16 + IRQ_ETH - 1] = board_unexpected,
    [16 + IRQ_ETH] = net_isr,
    [16 + IRQ_ETH + 1 ... 16 + IRQ_LINES - 1] = board_unexpected,
};
