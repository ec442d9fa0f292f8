/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parent hands to a role: its listening sockets and its bus ends, by inherited descriptor number. The parent passes
 * them as the environment variable OUTRIGGER_FDS: `name=fd` pairs separated by commas, e.g.
 * "listen.gateway=5,bus.api=7,bus.gateway.1=8".
 */
#ifndef BUS_PEERS_H
#define BUS_PEERS_H

/* Names: "listen.api", "listen.gateway", "listen.relay", "bus.keeper", "bus.api", "bus.gateway.0" ... ; -1 if the role has none.
 * The descriptor is close-on-exec after the first look-up. */
int peers_fd(const char *name);

#endif
