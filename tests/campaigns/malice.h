/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on a device that runs v1 and is to run v2 (app_world.h): lies of a server, forged and altered bundles, altered flash.
 *
 * In each case the device meets the attack first, then an honest server. M-1: nothing but exactly v1 or v2 was ever started; M-2: in
 * the end v2 runs; M-3: of a layer in external flash the application is given nothing but what was signed. Of attacks on the
 * identity in flash only M-1 is asked: who can write there can make a device forget who it is.
 */
#ifndef CAMPAIGNS_MALICE_H
#define CAMPAIGNS_MALICE_H

#include <stdint.h>

#include "tests/unit/device/bundle_fake.h"
#include "tests/unit/device/kernel_fake.h"

/* One family of attacks: what the device is like before, and the attacks. Calls malice_try... once per case. */
struct malice_family {
    const char *name;
    void (*prepare)(void);
    void (*attack)(void);
};

/* The server wants and serves this. */
void malice_try_bundle(const struct bundle_fake *liar);

/* The same with a microvisor, on a device that runs v1 of self_world.h and is to run v2: whatever was offered, nothing but v1 and
 * v2 ran, and in the end v2 does. */
void malice_try_kernel(const struct kernel_fake *liar);

/* The device starts without a server from the flash as it is now (altered by the attack), and then meets the honest one if
 * recovers says so; afterwards the flash is as it was before the attack. */
void malice_try_flash(bool recovers);

/* The same with altered external flash, which the application reads meanwhile: nothing but what was signed is given to it. */
void malice_try_external(void);

/* Must this case be run by this process? Asked before the work of making it; counts cases. */
bool malice_mine(void);

/* As malice_try_flash(), with the device of malice_try_kernel(). */
void malice_try_kernel_flash(void);

/* The seed of the run, mixed with what tells cases apart. */
uint32_t malice_random(uint32_t salt);

/* Name NULL at the end. */
extern const struct malice_family malice_families[];
extern const struct malice_family malice_kernel_families[];

#endif
