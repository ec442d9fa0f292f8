/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated board; see board_fake.h. A critical section that nests or is left open aborts the test. */
#include "tests/unit/device/board_fake.h"

#include <stdlib.h>
#include <string.h>

#include "port/port_clock.h"
#include "port/port_console.h"
#include "port/port_critical.h"
#include "port/port_entropy.h"
#include "port/port_power.h"
#include "port/port_status.h"

#define CONSOLE_BYTES 65536u

static struct {
    uint64_t now_us;
    uint32_t seed;
    bool dead;
    bool critical;
    bool led;
    uint32_t reset_reason;
    uint32_t wakes;
    char out[CONSOLE_BYTES + 1];
    uint32_t out_length;
    char in[CONSOLE_BYTES + 1];
    uint32_t in_read, in_length;
} board;

void board_fake_reset(uint32_t seed)
{
    memset(&board, 0, sizeof(board));
    board.now_us = 1000000;
    board.seed = seed;
}

void board_fake_set_time_us(uint64_t now_us)
{
    board.now_us = now_us;
}

void board_fake_add_time_us(uint64_t us)
{
    board.now_us += us;
}

void board_fake_type(const char *text)
{
    uint32_t length = (uint32_t)strlen(text);

    if (length > CONSOLE_BYTES)
        abort();
    memcpy(board.in, text, length);
    board.in_read = 0;
    board.in_length = length;
}

const char *board_fake_console(void)
{
    board.out[board.out_length] = '\0';
    return board.out;
}

void board_fake_console_clear(void)
{
    board.out_length = 0;
}

void board_fake_entropy_dead(bool dead)
{
    board.dead = dead;
}

bool board_fake_led(void)
{
    return board.led;
}

uint32_t board_fake_wakes(void)
{
    return board.wakes;
}

bool board_fake_in_critical(void)
{
    return board.critical;
}

uint64_t port_clock_us(void)
{
    return board.now_us;
}

void port_clock_rates(struct port_clock_rates *out)
{
    *out = (struct port_clock_rates){ 160000000u, 80000000u, 40000000u, 20000000u };
}

void port_console_write(const char *text, uint32_t len)
{
    if (len > CONSOLE_BYTES - board.out_length)
        board.out_length = 0; /* keeps the end */
    memcpy(board.out + board.out_length, text, len);
    board.out_length += len;
}

uint32_t port_console_read(char *buf, uint32_t len)
{
    uint32_t left = board.in_length - board.in_read;
    uint32_t count = len < left ? len : left;

    memcpy(buf, board.in + board.in_read, count);
    board.in_read += count;
    return count;
}

void port_critical_enter(void)
{
    if (board.critical)
        abort();
    board.critical = true;
}

void port_critical_leave(void)
{
    if (!board.critical)
        abort();
    board.critical = false;
}

void port_wake(void)
{
    board.wakes++;
}

int port_entropy_get(void *buf, uint32_t len)
{
    uint8_t *at = buf;

    if (board.dead)
        return PORT_EIO;
    while (len-- > 0) {
        board.seed = board.seed * 1664525u + 1013904223u;
        *at++ = (uint8_t)(board.seed >> 24);
    }
    return 0;
}

static const struct port_crash *crash;
static uint64_t run_name;

void board_fake_crash(const struct port_crash *ended_by)
{
    crash = ended_by;
}

uint64_t board_fake_run_name(void)
{
    return run_name;
}

void port_crash_name(uint64_t boot_id)
{
    run_name = boot_id;
}

const struct port_crash *port_crash_last(void)
{
    return crash;
}

void port_crash_forget(void)
{
    crash = NULL;
}

void board_fake_set_reset_reason(uint32_t reason)
{
    board.reset_reason = reason;
}

uint32_t port_reset_reason(void)
{
    return board.reset_reason;
}

void port_watchdog_kick(void)
{
}

uint32_t port_watchdog_ms(void)
{
    return 0;
}

const char *port_board_name(void)
{
    return "fake";
}

void port_led(bool on)
{
    board.led = on;
}
