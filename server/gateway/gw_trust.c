/* SPDX-License-Identifier: Apache-2.0 */
/* Judges client certificates by the fleet CA. */
#include "gateway/gw_trust.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "gateway/gw_limits.h"
#include "proto/limits.h"

struct gw_trust {
    X509 *ca[GW_FLEET_CAS_MAX];
    EVP_PKEY *key[GW_FLEET_CAS_MAX]; /* borrowed from ca: decoded once */
    unsigned count;
    struct gw_trust_counts counts;
    struct {
        unsigned char sha256[SHA256_BYTES]; /* all zero: free */
        unsigned ca;                        /* whose signature it carries */
    } known[GW_KNOWN_CERTIFICATES];
};

static int read_certificates(struct gw_trust *t, OSSL_LIB_CTX *context, FILE *f)
{
    for (;;) {
        X509 *ca = X509_new_ex(context, NULL);

        if (ca == NULL || PEM_read_X509(f, &ca, NULL, NULL) == NULL) {
            X509_free(ca); /* NULL when reading failed half way */
            break;
        }
        if (t->count == GW_FLEET_CAS_MAX || X509_check_ca(ca) != 1 || X509_get0_pubkey(ca) == NULL) {
            X509_free(ca);
            return ST_INVALID;
        }
        t->ca[t->count] = ca;
        t->key[t->count++] = X509_get0_pubkey(ca);
    }
    ERR_clear_error(); /* the end of the file */
    return t->count > 0 ? ST_OK : ST_INVALID;
}

int gw_trust_new(const char *fleet_ca, OSSL_LIB_CTX *context, struct gw_trust **out, char *err,
                 size_t err_cap)
{
    struct gw_trust *t = calloc(1, sizeof *t);
    FILE *f = t != NULL ? fopen(fleet_ca, "re") : NULL;
    int rc = t == NULL ? ST_NO_MEMORY : f == NULL ? ST_INVALID : read_certificates(t, context, f);

    if (f != NULL)
        (void)fclose(f); /* was only read */
    if (rc != ST_OK) {
        (void)snprintf(err, err_cap, "fleet CA %s: must hold 1 to %u CA certificates in PEM", fleet_ca,
                       GW_FLEET_CAS_MAX);
        gw_trust_free(t);
        return rc;
    }
    *out = t;
    return ST_OK;
}

void gw_trust_free(struct gw_trust *t)
{
    if (t == NULL)
        return;
    for (unsigned i = 0; i < t->count; i++)
        X509_free(t->ca[i]);
    free(t);
}

static int check_time(const X509 *certificate)
{
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0)
        return X509_V_ERR_CERT_NOT_YET_VALID;
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0)
        return X509_V_ERR_CERT_HAS_EXPIRED;
    return X509_V_OK;
}

/* The CA whose valid signature it carries, or an error. Several CAs may have one name while the CA is rolled over. */
static int find_issuer(struct gw_trust *t, X509 *certificate, unsigned *ca)
{
    int rc = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;

    for (unsigned i = 0; i < t->count; i++) {
        if (X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(t->ca[i])) != 0)
            continue;
        t->counts.verified++;
        if (X509_verify(certificate, t->key[i]) == 1) {
            *ca = i;
            return X509_V_OK;
        }
        ERR_clear_error();
        rc = X509_V_ERR_CERT_SIGNATURE_FAILURE;
    }
    return rc;
}

/* As find_issuer, but a certificate that was seen before is recognised by its digest. */
static int find_issuer_again(struct gw_trust *t, X509 *certificate, const EVP_MD *sha256, unsigned *ca)
{
    unsigned char digest[SHA256_BYTES];
    unsigned index;
    int rc;

    if (X509_digest(certificate, sha256, digest, NULL) != 1)
        return X509_V_ERR_OUT_OF_MEM;
    memcpy(&index, digest, sizeof index);
    index %= GW_KNOWN_CERTIFICATES;
    if (memcmp(t->known[index].sha256, digest, SHA256_BYTES) == 0) {
        t->counts.known++;
        *ca = t->known[index].ca;
        return X509_V_OK;
    }
    rc = find_issuer(t, certificate, ca);
    if (rc == X509_V_OK) {
        memcpy(t->known[index].sha256, digest, SHA256_BYTES);
        t->known[index].ca = *ca;
    }
    return rc;
}

int gw_trust_check(struct gw_trust *t, X509 *certificate, const EVP_MD *sha256)
{
    unsigned ca = 0;
    int rc;

    if ((X509_get_extension_flags(certificate) & (EXFLAG_CRITICAL | EXFLAG_INVALID | EXFLAG_CA)) != 0)
        return X509_V_ERR_INVALID_PURPOSE;
    rc = check_time(certificate);
    if (rc == X509_V_OK)
        rc = find_issuer_again(t, certificate, sha256, &ca);
    return rc == X509_V_OK ? check_time(t->ca[ca]) : rc;
}

struct gw_trust_counts gw_trust_counts(const struct gw_trust *t)
{
    return t->counts;
}
