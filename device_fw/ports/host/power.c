/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_power of a process: a restart of the device is the same program executed again, which loses RAM,
 * sockets and the application as a reset does and keeps the flash file. The reason travels in the
 * environment.
 */
#include "port/port_crash.h"
#include "port/port_power.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ports/host/host.h"

#define REASON_VARIABLE "OUTRIGGER_HOST_RESET_REASON"

static char **arguments;

void host_power_keep_arguments(char **argv)
{
    arguments = argv;
}

uint32_t port_reset_reason(void)
{
    const char *reason = getenv(REASON_VARIABLE);

    return reason != NULL ? (uint32_t)strtoul(reason, NULL, 10) : 0; /* RESET_COLD_BOOT of wire.proto */
}

void port_restart(uint32_t reason)
{
    char text[16];

    fflush(NULL);
    snprintf(text, sizeof text, "%u", reason);
    (void)setenv(REASON_VARIABLE, text, 1); /* without memory the restart looks like a cold boot */
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
