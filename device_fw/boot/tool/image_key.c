/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root key that says which microvisor may run: made once per build tree, its public half fused into
 * boot0.
 *
 * A product's root key is made offline and only its public half comes near a build; the file formats are the
 * same.
 */
#include "boot/tool/image_tool.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define POINT_BYTES 65u /* X9.62 uncompressed: 0x04, x, y */

static int key_is_p256(EVP_PKEY *key)
{
    char group[32] = "";

    return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) &&
           OBJ_txt2nid(group) == NID_X9_62_prime256v1;
}

EVP_PKEY *image_key_read(const char *path)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        perror(path);
        return NULL;
    }
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    if (key == NULL || !key_is_p256(key)) {
        fprintf(stderr, "outrigger-image: %s: not a P-256 private key in PEM\n", path);
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

static int key_generate(const char *path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *pem = BIO_new(BIO_s_mem());
    char *text = NULL;
    int result = -1;

    if (key != NULL && pem != NULL && PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL)) {
        long bytes = BIO_get_mem_data(pem, &text);
        result = image_file_write(path, text, (size_t)bytes, 1, 0600);
    } else {
        fprintf(stderr, "outrigger-image: OpenSSL could not make a key\n");
    }
    BIO_free(pem);
    EVP_PKEY_free(key);
    return result;
}

static int header_write(EVP_PKEY *key, const char *path)
{
    uint8_t point[POINT_BYTES];
    char text[1024];
    size_t bytes = 0;

    if (!EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &bytes) ||
        bytes != POINT_BYTES || point[0] != 0x04) {
        fprintf(stderr, "outrigger-image: the key's point is not in uncompressed form\n");
        return -1;
    }
    int used = snprintf(text, sizeof(text),
                        "/* Made by outrigger-image: boot root key, public half, x then y. */\n"
                        "#define BOOT_ROOT_KEY {");
    for (size_t i = 1; i < POINT_BYTES; i++) {
        used += snprintf(text + used, sizeof(text) - (size_t)used, "%s0x%02x,",
                         i % 8 == 1 ? " \\\n    " : " ", point[i]);
    }
    used += snprintf(text + used, sizeof(text) - (size_t)used, " \\\n}\n");
    return image_file_write(path, text, (size_t)used, 0, 0644);
}

int image_key_make(const char *dir)
{
    char pem_path[2048];
    char header_path[2048];

    if (snprintf(pem_path, sizeof(pem_path), "%s/boot_root.pem", dir) >= (int)sizeof(pem_path) ||
        snprintf(header_path, sizeof(header_path), "%s/boot_root_key.h", dir) >= (int)sizeof(header_path)) {
        fprintf(stderr, "outrigger-image: path too long\n");
        return -1;
    }
    if (access(pem_path, F_OK) != 0 && key_generate(pem_path) != 0) {
        return -1;
    }
    EVP_PKEY *key = image_key_read(pem_path);
    int result = key == NULL ? -1 : header_write(key, header_path);
    EVP_PKEY_free(key);
    return result;
}
