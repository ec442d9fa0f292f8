/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board's one TCP connection (port_tcp.h) on lwIP's raw interface.
 *
 *   IDLE --open--> WAITING (no address yet) --> RESOLVING --> CONNECTING --> UP --> ENDED (peer closed)
 *                      |                           |              |          |
 *                      +---------------------------+--------------+----------+--> FAILED
 *   any --close--> IDLE
 *
 * Invariants
 *  - pcb is NULL unless lwIP may call back; lwIP frees it itself before it reports an error;
 *  - an answer of the resolver counts only for the connection that asked (generation), which may be gone;
 *  - received segments stay in lwIP's buffers until read: the window is the flow control.
 */
#include "port/port_tcp.h"

#include <lwip/dns.h>
#include <lwip/tcp.h>

#include "port/port_status.h"
#include "ports/mps2_an505/net.h"

#include <string.h>

#define HOST_CHARS_MAX 255u
#define KEEPALIVE_IDLE_MS                                                                                    \
    60000u /* the protocol's own heartbeat notices a dead peer; this frees a forgotten pcb */

enum conn_state {
    CONN_IDLE,
    CONN_WAITING,
    CONN_RESOLVING,
    CONN_CONNECTING,
    CONN_UP,
    CONN_ENDED,
    CONN_FAILED
};

static struct {
    enum conn_state state;
    uint32_t generation;
    struct tcp_pcb *pcb;
    struct pbuf *rx;
    u16_t rx_offset; /* bytes of the first buffer that were read */
    uint16_t port;
    char host[HOST_CHARS_MAX + 1];
} conn;

static err_t on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *data, err_t err)
{
    (void)arg;
    (void)pcb;
    (void)err;
    if (data == NULL) {
        conn.state = CONN_ENDED;
    } else if (conn.rx == NULL) {
        conn.rx = data;
        conn.rx_offset = 0;
    } else {
        pbuf_cat(conn.rx, data);
    }
    return ERR_OK;
}

static void on_error(void *arg, err_t err)
{
    (void)arg;
    (void)err;
    conn.pcb = NULL;
    conn.state = CONN_FAILED;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    (void)pcb;
    (void)err;
    conn.state = CONN_UP;
    return ERR_OK;
}

static void connect_to(const ip_addr_t *address)
{
    struct tcp_pcb *pcb = tcp_new();

    conn.state = CONN_FAILED;
    if (pcb == NULL) {
        return;
    }
    conn.pcb = pcb;
    tcp_recv(pcb, on_receive);
    tcp_err(pcb, on_error);
    tcp_nagle_disable(pcb);
    pcb->so_options |= SOF_KEEPALIVE;
    pcb->keep_idle = KEEPALIVE_IDLE_MS;
    conn.state = CONN_CONNECTING;
    if (tcp_connect(pcb, address, conn.port, on_connected) != ERR_OK) {
        port_tcp_close();
        conn.state = CONN_FAILED;
    }
}

static void on_resolved(const char *name, const ip_addr_t *address, void *arg)
{
    (void)name;
    if ((uint32_t)(uintptr_t)arg != conn.generation || conn.state != CONN_RESOLVING) {
        return;
    }
    if (address == NULL) {
        conn.state = CONN_FAILED;
        return;
    }
    connect_to(address);
}

static void resolve(void)
{
    ip_addr_t address;
    void *asker = (void *)(uintptr_t)conn.generation;

    conn.state = CONN_RESOLVING;
    err_t err = dns_gethostbyname(conn.host, &address, on_resolved, asker);
    if (err == ERR_OK) {
        connect_to(&address);
    } else if (err != ERR_INPROGRESS) {
        conn.state = CONN_FAILED;
    }
}

int port_tcp_open(const char *host, uint16_t port)
{
    size_t len = strlen(host);

    if (conn.state != CONN_IDLE || len == 0 || len > HOST_CHARS_MAX || port == 0) {
        return PORT_EINVAL;
    }
    memcpy(conn.host, host, len + 1);
    conn.port = port;
    conn.generation++;
    conn.state = CONN_WAITING;
    return PORT_OK;
}

int port_tcp_poll(void)
{
    if (conn.state == CONN_WAITING && net_is_up()) {
        resolve();
    }
    switch (conn.state) {
    case CONN_UP:
    case CONN_ENDED:
        return PORT_OK;
    case CONN_WAITING:
    case CONN_RESOLVING:
    case CONN_CONNECTING:
        return PORT_AGAIN;
    default:
        return PORT_EIO;
    }
}

/* Drops the first buffer once it is read. */
static void rx_advance(u16_t count)
{
    struct pbuf *first = conn.rx;

    conn.rx_offset = (u16_t)(conn.rx_offset + count);
    if (conn.rx_offset < first->len) {
        return;
    }
    conn.rx = first->next;
    conn.rx_offset = 0;
    if (conn.rx != NULL) {
        pbuf_ref(conn.rx);
    }
    pbuf_free(first);
}

static int rx_empty_status(void)
{
    switch (conn.state) {
    case CONN_UP:
        return PORT_AGAIN;
    case CONN_ENDED:
        return PORT_CLOSED;
    default:
        return PORT_EIO;
    }
}

int port_tcp_read(void *buf, uint32_t len)
{
    uint32_t count = 0;

    while (conn.rx != NULL && count < len) {
        uint32_t there = (uint32_t)(conn.rx->len - conn.rx_offset);
        uint32_t part = there < len - count ? there : len - count;
        memcpy((uint8_t *)buf + count, (const uint8_t *)conn.rx->payload + conn.rx_offset, part);
        rx_advance((u16_t)part);
        count += part;
    }
    if (conn.pcb != NULL && count > 0) {
        tcp_recved(conn.pcb, (u16_t)count);
    }
    return count > 0 ? (int)count : rx_empty_status();
}

int port_tcp_write(const void *buf, uint32_t len)
{
    if (conn.pcb == NULL || (conn.state != CONN_UP && conn.state != CONN_ENDED)) {
        return PORT_EIO;
    }
    uint32_t room = tcp_sndbuf(conn.pcb);
    uint32_t count = len < room ? len : room;
    if (count == 0) {
        return PORT_AGAIN;
    }
    err_t err = tcp_write(conn.pcb, buf, (u16_t)count, TCP_WRITE_FLAG_COPY);
    if (err == ERR_MEM) {
        return PORT_AGAIN;
    }
    if (err != ERR_OK || tcp_output(conn.pcb) != ERR_OK) {
        return PORT_EIO;
    }
    return (int)count;
}

void port_tcp_close(void)
{
    if (conn.rx != NULL) {
        pbuf_free(conn.rx);
        conn.rx = NULL;
    }
    if (conn.pcb != NULL) {
        tcp_recv(conn.pcb, NULL);
        tcp_err(conn.pcb, NULL);
        if (tcp_close(conn.pcb) != ERR_OK) {
            tcp_abort(conn.pcb);
        }
        conn.pcb = NULL;
    }
    conn.state = CONN_IDLE;
    conn.generation++;
}
