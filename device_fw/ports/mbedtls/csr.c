/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the PKCS#10 certification request (RFC 2986) of a P-256 key with one common name.
 *
 *   CertificationRequest ::= SEQUENCE { info, SEQUENCE { ecdsa-with-SHA256 }, BIT STRING signature }
 *   info ::= SEQUENCE { INTEGER 0, subject Name, SubjectPublicKeyInfo, [0] {} }
 *
 * DER is written backwards from the end of the buffer, as the library's ASN.1 writer does; every write is
 * bounded by the buffer's start. The library's own request writer costs 3 KiB more and needs a heap.
 */
#include "port/port_crypto.h"

#include "ports/mbedtls/platform.h"
#include "ports/mbedtls/oid.h"

#include <mbedtls/asn1write.h>
#include <string.h>

#define CONSTRUCTED_SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define CONSTRUCTED_SET      (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)
#define ATTRIBUTES_TAG       (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_CONTEXT_SPECIFIC | 0)

/* RFC 5280 appendix A, ub-common-name. */
#define COMMON_NAME_MAX_CHARS 64u

struct der_writer {
    unsigned char *start;
    unsigned char *at; /* first byte written so far */
    int error;         /* first error of the library; later writes do nothing */
};

static void put(struct der_writer *w, int written)
{
    if (w->error == 0 && written < 0) {
        w->error = written;
    }
}

static void put_raw(struct der_writer *w, const void *bytes, size_t len)
{
    if (w->error == 0) {
        put(w, mbedtls_asn1_write_raw_buffer(&w->at, w->start, bytes, len));
    }
}

/* Puts a header in front of everything between w->at and end. */
static void put_header(struct der_writer *w, const unsigned char *end, unsigned char tag)
{
    if (w->error == 0) {
        put(w, mbedtls_asn1_write_len(&w->at, w->start, (size_t)(end - w->at)));
    }
    if (w->error == 0) {
        put(w, mbedtls_asn1_write_tag(&w->at, w->start, tag));
    }
}

static void put_oid(struct der_writer *w, const char *oid, size_t len)
{
    if (w->error == 0) {
        put(w, mbedtls_asn1_write_oid(&w->at, w->start, oid, len));
    }
}

static void put_subject(struct der_writer *w, const char *common_name)
{
    const unsigned char *end = w->at;

    put_raw(w, common_name, strlen(common_name));
    put_header(w, end, MBEDTLS_ASN1_UTF8_STRING);
    put_oid(w, MBEDTLS_OID_AT_CN, MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_CN));
    put_header(w, end, CONSTRUCTED_SEQUENCE);
    put_header(w, end, CONSTRUCTED_SET);
    put_header(w, end, CONSTRUCTED_SEQUENCE);
}

static void put_info(struct der_writer *w, const uint8_t public_key[65], const char *common_name)
{
    static const unsigned char version_0[] = { MBEDTLS_ASN1_INTEGER, 1, 0 };
    const unsigned char *end = w->at;

    put_header(w, end, ATTRIBUTES_TAG);
    put_raw(w, public_key, 65);
    put_raw(w, spki_p256_prefix, sizeof spki_p256_prefix);
    put_subject(w, common_name);
    put_raw(w, version_0, sizeof version_0);
    put_header(w, end, CONSTRUCTED_SEQUENCE);
}

/* One INTEGER of the signature: leading zeros dropped, one put back when the top bit is set (X.690 8.3). */
static void put_integer(struct der_writer *w, const uint8_t big_endian[32])
{
    const unsigned char *end = w->at;
    size_t skip = 0;

    while (skip < 31 && big_endian[skip] == 0) {
        skip++;
    }
    put_raw(w, big_endian + skip, 32 - skip);
    if (big_endian[skip] >= 0x80) {
        put_raw(w, "", 1);
    }
    put_header(w, end, MBEDTLS_ASN1_INTEGER);
}

static void put_signature(struct der_writer *w, const uint8_t sig[64])
{
    const unsigned char *end = w->at;
    const unsigned char *algorithm_end;

    put_integer(w, sig + 32);
    put_integer(w, sig);
    put_header(w, end, CONSTRUCTED_SEQUENCE);
    put_raw(w, "", 1); /* BIT STRING: no unused bits */
    put_header(w, end, MBEDTLS_ASN1_BIT_STRING);
    algorithm_end = w->at;
    put_oid(w, MBEDTLS_OID_ECDSA_SHA256, MBEDTLS_OID_SIZE(MBEDTLS_OID_ECDSA_SHA256));
    put_header(w, algorithm_end, CONSTRUCTED_SEQUENCE);
}

static int sign(const uint8_t private_key[32], const uint8_t *message, size_t len, uint8_t sig[64])
{
    struct port_sha256 hash;
    uint8_t digest[32];
    psa_key_id_t key = PSA_KEY_ID_NULL;
    size_t sig_len = 0;
    psa_status_t status;
    int ret = mbed_key_import(private_key, &key);

    if (ret != PORT_OK) {
        return ret;
    }
    port_sha256_start(&hash);
    port_sha256_update(&hash, message, (uint32_t)len);
    port_sha256_finish(&hash, digest);
    status = psa_sign_hash(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, 32, sig, 64, &sig_len);
    (void)psa_destroy_key(key); /* volatile key: cannot fail */
    return status == PSA_SUCCESS && sig_len == 64 ? PORT_OK : PORT_EIO;
}

int port_p256_csr(const uint8_t private_key[32], const uint8_t public_key[65], const char *common_name,
                  uint8_t *der, uint32_t cap)
{
    struct der_writer w = { .start = der, .at = der + cap };
    size_t info_len;
    uint8_t sig[64];
    size_t len;
    int ret = mbed_ready();

    if (ret != PORT_OK) {
        return ret;
    }
    if (common_name[0] == '\0' || strlen(common_name) > COMMON_NAME_MAX_CHARS) {
        return PORT_EINVAL;
    }
    put_info(&w, public_key, common_name);
    if (w.error != 0) {
        return PORT_ENOSPC;
    }
    info_len = (size_t)(der + cap - w.at);
    ret = sign(private_key, w.at, info_len, sig);
    if (ret != PORT_OK) {
        return ret;
    }
    /* The signature follows what it signs: the info moves to the front and back again in front of the
     * signature. */
    memmove(der, w.at, info_len);
    w.start = der + info_len;
    w.at = der + cap;
    put_signature(&w, sig);
    if (w.error != 0) {
        return PORT_ENOSPC;
    }
    w.at -= info_len;
    memmove(w.at, der, info_len);
    w.start = der;
    put_header(&w, der + cap, CONSTRUCTED_SEQUENCE);
    if (w.error != 0) {
        return PORT_ENOSPC;
    }
    len = (size_t)(der + cap - w.at);
    memmove(der, w.at, len);
    return (int)len;
}
