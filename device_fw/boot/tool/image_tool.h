/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs of outrigger-image. Each prints what was wrong to stderr and returns 0 or -1. */
#ifndef IMAGE_TOOL_H
#define IMAGE_TOOL_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

/* Makes DIR/boot_root.pem and boot_root_2.pem unless they are there, and from them DIR/boot_root_key.h and the public halves,
 * DIR/boot_root_public.pem and boot_root_2_public.pem. */
int image_key_make(const char *dir);

/* Reads a P-256 private key in PEM; NULL after saying why not. The caller frees it with EVP_PKEY_free. */
EVP_PKEY *image_key_read(const char *path);

struct image_sign_request {
    const char *key_path;
    const char *body_path;
    const char *image_path;
    uint32_t load_address;
    uint32_t number;
    uint32_t ratchet;
};

/* Writes header and body, signed. */
int image_sign(const struct image_sign_request *request);

/* Writes a new, erased 16 MiB flash file with the image in slot A. Never replaces a file: that is a device's
 * memory. */
int image_flash_make(const char *image_path, const char *flash_path);

/* Whole small file into memory from malloc; NULL after saying why not. */
uint8_t *image_file_read(const char *path, size_t bytes_max, size_t *bytes);

/* Writes all or leaves nothing. exclusive: refuse when the file exists. */
int image_file_write(const char *path, const void *data, size_t bytes, int exclusive, unsigned mode);

#endif
