/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet CA as judge of client certificates: one level, P-256, nothing else. It replaces OpenSSL's general path
 * building, which costs more than the signature that it checks.
 *
 * Invariants: V1 a certificate is accepted only if its issuer names one of the CA certificates, that CA's key verifies its
 * signature, now is within its validity, it has no critical extension that nobody here understands, and it is no CA itself;
 * V2 remembering that a signature was right never outlives the CA that it was checked with, and spares only that check:
 * a certificate is recognised by the SHA-256 of all its bytes; V3 memory is bounded: a table of fixed size.
 *
 * Must not: look at names or SIDs (gw_tls does), or at revocation (the device's row in the store says it).
 */
#ifndef GATEWAY_GW_TRUST_H
#define GATEWAY_GW_TRUST_H

#include <stddef.h>
#include <stdint.h>

struct x509_st;
struct evp_md_st;
struct ossl_lib_ctx_st;
struct gw_trust;

/* context: where keys are decoded and used (NULL: OpenSSL's default one). Reads one to GW_FLEET_CAS_MAX certificates (PEM). ST_OK, ST_NO_MEMORY, or ST_INVALID with words in err. */
int gw_trust_new(const char *fleet_ca, struct ossl_lib_ctx_st *context, struct gw_trust **out, char *err,
                 size_t err_cap);
void gw_trust_free(struct gw_trust *t); /* NULL ok */

/* X509_V_OK, or the X509_V_ERR_... that says why not. sha256 is borrowed. For one thread at a time. */
int gw_trust_check(struct gw_trust *t, struct x509_st *certificate, const struct evp_md_st *sha256);

/* How often a signature was verified, and how often it was known to be right (for tests and figures). */
struct gw_trust_counts {
    uint64_t verified, known;
};
struct gw_trust_counts gw_trust_counts(const struct gw_trust *t);

#endif
