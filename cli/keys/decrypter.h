/* SPDX-License-Identifier: Apache-2.0 */
/* Layer decrypters (PROTOCOL.md section 15): their private keys, sealed for those who shall have them. */
#ifndef KEYS_DECRYPTER_H
#define KEYS_DECRYPTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "bundle.pb.h"
#include "proto/limits.h"

struct p256_key;

/* Whom it is sealed to. */
struct decrypter_receiver {
    uint64_t id;
    unsigned char point[P256_POINT_BYTES];
};

/* A device, by its certificate (PEM text; what: its name in messages). CLI_FORMAT unless the certificate's key makes the SID that the
 * device's label says: nobody can put another key in its place. */
int decrypter_receiver_device(const char *pem, const char *what, const char *sid,
                              struct decrypter_receiver *out, struct fail *fail);

/* All devices that have another decrypter. */
void decrypter_receiver_decrypter(const unsigned char point[P256_POINT_BYTES],
                                  struct decrypter_receiver *out);

int decrypter_seal(const struct p256_key *decrypter, const struct decrypter_receiver *to,
                   bundle_HpkeCiphertext *out, struct fail *fail);

#endif
