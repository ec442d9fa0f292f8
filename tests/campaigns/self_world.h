/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated device whose microvisor is to be replaced, and what must always hold for it (X-1, X-3, X-4, X-7 and X-8:
 * tests/unit/device/boot_fake.h):
 *  X-2 with an honest server in reach it ends up running exactly what is wanted, confirmed; or, if that one is no good, what ran before,
 *      which says why;
 *  X-5 the flash is used by its rules;
 *  X-6 the device keeps the protocol and its identity;
 *  X-9 the application, if there is one, runs in the end and is the same.
 */
#ifndef CAMPAIGNS_SELF_WORLD_H
#define CAMPAIGNS_SELF_WORLD_H

#include <stdbool.h>

#include "tests/unit/device/kernel_fake.h"
#include "wire.pb.h"

/* Slots for images of two blocks: pairs of cuts can be run. */
#define SELF_WORLD_SLOT_BYTES  (3u * PORT_FLASH_SECTOR_BYTES)
#define SELF_WORLD_IMAGE_BYTES (BLOCK_BYTES + 300u)

/* v1 comes from the factory; v2 and v3 are made by self_world_make() and may be made anew before they are offered. */
extern struct kernel_fake self_world_v2, self_world_v3;

/* A provisioned device that runs v1, with or without an application. All have this security ratchet. */
void self_world_make(bool with_app, uint32_t ratchet);

/* From now on wanted is offered: it must run in the end, or be reported as refused for this reason (UPDATE_OK: run). */
void self_world_want(const struct kernel_fake *wanted, otr_UpdateError refusal);

/* v2 may run; may v1 and v3? */
void self_world_allow(bool v1, bool v3);

/* Power on with the flash as it is, in reach of a server that offers what is wanted, honestly. To the end: NULL, or what does not
 * hold. */
const char *self_world_run(void);

/* The same in two steps: power on with a server that offers (and serves) this, honest or not; then, after whatever time: does
 * anything not hold so far? */
void self_world_power_on(const struct kernel_fake *offered);
const char *self_world_broken(void);

/* Is the end reached, and does the server know? */
bool self_world_is_over(void);

#endif
