/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated device; see device_fake.h. */
#include "tests/unit/device/device_fake.h"

#include <stdlib.h>
#include <string.h>

#include "core/kv/kv.h"
#include "core/prov/identity.h"
#include "port/port_clock.h"
#include "port/port_main.h"
#include "port/port_stream.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/flash_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/provision_fake.h"
#include "tests/unit/device/server_fake.h"

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
    board_fake_reset(seed);
    ns_fake_reset();
    server_fake_reset();
    provision();
}

void device_fake_boot(void)
{
    static uint32_t boots;

    flash_fake_restart();
    board_fake_reset(++boots);
    port_stream_close();
    port_ns_stop(true);
    microvisor_init();
}

static void step(uint64_t end_us)
{
    uint64_t due_us = microvisor_step();

    if (server_fake_step() || due_us <= port_clock_us())
        board_fake_add_time_us(100);
    else
        board_fake_set_time_us(due_us < end_us ? due_us : end_us);
}

bool device_fake_run(bool (*condition)(void), uint32_t limit_ms)
{
    uint64_t end_us = port_clock_us() + limit_ms * 1000ull;

    while (!condition()) {
        if (port_clock_us() >= end_us)
            return false;
        step(end_us);
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
