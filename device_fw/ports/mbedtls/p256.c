/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA on P-256 for the core: verification of manifests and the device's identity key, through PSA and
 * p256-m. */
#include "port/port_crypto.h"

#include "ports/mbedtls/platform.h"

#include <mbedtls/platform_util.h>

bool port_p256_verify(const uint8_t public_key[65], const uint8_t digest[32], const uint8_t sig[64])
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status;

    if (mbed_ready() != PORT_OK) {
        return false;
    }
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_HASH);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    if (psa_import_key(&attributes, public_key, 65, &key) != PSA_SUCCESS) {
        return false;
    }
    status = psa_verify_hash(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, 32, sig, 64);
    (void)psa_destroy_key(key); /* volatile key: cannot fail */
    return status == PSA_SUCCESS;
}

static int export_pair(psa_key_id_t key, uint8_t private_key[32], uint8_t public_key[65])
{
    size_t private_len = 0;
    size_t public_len = 0;

    if (psa_export_key(key, private_key, 32, &private_len) != PSA_SUCCESS || private_len != 32 ||
        psa_export_public_key(key, public_key, 65, &public_len) != PSA_SUCCESS || public_len != 65) {
        mbedtls_platform_zeroize(private_key, 32);
        return PORT_EIO;
    }
    return PORT_OK;
}

int port_p256_public(const uint8_t private_key[32], uint8_t public_key[65])
{
    psa_key_id_t key = PSA_KEY_ID_NULL;
    size_t len = 0;
    psa_status_t status;

    if (mbed_ready() != PORT_OK) {
        return PORT_EIO;
    }
    status = mbed_pair_import(private_key, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, &key);
    if (status == PSA_SUCCESS) {
        status = psa_export_public_key(key, public_key, 65, &len);
        (void)psa_destroy_key(key); /* volatile key: cannot fail */
    }
    return status == PSA_SUCCESS && len == 65 ? PORT_OK : PORT_EINVAL;
}

int port_p256_generate(uint8_t private_key[32], uint8_t public_key[65])
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = PSA_KEY_ID_NULL;
    int ret;

    if (mbed_ready() != PORT_OK) {
        return PORT_EIO;
    }
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_SIGN_HASH);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    if (psa_generate_key(&attributes, &key) != PSA_SUCCESS) {
        return PORT_EIO;
    }
    ret = export_pair(key, private_key, public_key);
    (void)psa_destroy_key(key); /* volatile key: cannot fail */
    return ret;
}
