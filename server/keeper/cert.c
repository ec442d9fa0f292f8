/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making certificates.
 *
 * Invariants: C1 serial numbers are 127 random bits, never 0; C2 a certificate begins a day early, for
 * devices whose clock is behind, and never outlives its authority; C3 nothing but the public key is taken
 * from a request, and only after the request's own signature and the curve were checked.
 *
 * Leaves carry few extensions: they cross the wire at each handshake, to microcontrollers.
 */
#include "keeper/cert.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/file.h"
#include "base/status.h"
#include "crypto/sha256.h"
#include "keeper/key.h"

#define SERIAL_BYTES        16
#define BACKDATE_DAYS       1
#define CERT_FILE_MAX_BYTES 8192u

struct keeper_cert {
    X509 *x509;
};

/* Takes x509; NULL stays NULL. */
static struct keeper_cert *cert_wrap(X509 *x509)
{
    struct keeper_cert *cert = x509 == NULL ? NULL : calloc(1, sizeof *cert);

    if (cert == NULL)
        X509_free(x509);
    else
        cert->x509 = x509;
    return cert;
}

static bool serial_set(X509 *x509)
{
    unsigned char bytes[SERIAL_BYTES];
    BIGNUM *bn;
    bool done;

    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); /* positive, never 0, always the same length */
    bn = BN_bin2bn(bytes, sizeof bytes, NULL);
    done = bn != NULL && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x509)) != NULL;
    BN_free(bn);
    return done;
}

static bool validity_set(X509 *x509, int days, const X509 *ca)
{
    const ASN1_TIME *ca_end = ca == NULL ? NULL : X509_get0_notAfter(ca);

    if (X509_time_adj_ex(X509_getm_notBefore(x509), -BACKDATE_DAYS, 0, NULL) == NULL ||
        X509_time_adj_ex(X509_getm_notAfter(x509), days, 0, NULL) == NULL)
        return false;
    if (ca_end != NULL && ASN1_TIME_compare(X509_get0_notAfter(x509), ca_end) > 0)
        return X509_set1_notAfter(x509, ca_end) == 1;
    return true;
}

static bool subject_set(X509 *x509, const char *common_name)
{
    X509_NAME *name = X509_get_subject_name(x509);

    return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)common_name,
                                      -1, -1, 0) == 1;
}

static bool extension_add(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *extension;
    bool done;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    done = extension != NULL && X509_add_ext(x509, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return done;
}

/* What all certificates have. ca NULL: self-signed. */
static X509 *x509_new(EVP_PKEY *pkey, const char *common_name, int days, X509 *ca)
{
    X509 *x509 = X509_new();

    if (x509 != NULL && X509_set_version(x509, X509_VERSION_3) == 1 && serial_set(x509) &&
        validity_set(x509, days, ca) && subject_set(x509, common_name) &&
        X509_set_issuer_name(x509, X509_get_subject_name(ca != NULL ? ca : x509)) == 1 &&
        X509_set_pubkey(x509, pkey) == 1)
        return x509;
    X509_free(x509);
    return NULL;
}

/* Takes x509; gives it back signed, or NULL. */
static X509 *x509_sign(X509 *x509, bool extended, EVP_PKEY *pkey)
{
    if (extended && X509_sign(x509, pkey, EVP_sha256()) > 0)
        return x509;
    X509_free(x509);
    return NULL;
}

struct keeper_cert *keeper_cert_authority(const struct keeper_key *key, const char *common_name, int days)
{
    EVP_PKEY *pkey = keeper_key_pkey(key);
    X509 *x509 = x509_new(pkey, common_name, days, NULL);
    bool extended;

    if (x509 == NULL)
        return NULL;
    extended = extension_add(x509, x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
               extension_add(x509, x509, NID_key_usage, "critical,keyCertSign,cRLSign") &&
               extension_add(x509, x509, NID_subject_key_identifier, "hash");
    return cert_wrap(x509_sign(x509, extended, pkey));
}

/* Takes nothing; adds what all leaves have. */
static bool leaf_extend(X509 *x509, X509 *ca, const char *usage)
{
    return extension_add(x509, ca, NID_key_usage, "critical,digitalSignature") &&
           extension_add(x509, ca, NID_ext_key_usage, usage) &&
           extension_add(x509, ca, NID_authority_key_identifier, "keyid:always");
}

static bool is_address(const char *server_name)
{
    unsigned char address[16];

    return inet_pton(AF_INET, server_name, address) == 1 || inet_pton(AF_INET6, server_name, address) == 1;
}

struct keeper_cert *keeper_cert_server(const struct keeper_key *key, const char *server_name, int days,
                                       const struct keeper_cert *ca, const struct keeper_key *ca_key)
{
    X509 *x509 = x509_new(keeper_key_pkey(key), server_name, days, ca->x509);
    char alt_name[128];
    bool extended;

    if (x509 == NULL)
        return NULL;
    (void)snprintf(alt_name, sizeof alt_name, "%s:%s", is_address(server_name) ? "IP" : "DNS", server_name);
    extended = leaf_extend(x509, ca->x509, "serverAuth") &&
               extension_add(x509, ca->x509, NID_subject_alt_name, alt_name);
    return cert_wrap(x509_sign(x509, extended, keeper_key_pkey(ca_key)));
}

/* Words about what is wrong with a request, or NULL. Fills point. */
static const char *request_check(X509_REQ *request, unsigned char point[P256_POINT_BYTES])
{
    EVP_PKEY *pkey = X509_REQ_get0_pubkey(request); /* borrowed */

    if (pkey == NULL || keeper_point_of(pkey, point) != ST_OK)
        return "the key of the certificate request must be on P-256, stored uncompressed";
    if (X509_REQ_get_signature_nid(request) != NID_ecdsa_with_SHA256)
        return "the certificate request must be signed with ECDSA and SHA-256";
    if (X509_REQ_verify(request, pkey) != 1)
        return "the certificate request's own signature is wrong";
    return NULL;
}

static int device_issue(X509_REQ *request, int days, const struct keeper_cert *ca,
                        const struct keeper_key *ca_key, const char *sid, struct keeper_cert **out)
{
    X509 *x509 = x509_new(X509_REQ_get0_pubkey(request), sid, days, ca->x509);

    if (x509 == NULL)
        return ST_NO_MEMORY;
    *out = cert_wrap(x509_sign(x509, leaf_extend(x509, ca->x509, "clientAuth"), keeper_key_pkey(ca_key)));
    return *out != NULL ? ST_OK : ST_NO_MEMORY;
}

int keeper_cert_device(const void *csr, size_t csr_len, int days, const struct keeper_cert *ca,
                       const struct keeper_key *ca_key, char sid[SID_BYTES], struct keeper_cert **out,
                       const char **words)
{
    const unsigned char *der = csr;
    X509_REQ *request = d2i_X509_REQ(NULL, &der, (long)csr_len);
    unsigned char point[P256_POINT_BYTES], digest[SHA256_BYTES];
    int st = ST_INVALID;

    if (request == NULL || der != (const unsigned char *)csr + csr_len)
        *words = "a certificate request must be one DER PKCS#10 structure and nothing more";
    else
        *words = request_check(request, point);
    if (*words == NULL) {
        crypto_sha256(point, sizeof point, digest);
        sid_from_digest("UV", digest, sid);
        st = device_issue(request, days, ca, ca_key, sid, out);
    }
    X509_REQ_free(request);
    return st;
}

int keeper_cert_load(const char *path, struct keeper_cert **out)
{
    char pem[CERT_FILE_MAX_BYTES];
    size_t len;
    int st = file_read(path, pem, sizeof pem, &len);
    BIO *bio;

    if (st != ST_OK)
        return st;
    bio = BIO_new_mem_buf(pem, (int)len);
    *out = bio == NULL ? NULL : cert_wrap(PEM_read_bio_X509(bio, NULL, NULL, NULL));
    BIO_free(bio);
    return *out != NULL ? ST_OK : ST_INVALID;
}

int keeper_cert_save(const struct keeper_cert *cert, const char *path)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL;
    int st = ST_NO_MEMORY;

    if (bio != NULL && PEM_write_bio_X509(bio, cert->x509) == 1) {
        const long len = BIO_get_mem_data(bio, &pem);

        st = file_write(path, pem, (size_t)len, 0644);
    }
    BIO_free(bio);
    return st;
}

void keeper_cert_free(struct keeper_cert *cert)
{
    if (cert == NULL)
        return;
    X509_free(cert->x509);
    free(cert);
}

int keeper_cert_der(const struct keeper_cert *cert, unsigned char *buf, size_t cap, size_t *len)
{
    const int need = i2d_X509(cert->x509, NULL);

    if (need <= 0 || (size_t)need > cap)
        return ST_TOO_LARGE;
    *len = (size_t)i2d_X509(cert->x509, &buf);
    return ST_OK;
}

bool keeper_cert_has_key(const struct keeper_cert *cert, const struct keeper_key *key)
{
    return EVP_PKEY_eq(X509_get0_pubkey(cert->x509), keeper_key_pkey(key)) == 1;
}

bool keeper_cert_is_signed_by(const struct keeper_cert *cert, const struct keeper_key *ca_key)
{
    return X509_verify(cert->x509, keeper_key_pkey(ca_key)) == 1;
}

bool keeper_cert_names(const struct keeper_cert *cert, const char *server_name)
{
    if (is_address(server_name))
        return X509_check_ip_asc(cert->x509, server_name, 0) == 1;
    return X509_check_host(cert->x509, server_name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

int keeper_cert_days_left(const struct keeper_cert *cert)
{
    int days = 0, seconds = 0;

    if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert->x509)) != 1)
        return -1;
    return seconds < 0 ? days - 1 : days;
}
