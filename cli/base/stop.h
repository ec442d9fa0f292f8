/* SPDX-License-Identifier: Apache-2.0 */
/* Interruption by the user, and waiting that notices it. */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include <stdbool.h>
#include <stdint.h>

/* SIGINT, SIGTERM and SIGHUP ask the command to end; a second one ends the process at once. SIGPIPE is
 * ignored: writes fail with EPIPE instead. */
void stop_install(void);
bool stop_asked(void);

int64_t stop_now_ms(void); /* CLOCK_MONOTONIC */
/* Waits; false when the user interrupted. */
bool stop_wait_ms(int64_t ms);

#endif
