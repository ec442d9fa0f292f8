/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repairs of external flash, found by the application's own reads, with the power cut at each flash operation and several times.
 *
 * Checked: a read that returns OKAY has given the signed bytes, whatever the flash holds; with the server in reach the whole layer
 * can be read again in the end; the application is not restarted for it but by the cuts; the flash is used by its rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/sys/mv_abi.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/flash_caller_fake.h"
#include "tests/unit/device/server_fake.h"

#define LAYER_AT    BLOCK_BYTES
#define LAYER_BYTES (4u * BLOCK_BYTES)

static struct bundle_fake app;
static uint64_t cases;

static bool runs(void)
{
    return port_ns_state() == PORT_NS_RUNNING && server_fake_connected();
}

/* The whole layer can be read, and is right. */
static bool layer_is_readable(void)
{
    for (uint32_t at = LAYER_AT; at < LAYER_AT + LAYER_BYTES; at += BLOCK_BYTES) {
        uint32_t status = flash_caller_fake(MV_SLOT_FLASH_READ, at, BLOCK_BYTES);

        if (status == MV_INTERNALERROR)
            return false;
        if (status != MV_OKAY || memcmp(flash_caller_fake_buffer(), app.external + at, BLOCK_BYTES) != 0)
            fail_msg("wrong bytes were given out at %u (status %u)", at, status);
    }
    return true;
}

/* An application that reads its layer until it can. */
static void use(void)
{
    uint32_t starts;

    assert_true(device_fake_run(runs, 60000));
    starts = ns_fake_starts();
    for (uint32_t tries = 0; !layer_is_readable(); tries++) {
        assert_true(tries < 1000);
        device_fake_run_ms(1000);
    }
    assert_int_equal(ns_fake_starts(), starts);
    assert_false(server_fake_broken());
    if (flash_fake_violation() != NULL)
        fail_msg("flash: %s", flash_fake_violation());
}

/* A block that is wrong, one that cannot be read, and one that should be erased. */
static void prepare(void)
{
    device_fake_new(true, 1);
    server_fake_target(&app);
    device_fake_boot();
    use();
    flash_fake_bytes(PORT_FLASH_EXTERNAL)[LAYER_AT + 9] ^= 1;
    flash_fake_poison(PORT_FLASH_EXTERNAL, LAYER_AT + 2 * BLOCK_BYTES + 32);
    flash_fake_bytes(PORT_FLASH_EXTERNAL)[LAYER_AT + LAYER_BYTES - 1] = 0;
}

static bool use_cut(uint64_t cut, uint32_t seed, bool boot)
{
    jmp_buf power;

    if (setjmp(power) != 0)
        return true;
    flash_fake_cut(cut, seed, &power);
    if (boot)
        device_fake_boot();
    use();
    flash_fake_cut(0, 0, NULL);
    return false;
}

static int make_app(void **state)
{
    (void)state;
    bundle_fake_start(&app, 1);
    bundle_fake_layer(&app, 0, FLASH_FAKE_APP_BYTES, 100, 1, 0, true);
    bundle_fake_external_layer(&app, LAYER_AT, LAYER_BYTES, 3 * BLOCK_BYTES - 10, 2, 0);
    bundle_fake_finish(&app, BUNDLE_FAKE_SIGNER);
    return 0;
}

static void single_cuts(void **state)
{
    (void)state;
    for (uint32_t tearing = 0; tearing < 5; tearing++) {
        for (uint64_t cut = 1;; cut++) {
            prepare();
            if (!use_cut(cut, (uint32_t)cut * 31 + tearing, false))
                break;
            cases++;
            device_fake_boot();
            use();
        }
    }
    assert_true(cases >= 5 * 5);
}

static void repeated_cuts(void **state)
{
    uint32_t random = 7;

    (void)state;
    for (uint32_t i = 0; i < 60; i++) {
        bool boot = false;

        prepare();
        for (uint32_t again = 0; again < 6; again++) {
            random = random * 1664525u + 1013904223u;
            if (!use_cut(1 + (random >> 8) % 12, random, boot))
                break;
            boot = true;
            cases++;
        }
        device_fake_boot();
        use();
    }
    print_message("# repair: %llu power cuts\n", (unsigned long long)cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_cuts),
        cmocka_unit_test(repeated_cuts),
    };

    return cmocka_run_group_tests(tests, make_app, NULL);
}
