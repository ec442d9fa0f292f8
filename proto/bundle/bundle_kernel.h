/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of microvisor bundles (PROTOCOL.md section 9) as pure functions, shared by server, CLI and microvisor.
 *
 * They say what a well-formed manifest is. Who signed it, and whether it suits a device (board, ratchet, the image behind
 * it), is for the caller to judge. No allocation, no I/O; SHA-256 comes from the caller.
 */
#ifndef PROTO_BUNDLE_KERNEL_H
#define PROTO_BUNDLE_KERNEL_H

#include "proto/bundle/bundle.h"

/* Digest that a microvisor manifest's signature is over: "outrigger-microvisor-v1\0" || body. */
void bundle_kernel_sign_digest(bundle_sha256_fn sha256, const uint8_t *body, size_t length,
                               uint8_t digest[SHA256_BYTES]);

/* What bundle_kernel_check found, in the order in which it looks. */
enum bundle_kernel_fault {
    KERNEL_OK = 0,
    KERNEL_NO_LAYER,    /* none: more than one cannot be decoded */
    KERNEL_TARGET,      /* for another region than KERNEL_REGION_KERNEL */
    KERNEL_ENCRYPTED,   /* encrypted_with_key_id is not 0 */
    KERNEL_HASH_SIZE,   /* fetch_hash is missing or not 32 bytes */
    KERNEL_IMAGE_SIZE,  /* size is 0 or above MICROVISOR_IMAGE_MAX_BYTES */
    KERNEL_NO_META,     /* board, version and ratchet are not said */
    KERNEL_DEVICE_TYPE, /* for the original's hardware */
    KERNEL_BOARD,       /* not a board's name: lower-case letters, digits and underscores */
    KERNEL_VERSION,     /* version_string is empty or not printable ASCII */
    KERNEL_NUMBER       /* version_number is 0 */
};

/* Checks a decoded body. What it accepts has one layer and a meta. */
enum bundle_kernel_fault bundle_kernel_check(const bundle_KernelBody *body);

/* Words for people; static memory. */
const char *bundle_kernel_fault_text(enum bundle_kernel_fault fault);

#endif
