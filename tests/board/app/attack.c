/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of applications that reach for what is not theirs. Each ends in a fault, or is ignored by the
 * hardware. */
#include "board/app/app.h"

static void jump(uint32_t address)
{
    ((void (*)(void))(address | 1u))();
}

void run_read_secure(void)
{
    RESULT[0] = WORD(0x38000000u);
}

void run_write_flash(void)
{
    WORD(0x80000000u) = 0;
}

void run_read_uart0(void)
{
    WORD(0x40200008u) = 0; /* would switch the console off */
    RESULT[0] = WORD(0x40200008u);
    RESULT[1] = 1;
    app_spin();
}

void run_read_unmapped(void)
{
    RESULT[0] = WORD(0x60000000u);
}

void run_jump_secure(void)
{
    jump(0x10010200u);
}

void run_jump_slot_middle(void)
{
    jump(SYSCALL_PAGE + 4u);
}

void run_jump_slot_after(void)
{
    jump(SYSCALL_PAGE + 8u * 74u);
}

static void any_tick(void)
{
    RESULT[1]++;
}

static void stack_set(uint32_t sp)
{
    app_on_systick = any_tick;
    app_systick_start(2000);
    __asm volatile("msr msp, %0\n b ." ::"r"(sp));
}

void run_stack_secure(void)
{
    stack_set(0x38001000u);
}

void run_stack_periph(void)
{
    stack_set(0x40201100u);
}

void run_vtor_secure(void)
{
    SCB_VTOR = 0x10010000u;
    __asm volatile("dsb\n isb\n svc 0");
}

void run_undefined(void)
{
    __asm volatile("udf #7");
}

void run_breakpoint(void)
{
    __asm volatile("bkpt #1");
}

/* Its own peripheral window has holes where no device answers. */
void run_bus_hole(void)
{
    RESULT[0] = WORD(0x4020F000u);
    RESULT[1] = 1;
    app_spin();
}

void run_svc_unhandled_masked(void)
{
    __asm volatile("cpsid i\n svc 0");
}

void run_fnc_return(void)
{
    __asm volatile("ldr r0, =0xFEFFFFFF\n bx r0");
}

static void fnc_return_tick(void)
{
    __asm volatile("ldr r0, =0xFEFFFFFF\n bx r0");
}

void run_fnc_return_handler(void)
{
    app_on_systick = fnc_return_tick;
    app_systick_start(2000);
    app_spin();
}

static void call_with_lr(uint32_t lr)
{
    __asm volatile("mov lr, %0\n ldr r12, =0x101fe001\n bx r12" ::"r"(lr) : "lr", "r12");
}

void run_call_lr_fnc_return(void)
{
    call_with_lr(0xFEFFFFFFu);
}

void run_call_lr_exc_return(void)
{
    call_with_lr(0xFFFFFFB8u);
}

void run_call_lr_secure(void)
{
    call_with_lr(0x10010201u);
}

static uint32_t forged;

static void forge_tick(void)
{
    __asm volatile("mov lr, %0\n bx lr" ::"r"(forged));
}

static void exc_return_forge(uint32_t exc_return)
{
    forged = exc_return;
    app_on_systick = forge_tick;
    app_systick_start(2000);
    app_spin();
}

void run_exc_return_secure(void)
{
    exc_return_forge(0xFFFFFFFDu);
}

void run_exc_return_es(void)
{
    exc_return_forge(0xFFFFFFB9u);
}

void run_exc_return_reserved(void)
{
    exc_return_forge(0xFFFFFF27u);
}

void run_lockup_attempt(void)
{
    __asm volatile("cpsid i\n cpsid f\n udf #1");
}

void run_reset_request(void)
{
    SCB_AIRCR = 0x05FA0004u;
    __asm volatile("dsb");
    RESULT[0] = 1;
    for (;;) {
        RESULT[1]++;
    }
}
