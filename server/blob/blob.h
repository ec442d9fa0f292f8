/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs: immutable files named by the SHA-256 of their bytes, in data_dir/blobs/ab/cdef.... Layers and block
 * lists and manifests live here; the same blob is stored once.
 *
 * Invariants: B1 a file under its final name is complete and durable (temp file, fsync, rename, fsync of the
 * folder); B2 putting the same blob twice is harmless, also from two processes; B3 a torn temp file is never
 * visible by name and is removed at start and by the collector.
 */
#ifndef BLOB_BLOB_H
#define BLOB_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob_store;

int blob_open(const char *folder, struct blob_store **out); /* makes the folder; ST_IO */
void blob_close(struct blob_store *b);

/* Removes temporary files that no living writer owns (B3). blob_open does it too. */
void blob_torn_remove(struct blob_store *b);

/* Writing in pieces: begin, write..., then commit (checks expect_sha256 unless NULL: ST_INVALID and nothing
 * is stored) or abort. Memory use does not depend on the size. */
struct blob_writer;
int blob_begin(struct blob_store *b, struct blob_writer **out);
int blob_write(struct blob_writer *w, const void *data, size_t len);
int blob_commit(struct blob_writer *w, const unsigned char *expect_sha256,
                unsigned char sha256[32]); /* frees w */
void blob_abort(struct blob_writer *w);    /* NULL ok, frees w */

/* Size of a blob. ST_NOT_FOUND. */
int blob_size(struct blob_store *b, const unsigned char sha256[32], uint64_t *bytes);

/* Opens for reading: a file descriptor the caller closes, or a negative status. */
int blob_read_fd(struct blob_store *b, const unsigned char sha256[32]);

int blob_delete(struct blob_store *b, const unsigned char sha256[32]);

/* Puts a small blob that is in memory. */
int blob_put(struct blob_store *b, const void *data, size_t len, unsigned char sha256[32]);

/* Calls fn for each blob, in no order, with the Unix time when it was last put; fn returns false to stop.
 * Blobs that come or go meanwhile may be told or not; fn may delete the blob it was told. */
typedef bool blob_each_fn(void *arg, const unsigned char sha256[32], int64_t put_at_s);
int blob_each(struct blob_store *b, blob_each_fn *fn, void *arg);

#endif
