/* SPDX-License-Identifier: Apache-2.0 */
/* What main.c asks of the other files of this room, beyond the contracts of port/. */
#ifndef PORTS_HOST_HOST_H
#define PORTS_HOST_HOST_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "port/port_flash.h"

/* Opens the flash file, makes an erased one when it does not exist, and locks it until the process ends.
 * Writes what is wrong to stderr and returns -1 on failure. */
int host_flash_open(const char *path);

/* Console on a unix socket at path, or on standard input and output when path is NULL. Output goes to
 * standard output in both cases. -1 with a message on stderr on failure. */
int host_console_open(const char *path);
void host_console_close(void);

/* Wake-up of the main loop. host_wake_take tells whether port_wake was called since the last take. */
int host_wake_open(void);
bool host_wake_take(void);

/* Each adds what it waits for to fds and returns how many entries it used (at most the number named). */
#define HOST_WAKE_FDS    1
#define HOST_CONSOLE_FDS 2
#define HOST_TCP_FDS     1
int host_wake_fds(struct pollfd *fds);
int host_console_fds(struct pollfd *fds);
int host_tcp_fds(struct pollfd *fds);

/* Runs the application until it sleeps, ends or used up its turn. Returns the port_clock_us() time of its
 * next turn, UINT64_MAX for never. */
uint64_t host_application_run(void);

/* As what the first stage has started this process, and from which slot. */
struct host_boot_choice {
    enum port_flash_area area;
    uint32_t number;
    uint32_t ratchet;
    uint32_t trial_ms;
    bool mute; /* it never reaches a server */
};
void host_boot_chosen(const struct host_boot_choice *choice);
bool host_boot_is_mute(void);

/* The first stage, implemented in device_fw/boot/host: decides, counts a try if need be, and tells what runs by
 * host_boot_chosen(). -1 with a message on stderr: no slot may be started. */
int host_boot(void);

/* Resets by a crash or the watchdog since the last Welcome. */
uint32_t host_power_falls(void);

/* The command line, for port_restart. */
void host_power_keep_arguments(char **argv);

#endif
