/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A narrow OpenSSL: a library context whose one provider offers OpenSSL's default algorithms, but only the keys and key decoders
 * that the protocol has (P-256, X25519).
 *
 * Why: for every certificate OpenSSL 3.0 sets up all decoders that its providers list, also those for RSA, DSA, DH and
 * others, which was a seventh of the CPU time of a check-in. And what a stranger's certificate may hold is decoded by nothing
 * but the code for P-256.
 *
 * Invariant: L1 an algorithm is either the default provider's own, unchanged, or not there.
 */
#ifndef GATEWAY_GW_PROVIDER_H
#define GATEWAY_GW_PROVIDER_H

struct ossl_lib_ctx_st;
struct gw_provider;

/* NULL when OpenSSL cannot. Freed after everything that was made in its context. */
struct gw_provider *gw_provider_new(void);
void gw_provider_free(struct gw_provider *p); /* NULL ok */

/* The context, for SSL_CTX_new_ex, EVP_MD_fetch, X509_new_ex... Owned by p. */
struct ossl_lib_ctx_st *gw_provider_context(const struct gw_provider *p);

#endif
