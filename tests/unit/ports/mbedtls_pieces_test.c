/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's TLS stream over a transport that takes and gives bytes in random pieces and refuses at random,
 * which is what a congested link does: every byte must arrive once and in order. The transport replaces
 * port_tcp of the host.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "port/port_status.h"
#include "port/port_stream.h"
#include "port/port_tcp.h"
#include "unit/ports/server_fake.h"

#define TOTAL_BYTES (256u * 1024u)
#define TURNS_MAX   4000000u

static int transport_fd = -1;
static uint32_t random_state;
static unsigned refused_writes;
static unsigned short_writes;

static uint32_t random_next(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

int port_tcp_open(const char *host, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = inet_addr(host) };

    transport_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(transport_fd, (const struct sockaddr *)&address, sizeof address), 0);
    return PORT_OK;
}

int port_tcp_poll(void)
{
    return random_next(3) == 0 ? PORT_OK : PORT_AGAIN;
}

int port_tcp_read(void *buf, uint32_t len)
{
    uint32_t part = 1 + random_next(len < 700 ? len : 700);
    ssize_t got;

    if (random_next(3) == 0) {
        return PORT_AGAIN;
    }
    got = recv(transport_fd, buf, part, MSG_DONTWAIT);
    if (got < 0) {
        assert_int_equal(errno, EAGAIN);
        return PORT_AGAIN;
    }
    return got == 0 ? PORT_CLOSED : (int)got;
}

int port_tcp_write(const void *buf, uint32_t len)
{
    uint32_t part = 1 + random_next(len);
    ssize_t sent;

    if (random_next(3) == 0) {
        refused_writes++;
        return PORT_AGAIN;
    }
    short_writes += part < len;
    sent = send(transport_fd, buf, part, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
        assert_int_equal(errno, EAGAIN);
        return PORT_AGAIN;
    }
    return (int)sent;
}

void port_tcp_close(void)
{
    close(transport_fd);
    transport_fd = -1;
}

/* Every byte depends on its place, so that a lost, doubled or moved one shows. */
static uint8_t byte_at(size_t place)
{
    return (uint8_t)(place * 2654435761u >> 13);
}

/* Offers the next bytes of the sequence, from 1 to more than a record, and after a refusal as many or more,
 * as the contract allows; how many were taken. */
static size_t sequence_write(size_t sent)
{
    static size_t refused;
    uint8_t out[3000];
    size_t left = TOTAL_BYTES - sent;
    size_t len = 1 + random_next(sizeof out);
    int ret;

    len = len > refused ? len : refused;
    len = len < left ? len : left;
    if (len == 0) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = byte_at(sent + i);
    }
    ret = port_stream_write(out, (uint32_t)len);
    assert_true(ret == PORT_AGAIN || (ret > 0 && (size_t)ret <= len));
    refused = ret == PORT_AGAIN ? len : 0;
    return ret > 0 ? (size_t)ret : 0;
}

/* Reads what there is and compares it with the sequence; how many bytes there were. */
static size_t sequence_read(size_t seen)
{
    uint8_t in[1111];
    size_t got = 0;
    int ret;

    while ((ret = port_stream_read(in, 1 + random_next(sizeof in))) > 0) {
        for (int i = 0; i < ret; i++) {
            assert_int_equal(in[i], byte_at(seen + got + (size_t)i));
        }
        got += (size_t)ret;
    }
    assert_int_equal(ret, PORT_AGAIN);
    return got;
}

static void connect_in_pieces(struct server *gateway, const struct port_stream_identity *identity)
{
    int ret = PORT_AGAIN;

    assert_int_equal(port_stream_open(identity, (uint64_t)time(NULL)), PORT_OK);
    for (unsigned turn = 0; ret == PORT_AGAIN && turn < TURNS_MAX; turn++) {
        ret = port_stream_poll();
        server_step(gateway);
    }
    assert_int_equal(ret, PORT_OK);
}

static void echo_in_pieces(struct server *gateway)
{
    size_t sent = 0;
    size_t seen = 0;

    for (unsigned turn = 0; seen < TOTAL_BYTES && turn < TURNS_MAX; turn++) {
        sent += sequence_write(sent);
        if (random_next(2) == 0) {
            server_step(gateway);
        }
        if (random_next(4) == 0) {
            seen += sequence_read(seen);
        }
    }
    assert_int_equal(seen, TOTAL_BYTES);
}

static void bytes_arrive_once_and_in_order(void **state)
{
    struct pki_entity ca, fleet_ca, server, device;
    struct server *gateway = malloc(sizeof *gateway);

    (void)state;
    assert_non_null(gateway);
    pki_issue(&ca, NULL, &(struct pki_wish){ .common_name = "Server CA", .ca = true });
    pki_issue(&fleet_ca, NULL, &(struct pki_wish){ .common_name = "Fleet CA", .ca = true });
    pki_issue(&server, &ca, &(struct pki_wish){ .common_name = "x", .alternative_name = "DNS:gateway.test" });
    pki_issue(&device, &fleet_ca, &(struct pki_wish){ .common_name = "device" });
    server_start(gateway, &server, &fleet_ca, &(struct server_wish){ 0 });
    for (random_state = 1; random_state <= 8; random_state++) {
        uint32_t seed = random_state;
        const struct port_stream_identity identity = {
            .device_cert = device.der,
            .device_cert_len = device.der_len,
            .private_key = device.scalar,
            .server_cas = { { ca.der, ca.der_len } },
            .server_name = "gateway.test",
            .host = "127.0.0.1",
            .port = gateway->port,
        };

        print_message("seed %u\n", (unsigned)seed);
        connect_in_pieces(gateway, &identity);
        echo_in_pieces(gateway);
        port_stream_close();
        server_cut(gateway);
        random_state = seed;
    }
    assert_true(refused_writes > 100);
    assert_true(short_writes > 100);
    server_clear(gateway);
    free(gateway);
    pki_clear(&ca);
    pki_clear(&fleet_ca);
    pki_clear(&server);
    pki_clear(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_arrive_once_and_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
