/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates for tests. Every failure is a bug of the test and aborts. */
#include "unit/ports/pki_fake.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <stdlib.h>
#include <string.h>

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension != NULL && X509_add_ext(cert, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static void add_extensions(X509 *cert, X509 *issuer, const struct pki_wish *wish)
{
    if (wish->no_extensions) {
        return;
    }
    add_extension(cert, issuer, NID_basic_constraints, wish->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(cert, issuer, NID_key_usage,
                  wish->ca ? "critical,keyCertSign" : "critical,digitalSignature");
    if (wish->alternative_name != NULL) {
        add_extension(cert, issuer, NID_subject_alt_name, wish->alternative_name);
    }
    if (wish->extended_usage != NULL) {
        add_extension(cert, issuer, NID_ext_key_usage, wish->extended_usage);
    }
}

/* The raw forms that a device keeps; only P-256 has them. */
static void export_raw(struct pki_entity *out)
{
    BIGNUM *scalar = NULL;
    size_t len = 0;

    must(EVP_PKEY_get_bn_param(out->key, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1);
    must(BN_bn2binpad(scalar, out->scalar, sizeof out->scalar) == (int)sizeof out->scalar);
    BN_clear_free(scalar);
    must(EVP_PKEY_get_octet_string_param(out->key, OSSL_PKEY_PARAM_PUB_KEY, out->point, sizeof out->point,
                                         &len) == 1 &&
         len == sizeof out->point);
}

void pki_issue(struct pki_entity *out, const struct pki_entity *issuer, const struct pki_wish *wish)
{
    static long serial = 1;
    const char *curve = wish->curve != NULL ? wish->curve : "P-256";
    X509 *cert = X509_new();
    X509_NAME *name;
    unsigned char *at = out->der;
    int len;

    memset(out, 0, sizeof *out);
    out->key = EVP_EC_gen(curve);
    must(out->key != NULL && cert != NULL);
    X509_set_version(cert, wish->no_extensions ? X509_VERSION_1 : X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
    X509_gmtime_adj(X509_getm_notBefore(cert), wish->not_before_s != 0 ? wish->not_before_s : -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), wish->not_after_s != 0 ? wish->not_after_s : 86400);
    name = X509_get_subject_name(cert);
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)wish->common_name, -1,
                                    -1, 0) == 1);
    X509_set_issuer_name(cert, issuer != NULL ? X509_get_subject_name(issuer->cert) : name);
    X509_set_pubkey(cert, out->key);
    add_extensions(cert, issuer != NULL ? issuer->cert : cert, wish);
    must(X509_sign(cert, issuer != NULL ? issuer->key : out->key, EVP_sha256()) > 0);
    len = i2d_X509(cert, NULL);
    must(len > 0 && (size_t)len <= sizeof out->der);
    out->der_len = (uint32_t)i2d_X509(cert, &at);
    out->cert = cert;
    if (strcmp(curve, "P-256") == 0) {
        export_raw(out);
    }
}

void pki_clear(struct pki_entity *entity)
{
    X509_free(entity->cert);
    EVP_PKEY_free(entity->key);
    memset(entity, 0, sizeof *entity);
}
