/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated device as a factory image leaves it, and what a factory line does with it. */
#ifndef FACTORY_FAKE_H
#define FACTORY_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/unit/device/bundle_fake.h"

/* Flash with the factory's data: signer BUNDLE_FAKE_SIGNER, tested (NULL: none) in the slot with its test pending, production
 * (NULL: none) beside it or, without a test, in the slot. Nothing else is reset. */
void factory_fake_flash(bool has_staging, const struct bundle_fake *tested,
                        const struct bundle_fake *production);

/* The whole device made anew with that flash; not switched on. */
void factory_fake_new(const struct bundle_fake *tested, const struct bundle_fake *production);

/* Types a line and runs the device until it has answered with a line that begins with answer; what follows there, or NULL. */
const char *factory_fake_ask(const char *line, const char *answer);

/* KEYGEN and SET; afterwards the device accepts signer. False when one was refused. */
bool factory_fake_provision(uint32_t signer);

#endif
