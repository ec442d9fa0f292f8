/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway role: device sessions over TLS 1.3. Several processes share the port. */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

struct conf;

/* Runs gateway process number index (from 0) until it is told to stop (loop/role.h); calls role_ready when it
 * serves. Returns the exit status of the process: 0 after a clean stop, 1 when it cannot start or go on (the
 * reason is logged). */
int gateway_run(const struct conf *conf, unsigned index);

#endif
