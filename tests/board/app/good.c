/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of applications that behave. Results say what they saw. */
#include "board/app/app.h"

/* Calls with known values in all registers that the ABI lets a caller keep; result 1 if they came back. */
static uint32_t call_keeps_registers(void)
{
    uint32_t good;

    __asm volatile(
        "mov r4, #0x44\n mov r5, #0x55\n mov r6, #0x66\n mov r8, #0x88\n"
        "mov r9, #0x99\n mov r10, #0xaa\n mov r11, #0xbb\n"
        "mov r0, #1\n mov r1, #2\n mov r2, #3\n mov r3, #4\n"
        "ldr r12, =0x101fe001\n"
        "blx r12\n"
        "cmp r0, #10\n it eq\n cmpeq r4, #0x44\n it eq\n cmpeq r5, #0x55\n it eq\n cmpeq r6, #0x66\n"
        "it eq\n cmpeq r8, #0x88\n it eq\n cmpeq r9, #0x99\n it eq\n cmpeq r10, #0xaa\n it eq\n cmpeq r11, "
        "#0xbb\n"
        "ite eq\n moveq %0, #1\n movne %0, #0\n"
        : "=r"(good)::"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc",
          "memory");
    return good;
}

static void calls_tick(void)
{
    RESULT[3] += app_call(TEST_CALL_ORIGIN, 0, 0, 0, 0);
    RESULT[4]++;
}

void run_calls(void)
{
    static const char text[16] __attribute__((aligned(4))) = "fifteen letters";
    static char copy[16] __attribute__((aligned(4)));

    app_on_systick = calls_tick;
    app_systick_start(20000);
    RESULT[1] = call_keeps_registers();
    RESULT[2] = app_call(TEST_CALL_LAST, 0, 0, 0, 0);
    RESULT[5] = app_call(TEST_CALL_ORIGIN, 0, 0, 0, 0);
    RESULT[6] = app_call(TEST_CALL_COPY, (uint32_t)text, (uint32_t)copy, 0, 0);
    RESULT[7] = (uint32_t)copy[0];
    /* code window is read-only; secure RAM, the private peripheral bus, wrapping and straddling ranges are
     * refused */
    RESULT[8] = app_call(TEST_CALL_COPY, (uint32_t)copy, (uint32_t)text, 0, 0) == 2 &&
                app_call(TEST_CALL_COPY, 0x38000000u, (uint32_t)copy, 0, 0) == 2 &&
                app_call(TEST_CALL_COPY, 0xE000ED00u, (uint32_t)copy, 0, 0) == 2 &&
                app_call(TEST_CALL_COPY, 0xFFFFFFF8u, (uint32_t)copy, 0, 0) == 2 &&
                app_call(TEST_CALL_COPY, 0x2827FFF8u, (uint32_t)copy, 0, 0) == 2 &&
                app_call(TEST_CALL_COPY, 0x001FFFF8u, (uint32_t)copy, 0, 0) == 2 &&
                app_call(TEST_CALL_COPY, 0x00300000u, (uint32_t)copy, 0, 0) == 2 &&
                app_call(TEST_CALL_COPY, 0x40201000u, (uint32_t)copy, 0, 0) == 2 &&
                app_call(TEST_CALL_COPY, 0, (uint32_t)copy, 0, 0) == 2;
    RESULT[9] = 1;
    for (;;) {
        RESULT[0] += app_call(TEST_CALL_SUM, 1, 2, 3, 4) == 10 ? 1 : 0x1000000;
    }
}

static void wait_tick(void)
{
    RESULT[2]++;
    RESULT[3] += app_call(TEST_CALL_SUM, 1, 2, 3, RESULT[2]) != 6 + RESULT[2];
}

/* Results: calls that were answered, wrong answers, ticks, wrong answers in them, calls with interrupts masked. */
void run_wait(void)
{
    app_on_systick = wait_tick;
    app_systick_start(20000);
    for (uint32_t round = 1;; round++) {
        RESULT[1] += app_call(TEST_CALL_WAIT, round % 7, round, 20, 300) != round + 320;
        __asm volatile("cpsid i");
        RESULT[1] += app_call(TEST_CALL_WAIT, 3, round, 1, 2) != round + 3;
        __asm volatile("cpsie i");
        RESULT[4]++;
        RESULT[0] = round;
    }
}

/* POST, then directly back to the interrupted code by the EXC_RETURN in lr. */
__attribute__((naked)) static void tail_tick(void)
{
    __asm volatile("ldr r12, =0x101fe009\n bx r12\n .ltorg");
}

void run_tail_call(void)
{
    SCB_VTOR = TABLE; /* a table whose SysTick entry is the tail call itself */
    for (uint32_t i = 0; i < 88; i++) {
        WORD(TABLE + 4u * i) = WORD(0x00200000u + 4u * i);
    }
    WORD(TABLE + 4u * 15u) = (uint32_t)tail_tick;
    app_systick_start(20000);
    for (;;) {
        RESULT[0]++;
    }
}

void run_busy(void)
{
    for (;;) {
        RESULT[0]++;
    }
}

static void count_tick(void)
{
    RESULT[1]++;
}

void run_sleeper(void)
{
    app_on_systick = count_tick;
    app_systick_start(200000);
    for (;;) {
        __asm volatile("wfi");
        RESULT[0]++;
    }
}

void run_sleep_forever(void)
{
    RESULT[0] = 1;
    for (;;) {
        __asm volatile("wfi");
    }
}

void run_fpu(void)
{
    SCB_CPACR |= 0xFu << 20;
    __asm volatile("dsb\n isb");
    for (uint32_t round = 1;; round++) {
        uint32_t low, high;
        __asm volatile(".fpu fpv5-sp-d16\n vmov s0, %0\n vmov s31, %0" ::"r"(round) : "memory");
        for (volatile uint32_t i = 0; i < 200; i++) {
        }
        __asm volatile("vmov %0, s0\n vmov %1, s31" : "=r"(low), "=r"(high));
        RESULT[0] = round;
        RESULT[1] += low != round || high != round;
    }
}

static void pend_irq(uint32_t irq)
{
    RESULT[irq - IRQ_LOW]++;
}

void run_pend(void)
{
    app_on_irq = pend_irq;
    NVIC_ISER(2) = 3;
    RESULT[2] = 1;
    for (;;) {
        __asm volatile("wfi");
    }
}
