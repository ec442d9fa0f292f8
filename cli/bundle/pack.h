/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle in memory: manifest and layer files (PROTOCOL.md section 6, proto/bundle.proto).
 *
 * pack_make, pack_sign -> a bundle to write; pack_decode after pack_add_file -> one that was read; pack_check
 * judges either.
 */
#ifndef BUNDLE_PACK_H
#define BUNDLE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "bundle.pb.h"
#include "proto/limits.h"

struct bundle_room;
struct p256_key;

/* What layers may be put into. */
extern const struct bundle_room pack_room;

#define PACK_FILES_MAX (2u * APP_LAYERS_MAX)

struct pack_file {
    char name[65]; /* as in the zip: lower-case SHA-256 of its bytes, when it is right */
    unsigned char *data;
    size_t len;
};

struct pack {
    bundle_OpaqueManifest manifest;
    bundle_AppBody body; /* decoded manifest.body */
    unsigned char manifest_bytes[MANIFEST_MAX_BYTES];
    size_t manifest_len;
    struct pack_file files[PACK_FILES_MAX]; /* layers, and the lists of encrypted ones */
    size_t file_count;
};

/* A layer beside the application. */
struct pack_layer {
    const char *name; /* in words about it */
    bool external;    /* in external flash, else in the application's */
    uint32_t start;   /* offset there */
    const unsigned char *data;
    size_t len;
};

struct pack_options {
    const struct pack_layer *layers; /* borrowed */
    size_t layer_count;
    bool has_block_list; /* add the hash of the list of block hashes; in external flash always */
    unsigned char debug_key[P256_POINT_BYTES]; /* all zero = none */
    unsigned char crash_key[P256_POINT_BYTES]; /* all zero = none */
    uint32_t include_stack_bytes;
    uint32_t minimum_restart_ms, maximum_restart_ms, watchdog_ms;
    uint32_t maximum_politeness_time_s, minimum_microvisor_version;
    uint32_t connection_grace_time_s, minimum_check_in_time_s;
};

/* Unsigned bundle of the application, whose layer fills the user flash as far as no other one lies there, and of the
 * options' layers. rom: less than APP_FLASH_BYTES. CLI_FORMAT when the
 * options break a rule of manifests. The caller clears out in any case. */
int pack_make(const unsigned char *rom, size_t len, const struct pack_options *options, struct pack *out,
              struct fail *fail);

/* Encrypts all layers of an unsigned bundle to a layer decrypter, with a new key: no two are alike. CLI_USAGE when one has no block list. */
int pack_encrypt(struct pack *pack, const unsigned char recipient[P256_POINT_BYTES], struct fail *fail);

/* Encodes the body again after a change; a signature that is there does not fit it any more. CLI_FORMAT. */
int pack_encode(struct pack *pack, struct fail *fail);

/* Signs the manifest's body, replacing a signature that is there: an application's. */
int pack_sign(struct pack *pack, const struct p256_key *key, struct fail *fail);

/* The same with the text that is signed in front of the body of another kind, which keeps the kinds apart; with its NUL. */
int pack_seal(struct pack *pack, const struct p256_key *key, const char *prefix, size_t prefix_bytes,
              struct fail *fail);

/* Takes data. CLI_FORMAT, and data is freed, when there are too many files. */
int pack_add_file(struct pack *pack, const char *name, unsigned char *data, size_t len, struct fail *fail);

/* Decodes the manifest of a bundle that was read. */
int pack_decode(struct pack *pack, const unsigned char *manifest, size_t len, struct fail *fail);

/* Everything that can be known without the signer's key: policies, regions, files against names, fetch,
 * measurement and block list hashes, no file missing or superfluous. CLI_FORMAT with words. */
int pack_check(const struct pack *pack, struct fail *fail);

bool pack_is_signed(const struct pack *pack);
bool pack_is_signed_by(const struct pack *pack, const unsigned char point[P256_POINT_BYTES]);
uint64_t pack_signer_id(const unsigned char point[P256_POINT_BYTES]);
uint64_t pack_decrypter_id(const unsigned char point[P256_POINT_BYTES]);

/* What hpke_seal has made, as messages carry it; the ids are the caller's. */
void pack_sealed_set(const unsigned char *sealed, size_t len, bundle_HpkeCiphertext *out);

/* The concatenated SHA-256 of each 4,096-byte block, the last one padded with 0xff; to be freed. */
unsigned char *pack_block_list(const unsigned char *data, size_t len, size_t *list_len);

/* SHA-256 of that list. */
void pack_block_list_hash(const unsigned char *data, size_t len, unsigned char digest[SHA256_BYTES]);

/* The file that a layer names by its fetch hash; NULL when it is not there. */
const struct pack_file *pack_layer_file(const struct pack *pack, const bundle_AppLayerReference *layer);

void pack_clear(struct pack *pack);

#endif
