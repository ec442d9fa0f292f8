/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_power of a process: a restart of the device is the same program executed again, which loses RAM,
 * sockets and the application as a reset does and keeps the flash file. The reason and the count of falls travel in
 * the environment.
 */
#include "port/port_boot.h"
#include "port/port_crash.h"
#include "port/port_power.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ports/host/host.h"

#define REASON_VARIABLE "OUTRIGGER_HOST_RESET_REASON"
#define FALLS_VARIABLE  "OUTRIGGER_HOST_FALLS"

/* Values of ResetReason in wire.proto. */
#define RESET_MICROVISOR_CRASH    4u
#define RESET_MICROVISOR_WATCHDOG 5u

static char **arguments;

void host_power_keep_arguments(char **argv)
{
    arguments = argv;
}

static uint32_t variable(const char *name)
{
    const char *text = getenv(name);

    return text != NULL ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

/* Without memory the restart looks like a cold boot. */
static void variable_set(const char *name, uint32_t value)
{
    char text[16];

    snprintf(text, sizeof text, "%u", value);
    (void)setenv(name, text, 1);
}

uint32_t port_reset_reason(void)
{
    return variable(REASON_VARIABLE); /* none: RESET_COLD_BOOT */
}

uint32_t host_power_falls(void)
{
    return variable(FALLS_VARIABLE);
}

void port_boot_settled(void)
{
    (void)unsetenv(FALLS_VARIABLE);
}

void port_restart(uint32_t reason)
{
    fflush(NULL);
    variable_set(REASON_VARIABLE, reason);
    if (reason == RESET_MICROVISOR_CRASH || reason == RESET_MICROVISOR_WATCHDOG) {
        variable_set(FALLS_VARIABLE, host_power_falls() + 1);
    }
    execv("/proc/self/exe", arguments);
    fprintf(stderr, "restart failed=%s\n", strerror(errno));
    exit(EXIT_FAILURE);
}

void port_crash_name(uint64_t boot_id)
{
    (void)boot_id;
}

const struct port_crash *port_crash_last(void)
{
    return NULL;
}

void port_crash_forget(void)
{
}

void port_watchdog_kick(void)
{
}

uint32_t port_watchdog_ms(void)
{
    return 0;
}

const char *port_board_name(void)
{
    return "host";
}

/* The process has no lamp. */
void port_led(bool on)
{
    (void)on;
}
