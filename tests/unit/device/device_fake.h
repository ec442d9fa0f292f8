/* SPDX-License-Identifier: Apache-2.0 */
/* A whole simulated device: the core on all fakes, provisioned, run against server_fake with a clock that jumps. */
#ifndef DEVICE_FAKE_H
#define DEVICE_FAKE_H

#include <stdbool.h>
#include <stdint.h>

/* Everything as new from the factory: flash erased, then provisioned through the key/value store; no server contact yet. */
void device_fake_new(bool has_staging, uint32_t seed);

/* Power on: volatile state is lost, the first stage chooses, microvisor_init runs. False: nothing can be started. */
bool device_fake_boot(void);

/* Runs device and server until the condition holds or limit_ms of simulated time passed; a device that restarts itself is booted
 * again. True if it holds. */
bool device_fake_run(bool (*condition)(void), uint32_t limit_ms);

/* Runs for this long. */
void device_fake_run_ms(uint32_t ms);

const char *device_fake_sid(void);

#endif
