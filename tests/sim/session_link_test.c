/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway's session machine against the device's link machine and channel, in virtual time, with every fault of a network and of
 * both ends, from seeds. SIM_SEEDS (default 40) runs per weather; SIM_FIRST (default 1) is the first seed.
 *
 * Promised after the faults stop: the device gets a session again and keeps it; it knows the newest Desired; every line it wrote
 * since its last start is stored; blobs arrive. Promised always: one session at a time, no acknowledgement of a line that is not
 * stored, right bytes in each blob, no file left open, no assertion of either machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sim/device_end_fake.h"
#include "sim/gateway_end_fake.h"

#define STEP_US    5000u
#define STORM_US   (90u * 1000000u)
#define CALM_US    (420u * 1000000ull) /* the longest wait is 5 minutes */
#define SETTLED_US (20u * 1000000u)

struct faults {
    uint32_t break_one_in, reboot_one_in, kill_one_in, change_one_in, outage_one_in; /* steps */
};

static struct device_world device;
static struct gateway_world gateway;
static struct pipe_weather weather;
static struct sim_random random_source;
static uint64_t now_us;

static uint32_t from_environment(const char *name, uint32_t otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? (uint32_t)strtoul(text, NULL, 10) : otherwise;
}

static void step(void)
{
    now_us += STEP_US;
    device_world_step(&device, now_us);
    gateway_world_step(&gateway, now_us);
    assert_true(gateway.opened - gateway.closed <= 1);
}

static void strike(const struct faults *f)
{
    if (device.pipe != NULL && sim_once_in(&random_source, f->break_one_in))
        pipe_break(device.pipe, sim_once_in(&random_source, 2), sim_once_in(&random_source, 2),
                   &random_source, now_us);
    if (sim_once_in(&random_source, f->reboot_one_in) && device.boot_id + 1 < SIM_BOOTS_MAX)
        device_world_reboot(&device);
    if (sim_once_in(&random_source, f->kill_one_in))
        gateway_world_kill(&gateway);
    if (sim_once_in(&random_source, f->outage_one_in))
        device.refuse_handshakes = !device.refuse_handshakes;
    if (sim_once_in(&random_source, f->change_one_in)) {
        gateway.row.device.restart_seq++;
        gateway_world_changed(&gateway, !sim_once_in(&random_source, 4));
    }
}

static bool all_is_well(void)
{
    return device.link.state == LINK_UP && gateway.current != NULL && device.acked == device.written &&
           device.desired.restart_seq == gateway.row.device.restart_seq;
}

static void assert_recovered(uint32_t seed)
{
    const uint64_t until_us = now_us + CALM_US;
    uint32_t welcomes, pieces;

    device.refuse_handshakes = false;
    device.line_one_in = 0; /* no new lines, so that all can be stored */
    while (!all_is_well()) {
        if (now_us >= until_us)
            fail_msg("seed %u: not recovered: link %s, session %s, acked %u of %u, restart_seq %u of %u",
                     seed, link_state_name(device.link.state), gateway.current != NULL ? "open" : "none",
                     device.acked, device.written, device.desired.restart_seq,
                     gateway.row.device.restart_seq);
        step();
    }
    for (uint32_t seq = 1; seq <= device.written && weather.noise_one_in == 0; seq++)
        assert_true(gateway_world_has_stored(&gateway, device.boot_id, seq));
    welcomes = device.welcomes;
    pieces = device.pieces;
    for (const uint64_t end_us = now_us + SETTLED_US; now_us < end_us;)
        step();
    assert_true(all_is_well());
    assert_int_equal(device.welcomes, welcomes); /* the same session */
    assert_true(device.pieces > pieces);
}

static void run(uint32_t seed, const struct faults *faults, uint32_t noise_one_in)
{
    random_source.state = seed;
    weather = (struct pipe_weather){ .latency_us = 1000u << sim_random(&random_source) % 9,
                                     .segment_max = 1u << (4 + sim_random(&random_source) % 8),
                                     .noise_one_in = noise_one_in };
    now_us = 1000000;
    gateway_world_init(&gateway, &random_source, &weather);
    gateway.store_delay_us = 1000u << sim_random(&random_source) % 10;
    device_world_init(&device, &random_source, &weather, &gateway);
    for (const uint64_t end_us = now_us + STORM_US; now_us < end_us;) {
        step();
        strike(faults);
    }
    if (noise_one_in == 0 && faults->break_one_in == 0) /* nothing happened: the first session lasts */
        assert_int_equal(gateway.closed, 0);
    weather.noise_one_in = 0;
    if (noise_one_in != 0) /* what noise has put into the pipes and heads ends with a new start */
        device_world_reboot(&device);
    assert_recovered(seed);
    gateway_world_clear(&gateway);
    device_world_clear(&device);
}

static void run_all(const struct faults *faults, uint32_t noise_one_in)
{
    const uint32_t first = from_environment("SIM_FIRST", 1);
    const uint32_t count = from_environment("SIM_SEEDS", 40);

    for (uint32_t seed = first; seed < first + count; seed++)
        run(seed, faults, noise_one_in);
}

static void test_calm(void **state)
{
    static const struct faults none = { .change_one_in = 500 };

    (void)state;
    run_all(&none, 0);
}

static void test_breaking_connections(void **state)
{
    static const struct faults faults = { .break_one_in = 1000, .change_one_in = 500 };

    (void)state;
    run_all(&faults, 0);
}

static void test_everything_at_once(void **state)
{
    static const struct faults faults = { .break_one_in = 1500,
                                          .reboot_one_in = 3000,
                                          .kill_one_in = 3000,
                                          .outage_one_in = 2000,
                                          .change_one_in = 500 };

    (void)state;
    run_all(&faults, 0);
}

static void test_noise_that_tls_would_stop(void **state)
{
    static const struct faults faults = { .break_one_in = 3000, .change_one_in = 500 };

    (void)state;
    run_all(&faults, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calm),
        cmocka_unit_test(test_breaking_connections),
        cmocka_unit_test(test_everything_at_once),
        cmocka_unit_test(test_noise_that_tls_would_stop),
    };

    log_init("sim", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("session_link", tests, NULL, NULL);
}
