/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recovery over a bad line: the tool's machine (cli/recover) against the device's (core/boot/boot_recovery), in one process.
 *
 * Noise alters, loses and doubles characters in both directions; the device loses power now and then. Whatever happens: the
 * tool says DONE only when exactly the image is stored (R1, V2, V3), it gets there in bounded time, and nothing but a device
 * that has started over RESCUE_RESTARTS_MAX times (R3) makes it give up.
 * SIM_SEEDS runs per case (40), from SIM_FIRST (1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/boot/boot_recovery.h"
#include "port/port_status.h"
#include "recover/rescue.h"

#define IMAGE_BYTES 5000u
#define ROOM        8192u
#define WIRE_BYTES  65536u
#define TURNS_MAX   4000u /* in each of them the tool's reminder may come once */

/* One direction of the line. */
struct wire {
    char bytes[WIRE_BYTES];
    uint32_t length;
};

struct noise {
    uint32_t every; /* one character in so many is spoilt, 0: none */
    uint32_t power; /* one turn in so many ends with the device's power, 0: none */
};

static struct wire to_device, to_tool;
static struct noise noise;
static uint32_t random_state;
static unsigned char image[IMAGE_BYTES];
static uint8_t memory[ROOM], stored[ROOM];
static uint32_t stored_bytes;
static struct boot_recovery recovery;
static struct rescue rescue;
static char line[512]; /* that the tool is receiving */
static uint32_t line_length;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

static void wire_put(struct wire *wire, char c)
{
    assert_true(wire->length < WIRE_BYTES);
    wire->bytes[wire->length++] = c;
}

/* Through the noise. */
static void wire_send(struct wire *wire, const char *text)
{
    for (; *text != '\0'; text++) {
        uint32_t fate = noise.every == 0 ? 3 : next_random() % (3 * noise.every);

        if (fate == 0) {
            wire_put(wire, (char)(*text ^ 1 << next_random() % 8));
        } else if (fate == 1) {
            wire_put(wire, *text);
            wire_put(wire, *text);
        } else if (fate != 2) {
            wire_put(wire, *text);
        }
    }
}

static void device_say(const char *text)
{
    wire_send(&to_tool, text);
}

static void device_keep(uint32_t offset, const uint8_t *data, uint32_t length)
{
    assert_true(offset + length <= ROOM);
    memcpy(memory + offset, data, length);
}

static enum boot_image_fault device_judge(uint32_t image_bytes, uint32_t *number)
{
    *number = image_bytes;
    return image_bytes == IMAGE_BYTES && memcmp(memory, image, IMAGE_BYTES) == 0 ? BOOT_IMAGE_OK
                                                                                 : BOOT_IMAGE_BAD_SIGNATURE;
}

static int device_install(void)
{
    memcpy(stored, memory, ROOM);
    stored_bytes = IMAGE_BYTES;
    return PORT_OK;
}

static void device_power_on(void)
{
    static const struct boot_recovery_world world = { "board",     ROOM,         device_say,
                                                      device_keep, device_judge, device_install };

    to_device.length = 0;
    memset(memory, 0xee, sizeof(memory));
    if (stored_bytes > 0) {
        device_say("boot started slot=a role=confirmed image_number=1\r\n");
        return;
    }
    boot_recovery_start(&recovery, &world);
    boot_recovery_announce(&recovery);
}

static void device_turn(void)
{
    static struct wire taken;

    taken = to_device;
    to_device.length = 0;
    for (uint32_t i = 0; i < taken.length && stored_bytes == 0; i++) {
        (void)boot_recovery_take(&recovery, taken.bytes[i]);
    }
    if (stored_bytes > 0 || (noise.power != 0 && next_random() % noise.power == 0)) {
        device_power_on();
    }
}

/* True at the end of a line, which is then in `line`. */
static bool line_take(char c)
{
    if (c == '\n') {
        line[line_length] = '\0';
        line_length = 0;
        return true;
    }
    if (c != '\r' && c != '\0' && line_length < sizeof(line) - 1) {
        line[line_length++] = c;
    }
    return false;
}

static void tool_turn(void)
{
    static struct wire taken;
    bool spoke = false;

    taken = to_tool;
    to_tool.length = 0;
    for (uint32_t i = 0; i < taken.length && rescue.state < RESCUE_DONE; i++) {
        if (line_take(taken.bytes[i]) && rescue_take(&rescue, line)) {
            wire_send(&to_device, rescue.line);
            spoke = true;
        }
    }
    if (!spoke) {
        wire_send(&to_device, rescue.line); /* the reminder */
    }
}

static uint32_t setting(const char *name, uint32_t otherwise)
{
    const char *value = getenv(name);

    return value != NULL ? (uint32_t)strtoul(value, NULL, 10) : otherwise;
}

/* Turns that it took. */
static uint32_t run(struct noise with, uint32_t seed)
{
    uint32_t turns = 0;

    noise = with;
    random_state = seed;
    stored_bytes = 0;
    line_length = 0;
    to_tool.length = 0;
    for (uint32_t i = 0; i < IMAGE_BYTES; i++) {
        image[i] = (unsigned char)next_random();
    }
    rescue_init(&rescue, image, IMAGE_BYTES);
    device_power_on();
    for (; rescue.state < RESCUE_DONE; turns++) {
        if (turns == TURNS_MAX) {
            fail_msg("seed %u: not finished after %u turns, state %d", seed, turns, rescue.state);
        }
        tool_turn();
        device_turn();
    }
    if (rescue.state == RESCUE_DONE &&
        (stored_bytes != IMAGE_BYTES || memcmp(stored, image, IMAGE_BYTES) != 0)) {
        fail_msg("seed %u: DONE, but the image is not stored", seed);
    }
    return turns;
}

static void run_seeds(struct noise with, bool may_give_up)
{
    uint32_t first = setting("SIM_FIRST", 1), seeds = setting("SIM_SEEDS", 40), done = 0;

    for (uint32_t seed = first; seed < first + seeds; seed++) {
        (void)run(with, seed);
        if (rescue.state == RESCUE_FAILED && (!may_give_up || rescue.restarts <= RESCUE_RESTARTS_MAX)) {
            fail_msg("seed %u: given up, because %s", seed, rescue.fail.text);
        }
        done += rescue.state == RESCUE_DONE;
    }
    assert_true(done > seeds / 2);
}

static void a_good_line(void **state)
{
    (void)state;
    assert_true(run((struct noise){ 0, 0 }, 1) < 40);
    assert_int_equal(rescue.state, RESCUE_DONE);
}

static void a_bad_line(void **state)
{
    (void)state;
    run_seeds((struct noise){ 1000, 0 }, false);
}

static void a_very_bad_line(void **state)
{
    (void)state;
    run_seeds((struct noise){ 200, 0 }, false);
}

static void power_cuts(void **state)
{
    (void)state;
    run_seeds((struct noise){ 0, 60 }, true);
}

static void everything_at_once(void **state)
{
    (void)state;
    run_seeds((struct noise){ 1000, 100 }, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_line),        cmocka_unit_test(a_bad_line),
        cmocka_unit_test(a_very_bad_line),    cmocka_unit_test(power_cuts),
        cmocka_unit_test(everything_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
