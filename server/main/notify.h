/* SPDX-License-Identifier: Apache-2.0 */
/* Readiness for the service manager: the datagram protocol of sd_notify(3). */
#ifndef MAIN_NOTIFY_H
#define MAIN_NOTIFY_H

/* Takes NOTIFY_SOCKET out of the environment, so that roles do not speak for the service. Call once at the
 * start. */
void notify_init(void);

/* Sends e.g. "READY=1"; nothing happens without a service manager. */
void notify_send(const char *state);

#endif
