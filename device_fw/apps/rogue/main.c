/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rogue: an application that misbehaves on purpose, one way per build (ROGUE_MODE is a name of the table
 * below).
 *
 * It announces itself with a log line and gives the microvisor a moment to send it; then it does its worst.
 */
#include <stdint.h>

#include "apps/line.h"
#include "apps/rogue/rogue.h"
#include "cortex_m33.h"
#include "mv_syscalls.h"

#ifndef ROGUE_MODE
#define ROGUE_MODE udf
#endif

#define TICKS_PER_SECOND 10u
#define GRACE_TICKS      3u

/* Secure addresses of the emulated board: code and RAM of the microvisor. */
#define SECURE_CODE 0x10010000u
#define SECURE_RAM  0x38000000u

static uint8_t log_buffer[4096] __attribute__((aligned(512)));
static volatile uint32_t ticks;
static volatile uint32_t hang_in_handler;

void SysTick_Handler(void);

static void mask_everything(void)
{
    __asm volatile("cpsid i      \n"
                   "cpsid f      \n"
                   "movs  r0, #1 \n"
                   "msr   basepri, r0" ::
                       : "r0", "memory");
}

static void hang(void)
{
    for (;;) {
        __asm volatile("" ::: "memory");
    }
}

void SysTick_Handler(void)
{
    ticks++;
    if (hang_in_handler) {
        mask_everything();
        hang();
    }
}

void rogue_wait(uint32_t for_ticks)
{
    uint32_t start = ticks;

    while (ticks - start < for_ticks) {
        cortex_wait();
    }
}

void rogue_log(const struct line *line)
{
    enum MvStatus status;

    /* The buffer is emptied by the microvisor; a line is worth waiting for, unless nobody wants it. */
    while ((status = mvServerLog((const uint8_t *)line->text, (uint16_t)line->len)) ==
           MV_STATUS_INVALIDBUFFERSIZE) {
        rogue_wait(1);
    }
    (void)status;
}

static void spin(void)
{
    mask_everything();
    hang();
}

static void handler(void)
{
    SCB_SHPR3 &= 0x00ffffffu; /* SysTick: the highest priority that there is */
    hang_in_handler = 1;
    hang();
}

static void udf(void)
{
    __asm volatile("udf #0");
}

static void write(void)
{
    *(volatile uint32_t *)SECURE_RAM = 0xdeadbeefu;
}

static void jump(void)
{
    ((void (*)(void))(SECURE_CODE + 1u))();
}

/* The next exception has to push its frame into secure memory. */
static void stack(void)
{
    __asm volatile("msr msp, %0 \n"
                   "svc #0" ::"r"(SECURE_RAM + 0x1000u)
                   : "memory");
}

static void storm(void)
{
    uint64_t now;

    for (;;) {
        (void)mvNoOp(); /* only the calls matter here, not what they say */
        (void)mvGetMicroseconds(&now);
        (void)mvServerLog((const uint8_t *)"storm", 5);
    }
}

static void idle(void)
{
    cortex_irqs_off();
    SYSTICK_CSR = 0;
    for (;;) {
        cortex_wait();
    }
}

static void badptr(void)
{
    rogue_call_everything();
    idle();
}

static const struct {
    const char *name;
    void (*run)(void);
} modes[] = {
    { "spin", spin },   { "handler", handler }, { "udf", udf },     { "write", write }, { "jump", jump },
    { "stack", stack }, { "badptr", badptr },   { "storm", storm }, { "idle", idle },
};

#define TEXT_OF(name) #name
#define TEXT(name)    TEXT_OF(name)

static void announce(const char *name)
{
    struct line line = { .len = 0 };

    line_text(&line, "rogue mode=");
    line_text(&line, name);
    rogue_log(&line);
}

static int equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

int main(void)
{
    uint32_t hclk_hz;

    if (mvServerLoggingInit(log_buffer, sizeof log_buffer) != MV_STATUS_OKAY ||
        mvGetHClk(&hclk_hz) != MV_STATUS_OKAY) {
        __builtin_trap();
    }
    cortex_systick_start(hclk_hz / TICKS_PER_SECOND);
    announce(TEXT(ROGUE_MODE));
    rogue_wait(GRACE_TICKS);
    for (uint32_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (equal(modes[i].name, TEXT(ROGUE_MODE))) {
            modes[i].run();
        }
    }
    __builtin_trap(); /* no such mode, or one that should not have come back */
}
