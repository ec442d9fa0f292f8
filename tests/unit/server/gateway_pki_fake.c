/* SPDX-License-Identifier: Apache-2.0 */
/* A small certificate authority for tests. */
#include "unit/server/gateway_pki_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "unit/server/folder_fake.h"

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
};

static struct authority fleet, other;

static void need(int ok)
{
    if (!ok)
        abort();
}

static EVP_PKEY *new_key(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    need(key != NULL);
    return key;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    need(ext != NULL && X509_add_ext(cert, ext, -1));
    X509_EXTENSION_free(ext);
}

static X509 *new_certificate(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key,
                             long until_s, const char *usage)
{
    static long serial;
    X509 *cert = X509_new();
    X509_NAME *subject = X509_get_subject_name(cert);

    need(X509_set_version(cert, X509_VERSION_3));
    need(ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial));
    need(X509_gmtime_adj(X509_getm_notBefore(cert), -7200) != NULL);
    need(X509_gmtime_adj(X509_getm_notAfter(cert), until_s) != NULL);
    need(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0));
    need(X509_set_issuer_name(cert, issuer == NULL ? subject : X509_get_subject_name(issuer)));
    need(X509_set_pubkey(cert, key));
    if (issuer == NULL)
        add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
    if (usage != NULL)
        add_extension(cert, issuer == NULL ? cert : issuer, NID_ext_key_usage, usage);
    need(X509_sign(cert, issuer_key, EVP_sha256()));
    return cert;
}

static void authority_make(struct authority *a, const char *name)
{
    a->key = new_key();
    a->certificate = new_certificate(a->key, name, NULL, a->key, 3600, NULL);
}

static void authority_free(struct authority *a)
{
    EVP_PKEY_free(a->key);
    X509_free(a->certificate);
}

static void write_certificate(const char *name, X509 *cert)
{
    FILE *f = fopen(folder_path(name), "w");

    need(f != NULL && PEM_write_X509(f, cert));
    need(fclose(f) == 0);
}

static void write_key(const char *name, EVP_PKEY *key)
{
    FILE *f = fopen(folder_path(name), "w");

    need(f != NULL && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL));
    need(fclose(f) == 0);
}

void pki_fake_make(void)
{
    EVP_PKEY *key = new_key();
    X509 *cert;

    authority_make(&fleet, "fleet");
    authority_make(&other, "other");
    cert = new_certificate(key, "gateway", fleet.certificate, fleet.key, 3600, "serverAuth");
    need(mkdir(folder_path("pki"), 0700) == 0);
    write_certificate("pki/fleet_ca.pem", fleet.certificate);
    write_certificate("pki/gateway.pem", cert);
    write_key("pki/gateway.key", key);
    X509_free(cert);
    EVP_PKEY_free(key);
}

void pki_fake_free(void)
{
    authority_free(&fleet);
    authority_free(&other);
}

static void name_device(struct pki_fake_device *d)
{
    unsigned char *point = NULL;
    const size_t len = EVP_PKEY_get1_encoded_public_key(d->key, &point);

    need(len == 65 && EVP_Digest(point, len, d->key_sha256, NULL, EVP_sha256(), NULL));
    OPENSSL_free(point);
    sid_from_digest("UV", d->key_sha256, d->sid);
}

void pki_fake_device_make(struct pki_fake_device *d, enum pki_fake_fault fault)
{
    const struct authority *a = fault == PKI_OTHER_CA ? &other : &fleet;
    const char *usage = fault == PKI_SERVER_USAGE ? "serverAuth"
                        : fault == PKI_NO_USAGE   ? NULL
                                                  : "clientAuth";
    const char *name = d->sid;

    d->key = new_key();
    name_device(d);
    if (fault == PKI_OTHER_SID)
        name = "UV00000000000000000000000000000000";
    if (fault == PKI_NOT_A_SID)
        name = "device";
    d->certificate =
        new_certificate(d->key, name, a->certificate, a->key, fault == PKI_EXPIRED ? -3600 : 3600, usage);
}

void pki_fake_device_free(struct pki_fake_device *d)
{
    EVP_PKEY_free(d->key);
    X509_free(d->certificate);
}
