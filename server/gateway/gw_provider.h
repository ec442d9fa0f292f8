/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A narrow OpenSSL: a library context whose one provider offers those of OpenSSL's default algorithms that TLS 1.3 needs with the
 * keys that the protocol has (P-256, X25519), and nothing else.
 *
 * Why: OpenSSL 3.0 walks through everything that its providers list, also RSA, DSA, DH and forty ciphers, to find the decoder
 * for a certificate's key, which was a quarter of a handshake. And what a stranger sends can reach no other code.
 *
 * Invariants: L1 an algorithm is either the default provider's own, unchanged, or not there; L2 a context exists only with all
 * of them.
 */
#ifndef GATEWAY_GW_PROVIDER_H
#define GATEWAY_GW_PROVIDER_H

struct evp_pkey_st;
struct ossl_lib_ctx_st;
struct gw_provider;

/* NULL when OpenSSL cannot. Freed after everything that was made in its context. */
struct gw_provider *gw_provider_new(void);
void gw_provider_free(struct gw_provider *p); /* NULL ok */

/* Reads the private key of a certificate (PEM), with the whole default provider: the narrow one has no decoder for it. NULL
 * when it cannot be read, wants a passphrase, or is not an EC key. Freed by the caller. */
struct evp_pkey_st *gw_provider_private_key(const char *path);

/* The context, for SSL_CTX_new_ex, EVP_MD_fetch, X509_new_ex... Owned by p. */
struct ossl_lib_ctx_st *gw_provider_context(const struct gw_provider *p);

#endif
