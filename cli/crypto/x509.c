/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 by OpenSSL: parses what a device or the server sent, trusts none of it. */
#include "crypto/x509.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/status.h"

static bool key_is_p256(const EVP_PKEY *key)
{
    char group[32];

    return key &&
           EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

/* An uncompressed point as it stands in certificates; other forms do not occur in this fleet and are refused.
 */
static bool spki_point(const X509_PUBKEY *spki, unsigned char point[P256_POINT_BYTES])
{
    const unsigned char *bytes;
    int len;

    if (!spki || !key_is_p256(X509_PUBKEY_get0(spki)))
        return false;
    if (X509_PUBKEY_get0_param(NULL, &bytes, &len, NULL, spki) != 1)
        return false;
    if (len != (int)P256_POINT_BYTES || bytes[0] != 4)
        return false;
    memcpy(point, bytes, P256_POINT_BYTES);
    return true;
}

int x509_request_point(const unsigned char *der, size_t len, unsigned char point[P256_POINT_BYTES],
                       struct fail *fail)
{
    const unsigned char *at = der;
    X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)len);
    EVP_PKEY *key = request ? X509_REQ_get0_pubkey(request) : NULL;
    int status = CLI_OK;

    if (!request || at != der + len)
        status = fail_set(fail, CLI_FORMAT, "the device's answer to KEYGEN is not a PKCS#10 request");
    else if (!key || X509_REQ_verify(request, key) != 1)
        status = fail_set(fail, CLI_FORMAT,
                          "the device's request does not carry a valid signature of its own key");
    else if (!spki_point(X509_REQ_get_X509_PUBKEY(request), point))
        status = fail_set(fail, CLI_FORMAT, "the device's key is not on P-256");
    X509_REQ_free(request);
    ERR_clear_error();
    return status;
}

int x509_pem_to_der(const char *pem, const char *what, unsigned char *der, size_t cap, size_t *len,
                    struct fail *fail)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    X509 *certificate = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
    int size = certificate ? i2d_X509(certificate, NULL) : -1;
    int status = CLI_OK;

    if (size <= 0)
        status = fail_set(fail, CLI_FORMAT, "the server's %s is not a certificate in PEM form", what);
    else if ((size_t)size > cap)
        status = fail_set(fail, CLI_FORMAT, "the server's %s has %d bytes; a device holds at most %zu", what,
                          size, cap);
    else
        *len = (size_t)i2d_X509(certificate, &der);
    X509_free(certificate);
    BIO_free(in);
    ERR_clear_error();
    return status;
}

int x509_certificate_read(const unsigned char *der, size_t len, unsigned char point[P256_POINT_BYTES],
                          char name[64], struct fail *fail)
{
    const unsigned char *at = der;
    X509 *certificate = d2i_X509(NULL, &at, (long)len);
    int status = CLI_OK;

    name[0] = 0;
    if (!certificate)
        status = fail_set(fail, CLI_FORMAT, "the server's device certificate cannot be decoded");
    else if (!spki_point(X509_get_X509_PUBKEY(certificate), point))
        status = fail_set(fail, CLI_FORMAT, "the server's device certificate carries no P-256 key");
    else if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, 64) < 0)
        status = fail_set(fail, CLI_FORMAT, "the server's device certificate has no common name");
    X509_free(certificate);
    ERR_clear_error();
    return status;
}
