/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between roles, and the look-up of inherited descriptors. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/status.h"
#include "bus/bus.h"
#include "bus/peers.h"

struct ends {
    int fd[2];
};

static struct ends ends;
static unsigned char buf[BUS_MESSAGE_MAX_BYTES + 8];

static int setup(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.fd);
}

static int teardown(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        if (ends.fd[i] >= 0)
            close(ends.fd[i]);
    return 0;
}

static void test_message_goes_through(void **state)
{
    static unsigned char body[BUS_MESSAGE_MAX_BYTES];
    struct bus_message m;

    (void)state;
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (unsigned char)(i * 7);
    assert_int_equal(bus_recv(ends.fd[1], buf, sizeof buf, &m), ST_TIMEOUT);
    assert_int_equal(bus_send(ends.fd[0], BUS_DEVICE_CHANGED, 7, body, sizeof body), ST_OK);
    assert_int_equal(bus_send(ends.fd[0], BUS_APP_SIGNER, 0xfffffffe, NULL, 0), ST_OK);
    assert_int_equal(bus_recv(ends.fd[1], buf, sizeof buf, &m), ST_OK);
    assert_int_equal(m.type, BUS_DEVICE_CHANGED);
    assert_int_equal(m.tag, 7);
    assert_int_equal(m.len, sizeof body);
    assert_memory_equal(m.body, body, sizeof body);
    assert_int_equal(bus_recv(ends.fd[1], buf, sizeof buf, &m), ST_OK);
    assert_int_equal(m.tag, 0xfffffffe);
    assert_int_equal(m.len, 0);
}

static void test_send_limits(void **state)
{
    static unsigned char body[BUS_MESSAGE_MAX_BYTES + 1];
    unsigned sent = 0;

    (void)state;
    assert_int_equal(bus_send(ends.fd[0], 1, 0, body, sizeof body), ST_TOO_LARGE);
    while (sent < 100000 && bus_send(ends.fd[0], 1, 0, body, 1000) == ST_OK)
        sent++;
    assert_true(sent > 0 && sent < 100000);
    assert_int_equal(bus_send(ends.fd[0], 1, 0, body, 1000), ST_TIMEOUT); /* full: dropped, not waited for */
    close(ends.fd[1]);
    ends.fd[1] = -1;
    assert_int_equal(bus_send(ends.fd[0], 1, 0, body, 1), ST_CLOSED); /* and no SIGPIPE */
}

static void test_malformed_packets_are_skipped(void **state)
{
    static const unsigned char short_packet[7], bad_zero[8] = { 1, 0, 1, 0 };
    static unsigned char long_packet[BUS_MESSAGE_MAX_BYTES + 9];
    struct bus_message m;

    (void)state;
    assert_int_equal(send(ends.fd[0], short_packet, sizeof short_packet, 0), sizeof short_packet);
    assert_int_equal(send(ends.fd[0], bad_zero, sizeof bad_zero, 0), sizeof bad_zero);
    assert_int_equal(send(ends.fd[0], long_packet, sizeof long_packet, 0), sizeof long_packet);
    assert_int_equal(send(ends.fd[0], "", 0, 0), 0);
    assert_int_equal(bus_send(ends.fd[0], 5, 6, "x", 1), ST_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(bus_recv(ends.fd[1], buf, sizeof buf, &m), ST_INVALID);
    assert_int_equal(bus_recv(ends.fd[1], buf, sizeof buf, &m), ST_OK);
    assert_int_equal(m.type, 5);
    close(ends.fd[0]);
    ends.fd[0] = -1;
    assert_int_equal(bus_recv(ends.fd[1], buf, sizeof buf, &m), ST_CLOSED);
}

/* Answers one request, after rubbish, a stale reply and a notice. */
static void *responder(void *arg)
{
    const int fd = *(const int *)arg;
    unsigned char in[BUS_MESSAGE_MAX_BYTES + 8];
    struct bus_message m;

    while (bus_recv(fd, in, sizeof in, &m) != ST_OK)
        continue;
    (void)send(fd, "rubbish", 7, 0);
    (void)bus_send(fd, BUS_REPLY, m.tag + 1, "stale", 5);
    (void)bus_send(fd, BUS_DEVICE_CHANGED, m.tag, "notice", 6);
    (void)bus_send(fd, BUS_REPLY, m.tag, m.body, m.len);
    return NULL;
}

static void test_call_finds_its_reply(void **state)
{
    struct bus_message m;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, responder, &ends.fd[1]), 0);
    assert_int_equal(bus_call(ends.fd[0], BUS_SIGN_MANIFEST, "ping", 4, 10000, buf, sizeof buf, &m), ST_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(m.len, 4);
    assert_memory_equal(m.body, "ping", 4);
}

static void test_call_gives_up(void **state)
{
    const int64_t start_us = clock_mono_us();
    struct bus_message m;

    (void)state;
    assert_int_equal(bus_call(ends.fd[0], BUS_APP_SIGNER, NULL, 0, 30, buf, sizeof buf, &m), ST_TIMEOUT);
    assert_true(clock_mono_us() - start_us >= 30000);
    close(ends.fd[1]);
    ends.fd[1] = -1;
    assert_int_equal(bus_call(ends.fd[0], BUS_APP_SIGNER, NULL, 0, 1000, buf, sizeof buf, &m), ST_CLOSED);
}

static void test_peers(void **state)
{
    char text[128];

    (void)state;
    (void)snprintf(text, sizeof text,
                   "listen.gateway=%d,bus.gateway.1=%d,bus.api=99999,bus.x=7z,bus.y=-1,bus.z=", ends.fd[0],
                   ends.fd[1]);
    assert_int_equal(setenv("OUTRIGGER_FDS", text, 1), 0);
    assert_int_equal(fcntl(ends.fd[1], F_SETFD, 0), 0);
    assert_int_equal(peers_fd("listen.gateway"), ends.fd[0]);
    assert_int_equal(peers_fd("bus.gateway.1"), ends.fd[1]);
    assert_int_equal(fcntl(ends.fd[1], F_GETFD), FD_CLOEXEC);
    assert_int_equal(peers_fd("bus.gateway"), -1);
    assert_int_equal(peers_fd("gateway"), -1);
    assert_int_equal(peers_fd("bus.api"), -1); /* not open */
    assert_int_equal(peers_fd("bus.x"), -1);
    assert_int_equal(peers_fd("bus.y"), -1);
    assert_int_equal(peers_fd("bus.z"), -1);
    assert_int_equal(unsetenv("OUTRIGGER_FDS"), 0);
    assert_int_equal(peers_fd("bus.api"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_message_goes_through, setup, teardown),
        cmocka_unit_test_setup_teardown(test_send_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_malformed_packets_are_skipped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_call_finds_its_reply, setup, teardown),
        cmocka_unit_test_setup_teardown(test_call_gives_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_peers, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
