/* SPDX-License-Identifier: Apache-2.0 */
/* Names to addresses without blocking: one look-up at a time on a thread of its own. */
#ifndef PORTS_HOST_RESOLVER_H
#define PORTS_HOST_RESOLVER_H

#include <netdb.h>
#include <stdint.h>

struct resolver_job;

/* Starts a look-up of host and port; NULL without memory or threads. Calls port_wake() when it is finished.
 */
struct resolver_job *resolver_start(const char *host, uint16_t port);

/* PORT_OK: *out is the result, owned by the job. PORT_AGAIN: not yet. PORT_EIO: no such name. */
int resolver_result(struct resolver_job *job, const struct addrinfo **out);

/* Forgets the look-up, finished or not. NULL is allowed. */
void resolver_drop(struct resolver_job *job);

#endif
