/* SPDX-License-Identifier: Apache-2.0 */
/* Signs a microvisor's body (boot_image.h) and lays out a device's first flash content. */
#include "boot/tool/image_tool.h"
#include "core/boot/boot_image.h"
#include "ports/mps2_an505/memory_map.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_BYTES_MAX (BOOT_IMAGE_HEADER_BYTES + (size_t)MAP_MICROVISOR_CODE_BYTES)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the header is written as it lies in memory");
_Static_assert(IMAGE_BYTES_MAX <= MAP_SLOT_BYTES, "an image fits its slot");

/* ECDSA-Sig-Value (DER) to r || s. */
static int signature_flatten(const uint8_t *der, size_t der_bytes, uint8_t flat[64])
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)der_bytes);
    int good = sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), flat, 32) == 32 &&
               BN_bn2binpad(ECDSA_SIG_get0_s(sig), flat + 32, 32) == 32;

    ECDSA_SIG_free(sig);
    return good ? 0 : -1;
}

static int image_seal(uint8_t *image, size_t body_bytes, EVP_PKEY *key)
{
    uint8_t der[80];
    size_t der_bytes = sizeof(der);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    int good = md != NULL && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
               EVP_DigestSignUpdate(md, image, BOOT_IMAGE_SIGNED_BYTES) == 1 &&
               EVP_DigestSignUpdate(md, image + BOOT_IMAGE_HEADER_BYTES, body_bytes) == 1 &&
               EVP_DigestSignFinal(md, der, &der_bytes) == 1 &&
               signature_flatten(der, der_bytes, image + BOOT_IMAGE_SIGNED_BYTES) == 0;

    EVP_MD_CTX_free(md);
    if (!good) {
        fprintf(stderr, "outrigger-image: OpenSSL could not sign\n");
    }
    return good ? 0 : -1;
}

static int image_build(const struct image_sign_request *request, const uint8_t *body, size_t body_bytes,
                       EVP_PKEY *key)
{
    struct boot_image_header header = {
        .magic = BOOT_IMAGE_MAGIC,
        .format = BOOT_IMAGE_FORMAT,
        .header_bytes = BOOT_IMAGE_HEADER_BYTES,
        .body_bytes = (uint32_t)body_bytes,
        .load_address = request->load_address,
        .number = request->number,
        .ratchet = request->ratchet,
    };
    uint8_t *image = malloc(sizeof(header) + body_bytes);
    int result = -1;

    if (image == NULL) {
        fprintf(stderr, "outrigger-image: out of memory\n");
        return -1;
    }
    memcpy(image, &header, sizeof(header));
    memcpy(image + sizeof(header), body, body_bytes);
    if (image_seal(image, body_bytes, key) == 0) {
        result = image_file_write(request->image_path, image, sizeof(header) + body_bytes, 0, 0644);
    }
    free(image);
    return result;
}

int image_sign(const struct image_sign_request *request)
{
    size_t body_bytes = 0;
    uint8_t *body = image_file_read(request->body_path, MAP_MICROVISOR_CODE_BYTES, &body_bytes);
    EVP_PKEY *key = body == NULL ? NULL : image_key_read(request->key_path);
    int result = key == NULL ? -1 : image_build(request, body, body_bytes, key);

    EVP_PKEY_free(key);
    free(body);
    return result;
}

int image_flash_make(const char *image_path, const char *flash_path)
{
    size_t image_bytes = 0;
    uint8_t *image = image_file_read(image_path, IMAGE_BYTES_MAX, &image_bytes);
    uint8_t *flash = image == NULL ? NULL : malloc(MAP_FLASH_BYTES);
    int result = -1;

    if (flash != NULL) {
        memset(flash, 0xFF, MAP_FLASH_BYTES);
        memcpy(flash + MAP_SLOT_A_OFFSET, image, image_bytes);
        result = image_file_write(flash_path, flash, MAP_FLASH_BYTES, 1, 0600);
    }
    free(flash);
    free(image);
    return result;
}
