/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated device; see device_fake.h. */
#include "tests/unit/device/device_fake.h"

#include <stdlib.h>
#include <string.h>

#include "core/kv/kv.h"
#include "core/prov/identity.h"
#include "port/port_clock.h"
#include "port/port_main.h"
#include "port/port_power.h"
#include "port/port_stream.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/flash_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/provision_fake.h"
#include "tests/unit/device/server_fake.h"

/* Of a device that restarts itself: what follows depends on the flash and on what was said, and each start has another boot_id. */
#define RESTART_SEED 77u
/* What a restart takes, so that restarts without end come to one. */
#define RESTART_US 1000u

static struct identity identity;

const char *device_fake_sid(void)
{
    return identity.sid;
}

static void provision(void)
{
    static struct identity_work work;
    static otr_Provision provision;
    int length;

    memset(&identity, 0, sizeof(identity));
    if (kv_mount() != 0 || identity_keygen(&identity) != IDENTITY_OK)
        abort();
    provision_fake_make(identity.public_key, identity.sid, BUNDLE_FAKE_SIGNER, &provision);
    length = codec_provision_encode(&provision, work.bytes, sizeof(work.bytes));
    if (length < 0 || identity_set(&identity, &work, (uint32_t)length) != IDENTITY_OK)
        abort();
}

void device_fake_new(bool has_staging, uint32_t seed)
{
    flash_fake_reset(has_staging);
    boot_fake_factory(0);
    board_fake_reset(seed);
    ns_fake_reset();
    server_fake_reset();
    provision();
}

static bool boot(uint32_t seed, uint32_t reset_reason)
{
    flash_fake_restart();
    board_fake_reset(seed);
    board_fake_set_reset_reason(reset_reason);
    port_stream_close();
    port_ns_stop(true);
    if (!boot_fake_power_on())
        return false;
    microvisor_init();
    return true;
}

bool device_fake_boot(void)
{
    static uint32_t boots;

    return boot(++boots, 0);
}

static void step(uint64_t left_us)
{
    uint64_t due_us = microvisor_step();
    uint64_t now_us = port_clock_us();

    if (server_fake_step() || due_us <= now_us)
        board_fake_add_time_us(100);
    else
        board_fake_set_time_us(due_us - now_us < left_us ? due_us : now_us + left_us);
}

/* A step, or the boot that it asks for. False: nothing can be started. */
static bool step_or_restart(uint64_t left_us)
{
    jmp_buf restart;

    if (setjmp(restart) != 0) {
        boot_fake_catch_restart(NULL);
        return boot(RESTART_SEED + server_fake_hellos(), port_reset_reason());
    }
    boot_fake_catch_restart(&restart);
    step(left_us);
    boot_fake_catch_restart(NULL);
    return true;
}

bool device_fake_run(bool (*condition)(void), uint32_t limit_ms)
{
    volatile uint64_t left_us = limit_ms * 1000ull; /* the clock begins anew with each restart */

    while (!condition()) {
        uint64_t before_us = port_clock_us(), spent_us;

        if (left_us == 0 || !step_or_restart(left_us))
            return false;
        spent_us = port_clock_us() > before_us ? port_clock_us() - before_us : RESTART_US;
        left_us -= spent_us < left_us ? spent_us : left_us;
    }
    return true;
}

static bool never(void)
{
    return false;
}

void device_fake_run_ms(uint32_t ms)
{
    (void)device_fake_run(never, ms);
}
