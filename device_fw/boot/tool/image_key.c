/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root keys that say which microvisor may run: made once per build tree, their public halves fused into boot0. An image is
 * good with a signature by any of them: the second is there for the day when the first is lost.
 *
 * A product's root keys are made offline and only their public halves come near a build; the file formats are the
 * same.
 */
#include "boot/tool/image_tool.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static int point_read(EVP_PKEY *key, const char *path, uint8_t point[POINT_BYTES])
{
    size_t bytes = 0;
    int good = EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_BYTES, &bytes) &&
               bytes == POINT_BYTES && point[0] == 0x04;

    if (!good) {
        fprintf(stderr, "outrigger-image: %s: the key's point is not in uncompressed form\n", path);
    }
    return good ? 0 : -1;
}

/* What a server judges microvisors with. */
static int public_write(EVP_PKEY *key, const char *path)
{
    BIO *pem = BIO_new(BIO_s_mem());
    char *text = NULL;
    int result = -1;

    if (pem != NULL && PEM_write_bio_PUBKEY(pem, key)) {
        long bytes = BIO_get_mem_data(pem, &text);
        result = image_file_write(path, text, (size_t)bytes, 0, 0644);
    } else {
        fprintf(stderr, "outrigger-image: OpenSSL could not write the public key\n");
    }
    BIO_free(pem);
    return result;
}

static int point_print(FILE *file, const uint8_t point[POINT_BYTES])
{
    int bad = fputs("    { \\\n", file) < 0;

    for (size_t i = 0; i < POINT_BYTES; i++) {
        bad |= fprintf(file, "%s0x%02x,%s", i % 8 == 0 ? "     " : " ", point[i],
                       i % 8 == 7 || i + 1 == POINT_BYTES ? " \\\n" : "") < 0;
    }
    return bad | (fputs("    }, \\\n", file) < 0) ? -1 : 0;
}

static int header_write(uint8_t points[][POINT_BYTES], size_t count, const char *path)
{
    char text[4096] = "";
    FILE *file = fmemopen(text, sizeof(text), "w");
    int result = file == NULL ? -1 : 0;

    if (result == 0) {
        result |= fputs("/* Made by outrigger-image: boot root keys, public halves (X9.62 uncompressed). */\n"
                        "#define BOOT_ROOT_KEYS { \\\n",
                        file) < 0;
        for (size_t i = 0; i < count; i++) {
            result |= point_print(file, points[i]);
        }
        result |= fputs("}\n", file) < 0;
        result |= fclose(file) != 0;
    }
    return result == 0 ? image_file_write(path, text, strlen(text), 0, 0644) : -1;
}

#define PATH_BYTES 2048u

static int path_make(char path[PATH_BYTES], const char *dir, const char *name)
{
    if (snprintf(path, PATH_BYTES, "%s/%s", dir, name) < (int)PATH_BYTES) {
        return 0;
    }
    fprintf(stderr, "outrigger-image: path too long\n");
    return -1;
}

/* Makes a key unless it is there, and its public half in any case. */
static int pair_make(const char *path, const char *public_path, uint8_t point[POINT_BYTES])
{
    EVP_PKEY *key = access(path, F_OK) != 0 && key_generate(path) != 0 ? NULL : image_key_read(path);
    int result = key == NULL || point_read(key, path, point) != 0 ? -1 : public_write(key, public_path);

    EVP_PKEY_free(key);
    return result;
}

int image_key_make(const char *dir)
{
    static const struct {
        const char *key, *public_half;
    } names[] = { { "boot_root.pem", "boot_root_public.pem" },
                  { "boot_root_2.pem", "boot_root_2_public.pem" } };
    uint8_t points[sizeof(names) / sizeof(names[0])][POINT_BYTES];
    char path[PATH_BYTES], public_path[PATH_BYTES];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (path_make(path, dir, names[i].key) != 0 ||
            path_make(public_path, dir, names[i].public_half) != 0 ||
            pair_make(path, public_path, points[i]) != 0) {
            return -1;
        }
    }
    return path_make(path, dir, "boot_root_key.h") != 0
               ? -1
               : header_write(points, sizeof(names) / sizeof(names[0]), path);
}
