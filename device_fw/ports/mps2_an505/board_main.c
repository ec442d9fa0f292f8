/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Set-up of the board in its order, then the microvisor's thread: network, core, sleep.
 */
#include "port/port_clock.h"
#include "port/port_main.h"
#include "port/port_power.h"
#include "ports/mps2_an505/alarm.h"
#include "ports/mps2_an505/console.h"
#include "ports/mps2_an505/isolation.h"
#include "ports/mps2_an505/net.h"
#include "ports/mps2_an505/ns_app.h"
#include "ports/mps2_an505/power.h"
#include "ports/mps2_an505/world.h"

void board_main(void);

_Noreturn static void thread_main(void)
{
    net_start();
    microvisor_init();
    for (;;) {
        port_watchdog_kick();
        net_poll();
        uint64_t due_us = microvisor_step();
        uint64_t net_due_us = net_due();
        ns_app_settle();
        world_sleep_until(net_due_us < due_us ? net_due_us : due_us);
    }
}

void board_main(void)
{
    isolation_start();
    power_start();
    clock_start();
    console_start();
    world_thread_enter(thread_main);
}
