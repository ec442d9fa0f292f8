/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenario of key rotation: a device that runs an application lacks four NewKeys messages. They let a second signer join, withdraw
 * the first one, which signed what runs, let a second server CA join, and withdraw the first one. With the first
 * message comes a layer decrypter, which goes with the last.
 * Progress: the sequence of the last message that the device has told to be applied.
 *
 *  Y-1 a message that was told to be applied stays applied (T2 of core/keys/keyring.h);
 *  Y-2 the ring is always what the messages up to its sequence make of it, nothing in between (N4 of proto/keys/keys.h);
 *  Y-3 the application runs through it all, although its signer is withdrawn (N6), and no other code;
 *  Y-4 in the end all messages are applied, and the device is connected under the new server CA alone;
 *  Y-5 the private key of the layer decrypter was nowhere but in the key/value store (L1), and no value of the store holds it in the end.
 */
#include <string.h>

#include "campaigns/app_world.h"
#include "campaigns/scenarios.h"
#include "core/keys/decrypters.h"
#include "core/kv/kv.h"
#include "port/port_status.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"
#include "tests/unit/device/stream_fake.h"

#define FIRST     BUNDLE_FAKE_SIGNER
#define SECOND    20u
#define DECRYPTER 1u
#define MESSAGES  4u
#define LIMIT_MS  900000u

static struct keys_fake chain[MESSAGES];
static uint32_t told;
static const char *broken;

static bool signers_are(const otr_KeysStatus *status, bool first, bool second)
{
    uint32_t n = 0;

    if (first && status->signers[n++] != keys_fake_signer_id(FIRST))
        return false;
    if (second && status->signers[n++] != keys_fake_signer_id(SECOND))
        return false;
    return status->signers_count == n;
}

static bool has_ca(const otr_KeysStatus *status, uint8_t n)
{
    for (uint32_t i = 0; i < status->server_cas_count; i++)
        if (status->server_cas[i] == keys_fake_ca_id(n))
            return true;
    return false;
}

/* Of the layer decrypter: named as long as it shall be. */
static bool has_decrypter(const otr_KeysStatus *status)
{
    return status->layer_decrypters_count == 1 &&
           status->layer_decrypters[0] == keys_fake_decrypter_id(DECRYPTER);
}

/* Y-2 */
static bool is_consistent(const otr_KeysStatus *status)
{
    uint32_t s = status->sequence;

    return s <= MESSAGES && signers_are(status, s < 2, s >= 1) && has_ca(status, 0) == (s < 4) &&
           has_ca(status, 1) == (s >= 3) && has_decrypter(status) == (s >= 1 && s < 4);
}

/* What the device says counts from the moment on which it is on its way: before the next flash operation. */
static void listen(enum port_flash_area area)
{
    const otr_KeysStatus *status = server_fake_keys_status();

    (void)area;
    if (server_fake_hellos() == 0)
        return;
    if (!is_consistent(status))
        broken = "Y-2 the ring is not what the messages make of it";
    else if (status->sequence < told)
        broken = "Y-1 a message that was applied is not any more";
    if (status->sequence > told) {
        told = status->sequence;
        campaign_progress(told);
    }
}

static bool has_all(void)
{
    const otr_KeysStatus *status = server_fake_keys_status();

    listen(PORT_FLASH_KV);
    return broken != NULL ||
           (app_world_runs_wanted() && status->sequence == MESSAGES &&
            server_fake_hello()->keys.sequence == MESSAGES && status->server_ca_in_use == keys_fake_ca_id(1));
}

/* Y-5 */
static bool keys_left(void)
{
    uint8_t private_key[32], point[P256_POINT_BYTES], value[DECRYPTER_RECORD_BYTES];

    crypto_fake_decrypter(DECRYPTER, private_key, point);
    for (int key = KV_LAYER_KEY_0; key <= KV_LAYER_KEY_3; key++)
        if (told == MESSAGES && kv_get((enum kv_key)key, value, sizeof(value)) != PORT_ENOENT)
            return true;
    for (unsigned area = 0; area < PORT_FLASH_AREA_COUNT; area++)
        for (uint32_t i = 0; area != PORT_FLASH_KV && i + 8 <= port_flash_bytes(area); i++)
            if (memcmp(flash_fake_bytes(area) + i, private_key, 8) == 0)
                return true;
    return false;
}

static const char *run(uint32_t progress)
{
    bool finished;

    told = progress;
    broken = NULL;
    app_world_power_on(&app_world_v1);
    flash_fake_watch(listen);
    stream_fake.server_ca = STREAM_FAKE_CA_NEWEST;
    server_fake_disconnect(); /* the connection that was just begun chose without knowing this */
    server_fake_keys(chain, MESSAGES);
    finished = device_fake_run(has_all, LIMIT_MS);
    if (broken == NULL)
        broken = app_world_broken();
    if (broken == NULL && server_fake_broken())
        broken = "U-6 the device broke the protocol";
    if (broken == NULL && keys_left())
        broken = "Y-5 a private key is where it must not be";
    if (broken == NULL && !finished)
        broken =
            app_world_runs_wanted() ? "Y-4 not all messages are applied" : "Y-3 the application does not run";
    return broken;
}

static void make_chain(void)
{
    keys_fake_begin(1);
    keys_fake_add(SECOND);
    keys_fake_add_decrypter_for_device(DECRYPTER);
    keys_fake_sign(FIRST, &chain[0]);
    keys_fake_begin(2);
    keys_fake_delete(FIRST);
    keys_fake_sign(SECOND, &chain[1]);
    keys_fake_begin(3);
    keys_fake_add_ca(1, 0);
    keys_fake_sign(SECOND, &chain[2]);
    keys_fake_begin(4);
    keys_fake_delete_ca(0);
    keys_fake_delete_decrypter(DECRYPTER);
    keys_fake_sign(SECOND, &chain[3]);
}

static void prepare(void)
{
    app_world_make(true, true);
    app_world_want(&app_world_v1, NULL);
    (void)app_world_run(0);
    make_chain();
}

const struct campaign_scenario scenario_key_rotation = { "key rotation", prepare, run, 2 };
