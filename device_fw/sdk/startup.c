/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start-up of an application: vector table, initialized data, constructors, main.
 *
 * The microvisor starts the application as a reset would: stack pointer and entry from the first two words of
 * the image, everything masked and switched off. Every handler is weak: a function of the same name in the
 * application replaces it. An exception that nobody handles is an undefined instruction, which the microvisor
 * reports as a crash with the exception's number (xPSR) and restarts the application.
 */
#include <stdint.h>

extern uint32_t _estack[];
extern const uint32_t __data_load[];
extern uint32_t __data_start[];
extern uint32_t __data_end[];
extern uint32_t __bss_start[];
extern uint32_t __bss_end[];
extern void (*const __init_array_start[])(void);
extern void (*const __init_array_end[])(void);

int main(void);
void Reset_Handler(void);
void Default_Handler(void);

#define HANDLER(name) void name(void) __attribute__((weak, alias("Default_Handler")))
HANDLER(NMI_Handler);
HANDLER(HardFault_Handler);
HANDLER(MemManage_Handler);
HANDLER(BusFault_Handler);
HANDLER(UsageFault_Handler);
HANDLER(SVC_Handler);
HANDLER(DebugMon_Handler);
HANDLER(PendSV_Handler);
HANDLER(SysTick_Handler);
HANDLER(UART1_Receive_Handler);
HANDLER(UART1_Transmit_Handler);
HANDLER(UART1_Handler);
HANDLER(Notification0_Handler);
HANDLER(Notification1_Handler);
HANDLER(Notification2_Handler);
HANDLER(Notification3_Handler);
HANDLER(Notification4_Handler);
HANDLER(Notification5_Handler);
HANDLER(Notification6_Handler);
HANDLER(Notification7_Handler);

#define EXCEPTIONS 16
#define INTERRUPTS 72

struct vector_table {
    uint32_t *initial_stack;
    void (*handler[EXCEPTIONS + INTERRUPTS - 1])(void);
};

#define EXCEPTION(number) [(number)-1]
#define IRQ(number)       [EXCEPTIONS + (number)-1]

const struct vector_table vector_table __attribute__((section(".vectors"), used)) = {
    .initial_stack = _estack,
    .handler = {
        EXCEPTION(1) = Reset_Handler,
        EXCEPTION(2) = NMI_Handler,
        EXCEPTION(3) = HardFault_Handler,
        EXCEPTION(4) = MemManage_Handler,
        EXCEPTION(5) = BusFault_Handler,
        EXCEPTION(6) = UsageFault_Handler,
        EXCEPTION(11) = SVC_Handler,
        EXCEPTION(12) = DebugMon_Handler,
        EXCEPTION(14) = PendSV_Handler,
        EXCEPTION(15) = SysTick_Handler,
        /* The interrupts that belong to the application (board.h); the others never happen. */
        IRQ(34) = UART1_Receive_Handler,
        IRQ(35) = UART1_Transmit_Handler,
        IRQ(43) = UART1_Handler,
        IRQ(64) = Notification0_Handler,
        IRQ(65) = Notification1_Handler,
        IRQ(66) = Notification2_Handler,
        IRQ(67) = Notification3_Handler,
        IRQ(68) = Notification4_Handler,
        IRQ(69) = Notification5_Handler,
        IRQ(70) = Notification6_Handler,
        IRQ(71) = Notification7_Handler,
    },
};

static void memory_init(void)
{
    const uint32_t *from = __data_load;

    for (uint32_t *to = __data_start; to < __data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = __bss_start; to < __bss_end; to++) {
        *to = 0;
    }
}

void Reset_Handler(void)
{
    memory_init();
    for (void (*const *constructor)(void) = __init_array_start; constructor < __init_array_end;
         constructor++) {
        (*constructor)();
    }
    (void)main(); /* an application has nobody to return to */
    for (;;) {
        __asm volatile("wfi");
    }
}

void Default_Handler(void)
{
    for (;;) {
        __asm volatile("udf #0");
    }
}
