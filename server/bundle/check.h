/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An uploaded bundle: everything that can be checked without a device is checked here, before anything is
 * stored.
 *
 * Invariants: K1 bundle_check has read every byte of the file that it accepts; K2 what it returns is
 * self-consistent: each layer is there, fits its region, has all the hashes that the manifest signs (of an encrypted one those that
 * are of what is stored: the others are of the plain text); K3
 * memory does not depend on the file. Nothing is written but by bundle_store.
 */
#ifndef BUNDLE_CHECK_H
#define BUNDLE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct blob_store;

/* Words about what was wrong and what would be right. */
#define BUNDLE_WHY_BYTES 400u

struct bundle_layer {
    unsigned char fetch_sha256[32], measurement_sha256[32];
    bool has_block_list;
    unsigned char block_list_sha256[32]; /* of the list as it is stored; all zero without one */
    uint64_t encrypted_with;             /* id of a layer decrypter, 0: not encrypted */
    uint32_t bytes, block_list_bytes;    /* block_list_bytes is 0 without one */
    bool external;                       /* the region is in external flash, else in the application flash */
    uint32_t start, size;                /* region */
};

struct bundle_contents {
    unsigned char manifest[MANIFEST_MAX_BYTES]; /* serialized OpaqueManifest, as it was uploaded or signed */
    size_t manifest_len;
    uint64_t signer_id; /* 0: unsigned */
    unsigned char signature[P256_SIG_BYTES];
    unsigned char body[MANIFEST_BODY_MAX_BYTES];
    size_t body_len;
    struct bundle_layer layers[APP_LAYERS_MAX];
    uint32_t layer_count;
};

struct bundle_signer {
    uint64_t id;
    unsigned char point[P256_POINT_BYTES];
};

/* Reads and checks the zip file. ST_OK; ST_INVALID with words; ST_IO, ST_NO_MEMORY. */
int bundle_check(const char *path, struct bundle_contents *out, char why[BUNDLE_WHY_BYTES]);

/* Is it unsigned, so that the managed key shall sign it? */
bool bundle_is_unsigned(const struct bundle_contents *b);

/* Checks the signature against the accepted signers. ST_OK; ST_DENIED with words. */
int bundle_signature_check(const struct bundle_contents *b, const struct bundle_signer *signers, size_t count,
                           char why[BUNDLE_WHY_BYTES]);

/* Puts a signature into an unsigned bundle's manifest. ST_OK, ST_TOO_LARGE. */
int bundle_sign(struct bundle_contents *b, uint64_t signer_id, const unsigned char signature[P256_SIG_BYTES]);

/* Puts layers, block lists and the manifest into the blobs; the file is the one that was checked. ST_OK;
 * ST_INVALID with words if it changed meanwhile; ST_IO. */
int bundle_store(const char *path, const struct bundle_contents *b, struct blob_store *blobs,
                 unsigned char manifest_sha256[32], char why[BUNDLE_WHY_BYTES]);

#endif
