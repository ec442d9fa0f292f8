/* SPDX-License-Identifier: Apache-2.0 */
/* The factory's side of provisioning with the stand-ins of crypto_fake.h: from a device's request to the SET line. */
#ifndef PROVISION_FAKE_H
#define PROVISION_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/core_limits.h"
#include "proto/codec/codec.h"
#include "proto/limits.h"

#define PROVISION_FAKE_REQUEST_BYTES (P256_POINT_BYTES + SID_CHARS + 1)
#define PROVISION_FAKE_LINE_BYTES    (PROV_LINE_MAX_CHARS + 16u)

/* What the device of this key and SID shall store; it accepts applications of point number signer. */
void provision_fake_make(const uint8_t point[P256_POINT_BYTES], const char *sid, uint32_t signer,
                         otr_Provision *out);

/* Decodes the base64 of a CSR line: point, SID, NUL. False when it is no request. */
bool provision_fake_request(const char *base64, uint8_t request[PROVISION_FAKE_REQUEST_BYTES]);

/* The SET line for a request. */
void provision_fake_line(const uint8_t request[PROVISION_FAKE_REQUEST_BYTES], uint32_t signer,
                         char line[PROVISION_FAKE_LINE_BYTES]);

#endif
