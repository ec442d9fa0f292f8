/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random bytes from the host's generator, which the emulator connects to UART 2.
 *
 * The bytes are used as they are; a health test in the manner of SP 800-90B 4.4.1 (repetition count) notices
 * a source that is stuck, a deadline one that is missing. On hardware this file is the TRNG driver.
 */
#include "port/port_entropy.h"

#include "port/port_clock.h"
#include "port/port_status.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/world.h"

#include <stdbool.h>

#define ENTROPY_BYTES_MAX 1024u
#define BYTE_TIMEOUT_US   500000u
#define NAP_US            1000u
#define BAUD_DIVISOR_FAST 16u
#define REPETITIONS_MAX   8u /* a sound source repeats a byte this often once in 2^56 */

static bool started;
static uint8_t last_byte;
static uint32_t repetitions;

static void source_start(void)
{
    REG32(UART_BAUDDIV(UART2_S)) = BAUD_DIVISOR_FAST;
    REG32(UART_CTRL(UART2_S)) = UART_CTRL_RXEN;
    started = true;
}

/* Naps between polls: the emulator fills the UART only when the core gives it time. */
static int byte_take(uint8_t *out)
{
    uint64_t give_up_us = port_clock_us() + BYTE_TIMEOUT_US;

    while ((REG32(UART_STATE(UART2_S)) & UART_STATE_RXFULL) == 0) {
        uint64_t now_us = port_clock_us();
        if (now_us >= give_up_us) {
            return PORT_EIO;
        }
        world_sleep_until(now_us + NAP_US);
    }
    *out = (uint8_t)REG32(UART_DATA(UART2_S));
    return PORT_OK;
}

static bool byte_is_healthy(uint8_t byte)
{
    repetitions = byte == last_byte ? repetitions + 1u : 0;
    last_byte = byte;
    return repetitions < REPETITIONS_MAX;
}

int port_entropy_get(void *buf, uint32_t len)
{
    uint8_t *out = buf;

    if (len > ENTROPY_BYTES_MAX) {
        return PORT_EINVAL;
    }
    if (!started) {
        source_start();
    }
    for (uint32_t i = 0; i < len; i++) {
        int status = byte_take(&out[i]);
        if (status != PORT_OK || !byte_is_healthy(out[i])) {
            return PORT_EIO;
        }
    }
    return PORT_OK;
}
