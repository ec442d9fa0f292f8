/* SPDX-License-Identifier: Apache-2.0 */
/* Zip files and bundles for tests. */
#ifndef TESTS_UNIT_SERVER_ZIP_FAKE_H
#define TESTS_UNIT_SERVER_ZIP_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zip_fake_file {
    const char *name;
    const void *data;
    size_t len;
};

void zip_fake_write(const char *path, const struct zip_fake_file *files, size_t count);

/* A layer and its reference. */
struct bundle_fake_layer {
    const unsigned char *data;
    size_t len;
    uint32_t start, size;
    bool has_block_list;
    bool external; /* in external flash */
};

struct bundle_fake {
    const struct bundle_fake_layer *layers;
    size_t count;
    uint32_t minimum_restart_ms, maximum_restart_ms, watchdog_ms;
    uint64_t signer_id;
    const unsigned char *signature; /* 64 bytes, NULL = unsigned */
};

/* Serialized manifest; returns its length. */
size_t bundle_fake_manifest(const struct bundle_fake *b, unsigned char *out, size_t cap);

/* The serialized body alone, what a signature is over. */
size_t bundle_fake_body(const struct bundle_fake *b, unsigned char *out, size_t cap);

/* The whole zip file. */
void bundle_fake_write(const char *path, const struct bundle_fake *b);

#endif
