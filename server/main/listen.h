/* SPDX-License-Identifier: Apache-2.0 */
/* Listening TCP sockets of the server. */
#ifndef MAIN_LISTEN_H
#define MAIN_LISTEN_H

#include <stdint.h>

#include "conf/conf.h"

/* Opens count (1..GATEWAYS_MAX) sockets on one address; more than one share the port with SO_REUSEPORT. Port
 * 0: the system chooses, and port tells. All are non-blocking and close-on-exec. ST_OK, or ST_IO after
 * logging with name ("api"). */
int listen_open(const char *name, const struct conf_listen *where, unsigned count, int fds[], uint16_t *port);

#endif
