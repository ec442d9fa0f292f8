/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An uploaded zip file, read with bounds: few entries, a small directory, plain or deflated, never more bytes
 * than declared. Memory does not depend on what the file says.
 */
#ifndef BUNDLE_ARCHIVE_H
#define BUNDLE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

/* One manifest, the most layers, their lists when they are encrypted, and some more so that a wrong file can be named in the error. */
#define ARCHIVE_ENTRIES_MAX (2u * APP_LAYERS_MAX + 1u + 7u)

/* Names of 64 characters, and room for what zip tools add to each entry. */
#define ARCHIVE_DIRECTORY_MAX_BYTES 16384u

#define ARCHIVE_NAME_MAX 64u

struct archive;

struct archive_entry {
    char name[ARCHIVE_NAME_MAX + 1];
    uint64_t bytes; /* as declared; archive_stream holds it to that */
    unsigned index;
};

/* Opens and checks the directory. ST_OK; ST_INVALID with words in why; ST_IO; ST_NO_MEMORY. */
int archive_open(const char *path, struct archive **out, char *why, size_t why_cap);
void archive_close(struct archive *a); /* NULL ok */

size_t archive_count(const struct archive *a);
const struct archive_entry *archive_at(const struct archive *a, size_t i);
const struct archive_entry *archive_find(const struct archive *a, const char *name); /* NULL: not there */

/* Unpacks an entry piece by piece. fn returns ST_OK or a status that stops and is returned. ST_INVALID with
 * words when the entry is damaged or does not have its declared size. */
typedef int archive_sink(void *arg, const void *data, size_t len);
int archive_stream(struct archive *a, const struct archive_entry *entry, archive_sink *fn, void *arg,
                   char *why, size_t why_cap);

/* A small entry into memory; out has room for the bytes that it declares. Else as archive_stream. */
int archive_load(struct archive *a, const struct archive_entry *entry, void *out, size_t *len, char *why,
                 size_t why_cap);

#endif
