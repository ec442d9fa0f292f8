/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper: the only process that holds the private keys that matter. Blocks; uses no event loop. */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

struct conf;

/* Runs the role until it is told to stop (loop/role.h); calls role_ready when it serves. Returns the exit
 * status of the process: 0 after a clean stop, 1 when it cannot start or go on (the reason is logged). */
int keeper_run(const struct conf *conf);

#endif
