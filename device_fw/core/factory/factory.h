/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a factory image says to a device that has not met its server: whose applications it may run until then, and which
 * of them is the test that comes first. In the key/value store, written by `outrigger factory image`:
 *
 *   KV_FACTORY_SIGNERS  1 to 4 points of 65 bytes (X9.62 uncompressed), one behind the other
 *   KV_FACTORY_TEST     state u8 (1 = pending, 2 = passed) | SHA-256 of the test application's manifest (32)
 *
 *   (no value) --factory image--> PENDING --mvTestingComplete(0)--> PASSED
 *        ^                           |                                |
 *        +--another application took the slot, or the server wants the tested one as such
 *
 * Invariants:
 *  X1 factory signers count only until the device is provisioned: then its identity says whose applications run;
 *  X2 while PENDING, the slot's owner being the test, what the factory put beside it is not installed; PASSED is durable
 *     before the test application is stopped;
 *  X3 once PASSED the test application is not started any more, whatever was cut, unless the server asks for it;
 *  X4 the server's word outweighs the factory's: a pending or failing test never keeps an update away.
 * A value of another form counts as none. Must not decide what runs: core/ota and core/monitor do.
 */
#ifndef CORE_FACTORY_H
#define CORE_FACTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/limits.h"

#define FACTORY_SIGNERS_MAX 4u /* as many as a Provision message has */

enum factory_test_state { FACTORY_TEST_NONE, FACTORY_TEST_PENDING, FACTORY_TEST_PASSED };

struct factory_test {
    enum factory_test_state state;
    uint8_t manifest_sha256[SHA256_BYTES]; /* of the test application; zeros when NONE */
    uint32_t failed_status; /* PENDING: what the test has said in this start of the microvisor; 0: nothing */
};

/* Reads the accepted signers of a device that is not provisioned; their number, 0: none. */
uint32_t factory_signers_load(uint8_t points[FACTORY_SIGNERS_MAX][P256_POINT_BYTES]);

/* Stores 1 to FACTORY_SIGNERS_MAX of them. Port status; PORT_EINVAL: one is not a point, or another number. */
int factory_signers_store(const uint8_t points[][P256_POINT_BYTES], uint32_t count);

void factory_test_load(struct factory_test *out);

/* Stores the state and the hash durably; NONE removes the value. Port status. */
int factory_test_store(const struct factory_test *test);

/* Is this manifest the test's, in this state? */
bool factory_test_is(const struct factory_test *test, enum factory_test_state state,
                     const uint8_t manifest_sha256[SHA256_BYTES]);

#endif
