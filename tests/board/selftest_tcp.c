/* SPDX-License-Identifier: Apache-2.0 */
/* Sends a pattern to an echo server and compares what comes back, through port_tcp. */
#include "port/port_clock.h"
#include "port/port_status.h"
#include "port/port_tcp.h"
#include "board/selftest.h"

#include <stdlib.h>

static bool running;
static uint32_t total, sent, received, wrong;
static uint64_t start_us;

static uint8_t pattern(uint32_t i)
{
    return (uint8_t)(i * 7u + (i >> 8));
}

static void finish(const char *how)
{
    port_tcp_close();
    running = false;
    selftest_text("tcp ");
    selftest_text(how);
    selftest_number("received", received);
    selftest_number("wrong", wrong);
    selftest_number("us", (uint32_t)(port_clock_us() - start_us));
    selftest_text("\n");
}

bool selftest_tcp(const char *const args[])
{
    total = (uint32_t)strtoul(args[3], NULL, 0);
    sent = received = wrong = 0;
    start_us = port_clock_us();
    running = port_tcp_open(args[1], (uint16_t)strtoul(args[2], NULL, 0)) == PORT_OK;
    return running;
}

static bool send_some(void)
{
    uint8_t bytes[1000];
    uint32_t count = total - sent < sizeof(bytes) ? total - sent : sizeof(bytes);

    for (uint32_t i = 0; i < count; i++) {
        bytes[i] = pattern(sent + i);
    }
    int status = count == 0 ? PORT_AGAIN : port_tcp_write(bytes, count);
    if (status > 0) {
        sent += (uint32_t)status;
    }
    return status > 0;
}

static bool receive_some(int *status)
{
    uint8_t bytes[1000];

    *status = port_tcp_read(bytes, sizeof(bytes));
    for (int i = 0; i < *status; i++) {
        wrong += bytes[i] != pattern(received++);
    }
    return *status > 0;
}

bool selftest_tcp_step(void)
{
    int status = running ? port_tcp_poll() : PORT_AGAIN;

    if (!running || status == PORT_AGAIN) {
        return false;
    }
    if (status != PORT_OK) {
        finish("failed");
        return false;
    }
    bool more = send_some();
    more = receive_some(&status) || more;
    if (received == total || status == PORT_CLOSED || status == PORT_EIO) {
        finish(received == total ? "done" : status == PORT_CLOSED ? "closed" : "error");
        return false;
    }
    return more;
}
