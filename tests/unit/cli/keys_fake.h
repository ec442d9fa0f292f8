/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, requests and certificates made at run time: none is kept in the repository. */
#ifndef KEYS_FAKE_H
#define KEYS_FAKE_H

#include <stddef.h>

struct keys;

/* curve: OpenSSL's name, e.g. "P-256". */
struct keys *keys_new(const char *curve);
void keys_free(struct keys *keys);

/* PEM text; the caller frees it with free(). */
char *keys_private_pem(const struct keys *keys);
char *keys_public_pem(const struct keys *keys);
char *keys_certificate_pem(const struct keys *keys, const struct keys *signer, const char *common_name);

void keys_point(const struct keys *keys, unsigned char point[65]);

/* PKCS#10 request, DER, signed with the key; returns its length. */
size_t keys_request(const struct keys *keys, unsigned char *der, size_t cap);

#endif
