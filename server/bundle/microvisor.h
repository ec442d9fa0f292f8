/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An uploaded microvisor (PROTOCOL.md section 9): everything that can be checked without a device is checked here, before
 * anything is stored.
 *
 * Invariants: M1 microvisor_check has read every byte of the file that it accepts; M2 what it returns is self-consistent: the
 * image has the signed hash and size, its header agrees with the manifest, manifest and image are signed by root keys; M3
 * memory does not depend on the file. Nothing is written but by microvisor_store.
 */
#ifndef BUNDLE_MICROVISOR_H
#define BUNDLE_MICROVISOR_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/check.h"
#include "proto/limits.h"

struct blob_store;

struct microvisor_contents {
    unsigned char manifest[MANIFEST_MAX_BYTES]; /* serialized OpaqueManifest */
    size_t manifest_len;
    unsigned char manifest_sha256[32], image_sha256[32];
    uint32_t image_bytes;
    uint64_t signer_id;
    char board[BOARD_NAME_MAX_CHARS + 1];
    char version[MICROVISOR_VERSION_MAX_CHARS + 1];
    uint32_t number, ratchet;
};

/* What is wrong with it, in the order in which it is looked at. */
enum microvisor_fault {
    MICROVISOR_GOOD,
    MICROVISOR_ZIP,            /* the zip file cannot be read */
    MICROVISOR_MANIFEST,       /* missing, cannot be decoded, or breaks a rule */
    MICROVISOR_SIGNER_UNKNOWN, /* signed by none of the root keys, or not at all */
    MICROVISOR_SIGNATURE,      /* the manifest's signature is wrong */
    MICROVISOR_FILES,          /* the image is missing, or there is another file */
    MICROVISOR_HASH,           /* the image does not have the signed size or hash */
    MICROVISOR_IMAGE,          /* it is no microvisor image */
    MICROVISOR_MISMATCH,       /* its header says something else than the manifest */
    MICROVISOR_IMAGE_SIGNATURE /* none of the root keys signed the image */
};

/* Name of a fault for programs, e.g. "signer_unknown". Static memory. */
const char *microvisor_fault_name(enum microvisor_fault fault);

/* Reads and checks the zip file. ST_OK; ST_INVALID with fault and words; ST_IO, ST_NO_MEMORY. */
int microvisor_check(const char *path, const struct bundle_signer *roots, size_t count,
                     struct microvisor_contents *out, enum microvisor_fault *fault,
                     char why[BUNDLE_WHY_BYTES]);

/* Puts image and manifest into the blobs; the file is the one that was checked. ST_OK; ST_INVALID with words if it
 * changed meanwhile; ST_IO, ST_NO_SPACE. */
int microvisor_store(const char *path, const struct microvisor_contents *m, struct blob_store *blobs,
                     char why[BUNDLE_WHY_BYTES]);

#endif
