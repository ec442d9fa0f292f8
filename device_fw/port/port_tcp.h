/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One TCP connection, what the TLS client in ports/mbedtls asks of a board's network (lwIP on the emulated board, POSIX
 * sockets on the host). The core never uses it. Never blocks. Nagle's algorithm is off.
 */
#ifndef PORT_TCP_H
#define PORT_TCP_H

#include <stdint.h>

/* Starts to resolve and connect; PORT_EINVAL when one is open. */
int port_tcp_open(const char *host, uint16_t port);

/* PORT_OK connected, PORT_AGAIN not yet, PORT_EIO failed. */
int port_tcp_poll(void);

/* Count > 0, PORT_AGAIN, PORT_CLOSED, PORT_EIO. */
int port_tcp_read(void *buf, uint32_t len);
int port_tcp_write(const void *buf, uint32_t len);

void port_tcp_close(void);

#endif
