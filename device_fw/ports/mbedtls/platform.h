/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What mbedTLS stands on: arena, random numbers, wall time. Inside this room only.
 *
 * Every entry point of the room calls mbed_ready() before it touches the library. Single thread.
 */
#ifndef PORTS_MBEDTLS_PLATFORM_H
#define PORTS_MBEDTLS_PLATFORM_H

#include <psa/crypto.h>
#include <stddef.h>
#include <stdint.h>

#include "port/port_status.h"

/* Sets arena, random generator and PSA up at the first call. PORT_EIO: no entropy; it may be tried again. */
int mbed_ready(void);

/* The wall time from now on, seconds since 1970; it goes on with port_clock_us(). */
void mbed_time_set(uint64_t unix_s);

/* Fills out with len random bytes, 0 or negative; the f_rng of the library's functions. context is not used.
 */
int mbed_random(void *context, unsigned char *out, size_t len);

/* Imports a P-256 private scalar for one use. The caller destroys the key. */
psa_status_t mbed_pair_import(const uint8_t private_key[32], psa_key_usage_t usage, psa_algorithm_t algorithm,
                              psa_key_id_t *key);

/* Imports a P-256 private scalar for signing SHA-256 digests. The caller destroys the key. */
int mbed_key_import(const uint8_t private_key[32], psa_key_id_t *key);

#endif
