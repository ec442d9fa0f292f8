/* SPDX-License-Identifier: Apache-2.0 */
/* A device that runs the factory's microvisor and is connected, two other microvisors and an application: what tests of the
 * microvisor's own update begin with, and the states that they wait for. */
#ifndef SELF_DEVICE_FAKE_H
#define SELF_DEVICE_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/bundle_fake.h"
#include "wire.pb.h"

#define SELF_DEVICE_NEXT  20000u /* numbers of the microvisors */
#define SELF_DEVICE_OTHER 20100u

/* Good ones until a test makes them anew. */
extern struct kernel_fake self_device_next, self_device_other;
extern struct bundle_fake self_device_app;

/* Set-up function of cmocka. */
int self_device_new(void **state);

/* What the server knows. Each is said of the connection that is up. */
const otr_MicrovisorStatus *self_device_status(void);
bool self_device_idle(void);
bool self_device_ready(void);
bool self_device_failed(void);
bool self_device_app_runs(void);

/* Does this one run, confirmed? */
extern const struct kernel_fake *self_device_wanted;
bool self_device_runs_wanted(void);

/* Each ends the program with the console's text if it is not reached, or if a rule of the flash or of the protocol was broken. */
void self_device_sound(void);
void self_device_reach(bool (*condition)(void), uint32_t limit_ms);
void self_device_update_to(const struct kernel_fake *kernel);
void self_device_run_app(void);

/* The application asks to be asked before updates: tells it by a record at NS_FAKE_RAM + 1024. */
void self_device_listen(void);

/* Operations on either slot, counted when given to flash_fake_watch(). */
extern uint32_t self_device_slot_writes;
void self_device_count_slot_writes(enum port_flash_area area);

#endif
