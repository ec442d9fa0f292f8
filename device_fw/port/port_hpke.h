/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hybrid public key encryption (RFC 9180): base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, one message for
 * each encapsulated key. Keys as in port_crypto.h.
 *
 *   sealed = encapsulated key (65 bytes) | ciphertext, as long as the plain text | tag (16 bytes)
 */
#ifndef PORT_HPKE_H
#define PORT_HPKE_H

#include <stdint.h>

#define PORT_HPKE_KEY_BYTES   65u
#define PORT_HPKE_TAG_BYTES   16u
#define PORT_HPKE_EXTRA_BYTES (PORT_HPKE_KEY_BYTES + PORT_HPKE_TAG_BYTES) /* sealed is longer by this */

/* What both sides must agree on besides the keys: info of the key, additional data of the message. */
struct port_hpke_purpose {
    const void *info;
    uint32_t info_len;
    const void *aad;
    uint32_t aad_len;
};

/* Seals in place: the plain text stands at message + PORT_HPKE_KEY_BYTES, len bytes of it, and message has room for len +
 * PORT_HPKE_EXTRA_BYTES. PORT_EINVAL: recipient is no P-256 point. PORT_EIO: no entropy or no memory; the plain text is gone
 * then, too. */
int port_hpke_seal(const uint8_t recipient[65], const struct port_hpke_purpose *purpose, uint8_t *message,
                   uint32_t len);

/* Opens in place: the plain text then stands at message + PORT_HPKE_KEY_BYTES, len - PORT_HPKE_EXTRA_BYTES bytes of it.
 * PORT_EAUTH: not sealed to this key and purpose, or altered. */
int port_hpke_open(const uint8_t private_key[32], const uint8_t public_key[65],
                   const struct port_hpke_purpose *purpose, uint8_t *message, uint32_t len);

#endif
