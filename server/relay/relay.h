/* SPDX-License-Identifier: Apache-2.0 */
/* The relay role: remote debugging between developer and device. */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

struct conf;

/* Runs the role until it is told to stop (loop/role.h); calls role_ready when it serves. Returns the exit
 * status of the process: 0 after a clean stop, 1 when it cannot start or go on (the reason is logged). */
int relay_run(const struct conf *conf);

#endif
