/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs as files of a local folder.
 *
 *   begin --> tmp/<random>, locked --write--> ... --commit--> fsync, rename to ab/cdef..., fsync of the
 * folder
 *                                            \--abort---> unlink
 *
 * A writer holds a lock on its temporary file, so a file that can be locked and is not brand new belongs to
 * nobody and is removed at the next open or collection (B3).
 */
#include "blob/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/log.h"
#include "base/status.h"
#include "crypto/sha256.h"

/* Between creating a temporary file and locking it pass microseconds. */
#define TORN_AGE_S 60

#define TMP_NAME_BYTES  (4 + 32 + 1) /* "tmp/" and 16 random bytes in hex */
#define BLOB_NAME_BYTES (64 + 1 + 1) /* "ab/cdef..." */

struct blob_store {
    int folder;
};

struct blob_writer {
    struct blob_store *store;
    struct crypto_sha256_ctx *hash;
    int fd;
    char name[TMP_NAME_BYTES];
};

static void blob_name(const unsigned char sha256[32], char out[BLOB_NAME_BYTES])
{
    char hex[65];
    hex_encode(sha256, 32, hex);
    (void)snprintf(out, BLOB_NAME_BYTES, "%.2s/%s", hex, hex + 2);
}

static int blob_fail(const char *what, const char *name)
{
    const int error_number = errno;
    log_error("blob_failed", "call", what, "name", name, "error", strerror(error_number));
    return status_of_write(error_number);
}

/* A torn temporary file: nobody holds its lock and it is old enough to have been locked. */
static void torn_remove(int tmp, const char *name)
{
    struct stat st;
    int fd = openat(tmp, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return;
    }
    if (fstat(fd, &st) == 0 && st.st_ctime + TORN_AGE_S < time(NULL) && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
        unlinkat(tmp, name, 0) == 0) {
        log_info("blob_torn_file_removed", "name", name);
    }
    close(fd);
}

static DIR *folder_read(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL && fd >= 0) {
        close(fd);
    }
    return dir;
}

void blob_torn_remove(struct blob_store *b)
{
    DIR *dir = folder_read(b->folder, "tmp");
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            torn_remove(dirfd(dir), entry->d_name);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

int blob_open(const char *folder, struct blob_store **out)
{
    *out = NULL;
    if (mkdir(folder, 0750) != 0 && errno != EEXIST) {
        return blob_fail("mkdir", folder);
    }
    struct blob_store *b = calloc(1, sizeof(*b));
    if (b == NULL) {
        return ST_NO_MEMORY;
    }
    b->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b->folder < 0 || (mkdirat(b->folder, "tmp", 0750) != 0 && errno != EEXIST)) {
        int rc = blob_fail("open", folder);
        blob_close(b);
        return rc;
    }
    blob_torn_remove(b);
    *out = b;
    return ST_OK;
}

void blob_close(struct blob_store *b)
{
    if (b != NULL) {
        if (b->folder >= 0) {
            close(b->folder);
        }
        free(b);
    }
}

static int writer_file(struct blob_writer *w)
{
    unsigned char random[16];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return ST_IO;
    }
    memcpy(w->name, "tmp/", 4);
    hex_encode(random, sizeof(random), w->name + 4);
    w->fd = openat(w->store->folder, w->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (w->fd < 0 || flock(w->fd, LOCK_EX) != 0) {
        return blob_fail("create", w->name);
    }
    return ST_OK;
}

int blob_begin(struct blob_store *b, struct blob_writer **out)
{
    *out = NULL;
    struct blob_writer *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return ST_NO_MEMORY;
    }
    w->store = b;
    w->fd = -1;
    w->hash = crypto_sha256_new();
    int rc = writer_file(w);
    if (rc != ST_OK) {
        blob_abort(w);
        return rc;
    }
    *out = w;
    return ST_OK;
}

int blob_write(struct blob_writer *w, const void *data, size_t len)
{
    const char *at = data;
    crypto_sha256_add(w->hash, data, len);
    while (len > 0) {
        ssize_t n = write(w->fd, at, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return blob_fail("write", w->name);
        }
        at += n;
        len -= (size_t)n;
    }
    return ST_OK;
}

static void writer_free(struct blob_writer *w)
{
    crypto_sha256_free(w->hash);
    if (w->fd >= 0) {
        close(w->fd);
    }
    free(w);
}

void blob_abort(struct blob_writer *w)
{
    if (w != NULL) {
        if (w->fd >= 0) {
            (void)unlinkat(w->store->folder, w->name, 0); /* what stays is removed at the next start */
        }
        writer_free(w);
    }
}

static int folder_sync(struct blob_store *b, const char *name)
{
    int fd = openat(b->folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 && fsync(fd) == 0 ? ST_OK : blob_fail("fsync", name);
    if (fd >= 0) {
        close(fd);
    }
    return rc;
}

/* Moves the finished file to its name. The rename also refreshes a blob that was there: the same bytes, newly
 * wanted. */
static int writer_publish(struct blob_writer *w, const char *name)
{
    struct blob_store *b = w->store;
    char sub[3] = { name[0], name[1], '\0' };
    if (fsync(w->fd) != 0) {
        return blob_fail("fsync", w->name);
    }
    if (mkdirat(b->folder, sub, 0750) == 0) {
        int rc = folder_sync(b, ".");
        if (rc != ST_OK) {
            return rc;
        }
    } else if (errno != EEXIST) {
        return blob_fail("mkdir", sub);
    }
    if (renameat(b->folder, w->name, b->folder, name) != 0) {
        return blob_fail("rename", name);
    }
    return folder_sync(b, sub);
}

int blob_commit(struct blob_writer *w, const unsigned char *expect_sha256, unsigned char sha256[32])
{
    char name[BLOB_NAME_BYTES];
    crypto_sha256_end(w->hash, sha256);
    if (expect_sha256 != NULL && memcmp(expect_sha256, sha256, 32) != 0) {
        blob_abort(w);
        return ST_INVALID;
    }
    blob_name(sha256, name);
    int rc = writer_publish(w, name);
    if (rc != ST_OK) {
        blob_abort(w);
        return rc;
    }
    writer_free(w);
    return ST_OK;
}

int blob_put(struct blob_store *b, const void *data, size_t len, unsigned char sha256[32])
{
    struct blob_writer *w = NULL;
    int rc = blob_begin(b, &w);
    if (rc == ST_OK) {
        rc = blob_write(w, data, len);
        if (rc != ST_OK) {
            blob_abort(w);
            return rc;
        }
        rc = blob_commit(w, NULL, sha256);
    }
    return rc;
}

int blob_size(struct blob_store *b, const unsigned char sha256[32], uint64_t *bytes)
{
    char name[BLOB_NAME_BYTES];
    struct stat st;
    blob_name(sha256, name);
    if (fstatat(b->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? ST_NOT_FOUND : blob_fail("stat", name);
    }
    *bytes = (uint64_t)st.st_size;
    return ST_OK;
}

int blob_read_fd(struct blob_store *b, const unsigned char sha256[32])
{
    char name[BLOB_NAME_BYTES];
    blob_name(sha256, name);
    int fd = openat(b->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? ST_NOT_FOUND : blob_fail("open", name);
    }
    return fd;
}

int blob_delete(struct blob_store *b, const unsigned char sha256[32])
{
    char name[BLOB_NAME_BYTES];
    blob_name(sha256, name);
    if (unlinkat(b->folder, name, 0) != 0) {
        return errno == ENOENT ? ST_NOT_FOUND : blob_fail("unlink", name);
    }
    return ST_OK;
}

/* One folder "ab"; false when fn wants to stop. */
static bool each_in_folder(DIR *dir, unsigned char first, blob_each_fn *fn, void *arg)
{
    struct dirent *entry;
    struct stat st;
    unsigned char sha256[32] = { first };
    bool more = true;
    while (more && (entry = readdir(dir)) != NULL) {
        if (hex_decode(entry->d_name, sha256 + 1, 31) == ST_OK &&
            fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
            more = fn(arg, sha256, st.st_ctime);
        }
    }
    return more;
}

int blob_each(struct blob_store *b, blob_each_fn *fn, void *arg)
{
    bool more = true;
    for (unsigned i = 0; more && i < 256; i++) {
        char sub[sizeof "ffffffff"];
        (void)snprintf(sub, sizeof(sub), "%02x", i);
        DIR *dir = folder_read(b->folder, sub);
        if (dir == NULL) {
            if (errno != ENOENT) {
                return blob_fail("open", sub);
            }
            continue;
        }
        more = each_in_folder(dir, (unsigned char)i, fn, arg);
        (void)closedir(dir);
    }
    return ST_OK;
}
