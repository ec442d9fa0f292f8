/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/server/microvisor_fake.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "core/boot/boot_image.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "proto/codec/codec.h"
#include "unit/server/zip_fake.h"

void microvisor_fake_key_make(struct microvisor_fake_key *key)
{
    size_t len = 0;
    key->pkey = EVP_EC_gen("P-256");
    assert_non_null(key->pkey);
    assert_int_equal(EVP_PKEY_get_octet_string_param(key->pkey, OSSL_PKEY_PARAM_PUB_KEY, key->signer.point,
                                                     sizeof(key->signer.point), &len),
                     1);
    assert_int_equal(len, sizeof(key->signer.point));
    key->signer.id = crypto_signer_id(key->signer.point);
}

void microvisor_fake_key_free(struct microvisor_fake_key *key)
{
    EVP_PKEY_free(key->pkey);
}

void microvisor_fake_key_write(const struct microvisor_fake_key *key, const char *path)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(PEM_write_PUBKEY(file, key->pkey), 1);
    assert_int_equal(fclose(file), 0);
}

/* ECDSA over two pieces, as r || s. */
static void sign(const struct microvisor_fake_key *key, const void *first, size_t first_len,
                 const void *second, size_t second_len, uint8_t out[64])
{
    uint8_t der[80];
    size_t len = sizeof(der);
    const uint8_t *at = der;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key->pkey), 1);
    assert_int_equal(EVP_DigestSignUpdate(md, first, first_len), 1);
    assert_int_equal(EVP_DigestSignUpdate(md, second, second_len), 1);
    assert_int_equal(EVP_DigestSignFinal(md, der, &len), 1);
    EVP_MD_CTX_free(md);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
    assert_non_null(sig);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32), 32);
    ECDSA_SIG_free(sig);
}

struct microvisor_fake microvisor_fake_good(const struct microvisor_fake_key *key)
{
    return (struct microvisor_fake){ .image_key = key,
                                     .manifest_key = key,
                                     .board = "mps2_an505",
                                     .version = "0.2.0",
                                     .number = 200,
                                     .ratchet = 1,
                                     .image_number = 200,
                                     .image_ratchet = 1,
                                     .body_bytes = 40000,
                                     .fill = 0x31 };
}

size_t microvisor_fake_image(const struct microvisor_fake *m, uint8_t out[MICROVISOR_FAKE_IMAGE_MAX])
{
    struct boot_image_header header = { .magic = BOOT_IMAGE_MAGIC,
                                        .format = BOOT_IMAGE_FORMAT,
                                        .header_bytes = BOOT_IMAGE_HEADER_BYTES,
                                        .body_bytes = m->body_bytes,
                                        .load_address = 0x10000000,
                                        .number = m->image_number,
                                        .ratchet = m->image_ratchet };
    memcpy(out, &header, sizeof(header));
    for (uint32_t i = 0; i < m->body_bytes; i++) {
        out[sizeof(header) + i] = (uint8_t)(m->fill + i * 7 + i / 4096);
    }
    sign(m->image_key, out, BOOT_IMAGE_SIGNED_BYTES, out + sizeof(header), m->body_bytes,
         out + BOOT_IMAGE_SIGNED_BYTES);
    return sizeof(header) + m->body_bytes;
}

size_t microvisor_fake_manifest(const struct microvisor_fake *m, const uint8_t image_sha256[32],
                                uint32_t size, uint8_t *out, size_t cap)
{
    bundle_KernelBody body = bundle_KernelBody_init_zero;
    static bundle_OpaqueManifest opaque;
    memset(&opaque, 0, sizeof(opaque));
    body.layers_count = 1;
    body.layers[0].target = bundle_KernelLayerRegion_KERNEL_REGION_KERNEL;
    body.layers[0].fetch_hash.size = 32;
    memcpy(body.layers[0].fetch_hash.bytes, image_sha256, 32);
    body.layers[0].size = size;
    body.has_meta = true;
    body.meta.version_number = m->number;
    body.meta.version_security_ratchet = m->ratchet;
    (void)snprintf(body.meta.version_string, sizeof(body.meta.version_string), "%s", m->version);
    (void)snprintf(body.meta.board, sizeof(body.meta.board), "%s", m->board);
    int n = codec_kernel_body_encode(&body, opaque.body.bytes, sizeof(opaque.body.bytes));
    assert_true(n > 0);
    opaque.body.size = (pb_size_t)n;
    if (m->manifest_key != NULL) {
        opaque.signer_id = m->manifest_key->signer.id;
        opaque.signature.size = 64;
        sign(m->manifest_key, MICROVISOR_SIGN_PREFIX, MICROVISOR_SIGN_PREFIX_BYTES, opaque.body.bytes,
             opaque.body.size, opaque.signature.bytes);
    }
    n = codec_manifest_encode(&opaque, out, cap);
    assert_true(n > 0);
    return (size_t)n;
}

void microvisor_fake_write(const char *path, const struct microvisor_fake *m)
{
    uint8_t *image = malloc(MICROVISOR_FAKE_IMAGE_MAX);
    uint8_t manifest[MANIFEST_MAX_BYTES], hash[32];
    char name[65];
    struct zip_fake_file files[2] = { { "manifest", manifest, 0 }, { name, image, 0 } };
    assert_non_null(image);
    files[1].len = microvisor_fake_image(m, image);
    crypto_sha256(image, files[1].len, hash);
    hex_encode(hash, 32, name);
    files[0].len = microvisor_fake_manifest(m, hash, (uint32_t)files[1].len, manifest, sizeof(manifest));
    zip_fake_write(path, files, 2);
    free(image);
}
