/* SPDX-License-Identifier: Apache-2.0 */
/* A microvisor that never reaches its server: in the place of ports/mps2_an505/tcp.c. */
#include "port/port_tcp.h"

#include "port/port_status.h"

int port_tcp_open(const char *host, uint16_t port)
{
    (void)host;
    (void)port;
    return PORT_EIO;
}

int port_tcp_poll(void)
{
    return PORT_EIO;
}

int port_tcp_read(void *buf, uint32_t len)
{
    (void)buf;
    (void)len;
    return PORT_EIO;
}

int port_tcp_write(const void *buf, uint32_t len)
{
    (void)buf;
    (void)len;
    return PORT_EIO;
}

void port_tcp_close(void)
{
}
