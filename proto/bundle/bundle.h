/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of application bundles (PROTOCOL.md section 6) as pure functions, shared by server, CLI and
 * microvisor.
 *
 * Nothing here decides who may sign; it only says what a well-formed, self-consistent manifest is.
 * No allocation, no I/O; SHA-256 comes from the caller.
 */
#ifndef PROTO_BUNDLE_H
#define PROTO_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle.pb.h"
#include "proto/limits.h"

/* One piece of something that is hashed. */
struct bundle_bytes {
    const void *data;
    size_t length;
};

/* SHA-256 (FIPS 180-4) over the pieces in order. */
typedef void (*bundle_sha256_fn)(const struct bundle_bytes *pieces, size_t count,
                                 uint8_t digest[SHA256_BYTES]);

/* Id of a signing key: first 8 bytes, big-endian, of SHA-256(00 00 || point). */
uint64_t bundle_signer_id(bundle_sha256_fn sha256, const uint8_t point[P256_POINT_BYTES]);

/* Id of a layer decrypter: first 8 bytes, big-endian, of SHA-256(00 01 || point). */
uint64_t bundle_decrypter_id(bundle_sha256_fn sha256, const uint8_t point[P256_POINT_BYTES]);

/* Is the key sealed as it must be: to somebody, with a point, and length bytes of cipher text and tag? */
bool bundle_sealed_valid(const bundle_HpkeCiphertext *sealed, uint32_t length);

/* Digest that a manifest's signature is over: "twlo-mv-manifest-v1\0" || body. */
void bundle_sign_digest(bundle_sha256_fn sha256, const uint8_t *body, size_t length,
                        uint8_t digest[SHA256_BYTES]);

/* What bundle_body_check found, in the order in which it looks. */
enum bundle_fault {
    BUNDLE_OK = 0,
    BUNDLE_NO_LAYERS,
    BUNDLE_NO_TARGET, /* a layer without a known target region */
    BUNDLE_ENCRYPTED_LIST, /* an encrypted layer without block list or without the hash of the stored one, or the other way round */
    BUNDLE_HASH_SIZE,      /* fetch or measurement hash missing, or a hash that is not 32 bytes */
    BUNDLE_EXTERNAL_FLASH, /* a layer for external flash where there is none */
    BUNDLE_EXTERNAL_LIST, /* a layer for external flash without a block list: it could not be verified while in use */
    BUNDLE_REGION_ALIGNMENT, /* start or size is not a multiple of 4,096 */
    BUNDLE_REGION_RANGE,     /* empty, or not inside its flash */
    BUNDLE_REGION_OVERLAP,   /* two layers claim the same block */
    BUNDLE_NO_START,         /* no layer begins at offset 0, where the vector table is */
    BUNDLE_CONTENT_KEY, /* no content key that is sealed to the decrypter of the encrypted layers, or one for none */
    BUNDLE_POLICY_KEY,     /* a policy key that is neither absent nor 65 bytes beginning with 04 */
    BUNDLE_POLICY_RESTART, /* minimum restart time above the maximum, or above a day */
    BUNDLE_POLICY_WATCHDOG /* below 100 ms or above an hour */
};

/* Where a layer goes. Regions of different flashes never overlap. */
struct bundle_region {
    bool external;
    uint32_t start; /* offset in its flash */
    uint32_t size;
};

/* How much flash there is for layers; external_bytes is 0 where there is none. */
struct bundle_room {
    uint32_t slot_bytes;
    uint32_t external_bytes;
};

/* Checks a decoded body against what there is room for. *layer is the index of the offending layer, if there is
 * one. */
enum bundle_fault bundle_body_check(const bundle_AppBody *body, const struct bundle_room *room,
                                    unsigned *layer);

/* Words for people, e.g. "layers overlap"; static memory. */
const char *bundle_fault_text(enum bundle_fault fault);

/* The region of a layer; false, and *out all zero, when the layer has no known target. */
bool bundle_layer_region(const bundle_AppLayerReference *layer, struct bundle_region *out);

/* Do two regions share a byte? */
bool bundle_regions_overlap(const struct bundle_region *a, const struct bundle_region *b);

/* Do [a, a + a_bytes) and [b, b + b_bytes) share a byte? Ranges may touch the top of the address space. */
bool bundle_ranges_overlap(uint32_t a, uint32_t a_bytes, uint32_t b, uint32_t b_bytes);

/* Number of 4,096-byte blocks that hold length bytes. */
uint32_t bundle_blocks(uint32_t length);

/* Is this the length of a block list for a region of region_bytes? (Not empty, whole hashes, not too many.)
 */
bool bundle_list_length_valid(uint32_t list_bytes, uint32_t region_bytes);

#endif
