/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updates of an application whose layers are all encrypted, in the slot and in external flash, with a device that has the key. What must
 * hold stands in app_world.h, and:
 *  L1 no part of the content key is in flash, and none of the decrypter's private key outside the key/value store.
 */
#include <stdio.h>
#include <string.h>

#include "campaigns/app_world.h"
#include "campaigns/scenarios.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/crypto_fake.h"

static void prepare(bool staging)
{
    const char *broken;

    app_world_make_encrypted(staging, 2 * BLOCK_BYTES);
    app_world_want(&app_world_v1, NULL);
    broken = app_world_run(0);
    if (broken != NULL)
        fprintf(stderr, "the first installation failed: %s\n%s\n", broken, board_fake_console());
    app_world_want(&app_world_v2, &app_world_v1);
}

static void prepare_staged(void)
{
    prepare(true);
}

static void prepare_in_place(void)
{
    prepare(false);
}

static bool flash_has(enum port_flash_area area, const uint8_t *bytes)
{
    const uint8_t *flash = flash_fake_bytes(area);

    for (uint32_t i = 0; i + 8 <= port_flash_bytes(area); i++)
        if (flash[i] == bytes[0] && memcmp(flash + i, bytes, 8) == 0)
            return true;
    return false;
}

static bool keys_are_in_flash(void)
{
    uint8_t private_key[32], point[P256_POINT_BYTES], content[CONTENT_KEY_BYTES];

    crypto_fake_decrypter(APP_WORLD_DECRYPTER, private_key, point);
    bundle_fake_content_key(&app_world_v2, content);
    for (unsigned area = 0; area < PORT_FLASH_AREA_COUNT; area++)
        if (flash_has(area, content) || flash_has(area, content + 8) ||
            (area != PORT_FLASH_KV && (flash_has(area, private_key) || flash_has(area, private_key + 16))))
            return true;
    return false;
}

static const char *run(uint32_t progress)
{
    const char *broken = app_world_run(progress);

    return broken == NULL && keys_are_in_flash() ? "L1 a key is in flash" : broken;
}

const struct campaign_scenario scenario_encrypted = { "update, encrypted, half staged", prepare_staged, run,
                                                      2 };
const struct campaign_scenario scenario_encrypted_in_place = { "update, encrypted, in place",
                                                               prepare_in_place, run, 2 };
