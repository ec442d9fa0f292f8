/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of the certificates that provisioning and key updates hand to the device, before they are stored.
 *
 * Input is untrusted DER. A certificate is accepted only when the library's parser takes all of it: trailing
 * bytes and any key that is not an uncompressed P-256 point are refused.
 */
#include "port/port_crypto.h"

#include "ports/mbedtls/platform.h"
#include "ports/mbedtls/oid.h"

#include <mbedtls/x509_crt.h>
#include <string.h>

/* Parses one certificate that fills the buffer. The caller frees crt in either case. */
static int parse_exactly(mbedtls_x509_crt *crt, const uint8_t *der, uint32_t len)
{
    mbedtls_x509_crt_init(crt);
    if (mbed_ready() != PORT_OK) {
        return PORT_EIO;
    }
    if (mbedtls_x509_crt_parse_der_nocopy(crt, der, len) != 0 || crt->raw.len != len) {
        return PORT_EAUTH;
    }
    return PORT_OK;
}

static bool key_is_p256(const mbedtls_x509_crt *crt)
{
    return crt->pk_raw.len == SPKI_P256_BYTES &&
           memcmp(crt->pk_raw.p, spki_p256_prefix, SPKI_P256_PREFIX_BYTES) == 0;
}

static bool key_equals(const mbedtls_x509_crt *crt, const uint8_t public_key[65])
{
    return key_is_p256(crt) && memcmp(crt->pk_raw.p + SPKI_P256_PREFIX_BYTES, public_key, 65) == 0;
}

/* True only if the subject has exactly one common name and it is this one. */
static bool common_name_equals(const mbedtls_x509_crt *crt, const char *wanted)
{
    size_t wanted_len = strlen(wanted);
    unsigned found = 0;
    unsigned equal = 0;

    for (const mbedtls_x509_name *name = &crt->subject; name != NULL; name = name->next) {
        if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &name->oid) == 0) {
            found++;
            equal += name->val.len == wanted_len && memcmp(name->val.p, wanted, wanted_len) == 0;
        }
    }
    return found == 1 && equal == 1;
}

int port_cert_matches(const uint8_t *der, uint32_t len, const uint8_t public_key[65], const char *common_name)
{
    mbedtls_x509_crt crt;
    int ret = parse_exactly(&crt, der, len);

    if (ret == PORT_OK && !(key_equals(&crt, public_key) && common_name_equals(&crt, common_name))) {
        ret = PORT_EAUTH;
    }
    mbedtls_x509_crt_free(&crt);
    return ret;
}

int port_cert_is_ca(const uint8_t *der, uint32_t len, uint8_t public_key[65])
{
    mbedtls_x509_crt crt;
    int ret = parse_exactly(&crt, der, len);

    if (ret == PORT_OK &&
        (crt.version != 3 || !key_is_p256(&crt) || mbedtls_x509_crt_get_ca_istrue(&crt) != 1 ||
         mbedtls_x509_crt_check_key_usage(&crt, MBEDTLS_X509_KU_KEY_CERT_SIGN) != 0)) {
        ret = PORT_EAUTH;
    }
    if (ret == PORT_OK && public_key != NULL) {
        memcpy(public_key, crt.pk_raw.p + SPKI_P256_PREFIX_BYTES, 65);
    }
    mbedtls_x509_crt_free(&crt);
    return ret;
}
