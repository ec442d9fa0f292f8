/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated device with two applications, v1 and v2, and what must always hold for it (numbers as in
 * tests/powercut/update_test.c):
 *  U-1 whenever an application is started, the code window holds exactly one of the signed images that are allowed, and
 *      external flash its layers;
 *  U-2 with an honest server in reach the device ends up connected and running exactly what is wanted;
 *  U-3 neither the slot nor external flash is written while an application runs;
 *  U-5 the flash is used by its rules; U-6 the device keeps the protocol and its identity.
 */
#ifndef CAMPAIGNS_APP_WORLD_H
#define CAMPAIGNS_APP_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/unit/device/bundle_fake.h"

/* A slot of four blocks: everything that can happen to a block happens to one of them, and pairs of cuts can be run. */
#define APP_WORLD_SLOT_BYTES (4u * BLOCK_BYTES)

extern struct bundle_fake app_world_v1, app_world_v2;

/* A provisioned device without an application; the bundles are made. */
void app_world_make(bool staging, bool with_list);

/* The same with layers in external flash, for beside_bytes of which the staging area has room. */
void app_world_make_external(bool staging, uint32_t beside_bytes, bool same_code);

/* Like those, and encrypted, for a device that has the layer decrypter APP_WORLD_DECRYPTER once a server was there. */
#define APP_WORLD_DECRYPTER 1u
void app_world_make_encrypted(bool staging, uint32_t beside_bytes);

/* From now on wanted must run in the end, and old (NULL: nothing) may run on the way. */
void app_world_want(const struct bundle_fake *wanted, const struct bundle_fake *old);

/* External flash is being altered behind the device's back: then it is not measured at a start, but at each read. */
void app_world_external_altered(bool is_altered);

/* Power on with the flash as it is; an honest server wants what is wanted. To the end: NULL, or what does not hold. */
const char *app_world_run(uint32_t progress);

/* The same in two steps: power on with a server that wants (and serves) target, honest or not; then, after whatever time: does
 * anything of U-1, U-3, U-5 not hold so far? */
void app_world_power_on(const struct bundle_fake *target);
const char *app_world_broken(void);

/* Does what is wanted run, and does the server know? */
bool app_world_runs_wanted(void);

#endif
