/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zip by libzip. Before the library sees the file, the end of its directory is checked by hand, because
 * libzip allocates by what stands there: a forged count must not cost memory.
 */
#include "bundle/archive.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "base/status.h"

/* End of central directory record (APPNOTE.TXT 4.3.16) and its longest comment. */
#define END_RECORD_BYTES    22u
#define END_SEARCH_BYTES    (END_RECORD_BYTES + 0xffffu)
#define ZIP64_LOCATOR_BYTES 20u

#define PIECE_BYTES 16384u

struct archive {
    zip_t *zip;
    size_t count;
    struct archive_entry entries[ARCHIVE_ENTRIES_MAX];
    unsigned char piece[PIECE_BYTES];
};

static uint32_t le(const unsigned char *at, unsigned bytes)
{
    uint32_t v = 0;
    while (bytes-- > 0) {
        v = v << 8 | at[bytes];
    }
    return v;
}

/* One place where a directory could end. Is it the end of one that we accept to read? */
static int end_record_check(const unsigned char *tail, size_t at, char *why, size_t why_cap)
{
    const unsigned char *record = tail + at;
    uint32_t entries = le(record + 10, 2);
    uint32_t directory_bytes = le(record + 12, 4);
    if (at >= ZIP64_LOCATOR_BYTES && memcmp(record - ZIP64_LOCATOR_BYTES, "PK\6\7", 4) == 0) {
        (void)snprintf(why, why_cap, "the zip file is in zip64 format; a bundle is small and needs none");
        return ST_INVALID;
    }
    if (entries > ARCHIVE_ENTRIES_MAX) {
        (void)snprintf(why, why_cap,
                       "the zip file has %u entries; a bundle has a manifest and at most %u layers", entries,
                       APP_LAYERS_MAX);
        return ST_INVALID;
    }
    if (directory_bytes > ARCHIVE_DIRECTORY_MAX_BYTES) {
        (void)snprintf(why, why_cap, "the zip file's directory has %u bytes; at most %u are allowed",
                       directory_bytes, ARCHIVE_DIRECTORY_MAX_BYTES);
        return ST_INVALID;
    }
    return ST_OK;
}

/* Looks at every end record in the tail whose comment reaches the end of the file. */
static int tail_check(const unsigned char *tail, size_t len, char *why, size_t why_cap)
{
    bool found = false;
    for (size_t at = len < END_RECORD_BYTES ? len : 0; at + END_RECORD_BYTES <= len; at++) {
        if (memcmp(tail + at, "PK\5\6", 4) != 0 || at + END_RECORD_BYTES + le(tail + at + 20, 2) != len) {
            continue;
        }
        found = true;
        int rc = end_record_check(tail, at, why, why_cap);
        if (rc != ST_OK) {
            return rc;
        }
    }
    if (!found) {
        (void)snprintf(why, why_cap,
                       "the file is not a zip archive, or is cut short: its directory is missing");
    }
    return found ? ST_OK : ST_INVALID;
}

static int end_check(const char *path, char *why, size_t why_cap)
{
    struct stat st;
    int rc = ST_IO;
    unsigned char *tail = malloc(END_SEARCH_BYTES);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (tail != NULL && fd >= 0 && fstat(fd, &st) == 0) {
        size_t len = st.st_size < (off_t)END_SEARCH_BYTES ? (size_t)st.st_size : END_SEARCH_BYTES;
        if (pread(fd, tail, len, st.st_size - (off_t)len) == (ssize_t)len) {
            rc = tail_check(tail, len, why, why_cap);
        }
    }
    if (rc == ST_IO) {
        (void)snprintf(why, why_cap, "the uploaded file cannot be read: %m");
    }
    if (fd >= 0) {
        close(fd);
    }
    free(tail);
    return rc;
}

static int entry_refuse(const char *name, const char *words, char *why, size_t why_cap)
{
    (void)snprintf(why, why_cap, "zip entry \"%.80s\" %s", name, words);
    return ST_INVALID;
}

/* What zip_stat must have told before it is believed. */
#define STAT_NEEDED (ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD)

static int entry_read(struct archive *a, unsigned index, char *why, size_t why_cap)
{
    zip_stat_t st;
    zip_stat_init(&st);
    if (zip_stat_index(a->zip, index, ZIP_FL_ENC_RAW, &st) != 0 || (st.valid & STAT_NEEDED) != STAT_NEEDED) {
        return entry_refuse("?", "cannot be read", why, why_cap);
    }
    size_t len = strlen(st.name);
    if (len > 0 && st.name[len - 1] == '/') {
        return entry_refuse(st.name, "is a folder; a bundle has none", why, why_cap);
    }
    if (len == 0 || len > ARCHIVE_NAME_MAX) {
        return entry_refuse(st.name, "is neither \"manifest\" nor a SHA-256 in 64 hexadecimal digits", why,
                            why_cap);
    }
    if (st.encryption_method != ZIP_EM_NONE) {
        return entry_refuse(st.name, "is encrypted; a bundle's zip is not", why, why_cap);
    }
    if (st.comp_method != ZIP_CM_STORE && st.comp_method != ZIP_CM_DEFLATE) {
        return entry_refuse(st.name, "is packed in a way other than store or deflate", why, why_cap);
    }
    if (archive_find(a, st.name) != NULL) {
        return entry_refuse(st.name, "is there twice", why, why_cap);
    }
    struct archive_entry *entry = &a->entries[a->count++];
    memcpy(entry->name, st.name, len + 1);
    entry->bytes = st.size;
    entry->index = index;
    return ST_OK;
}

static int entries_read(struct archive *a, char *why, size_t why_cap)
{
    zip_int64_t n = zip_get_num_entries(a->zip, 0);
    int rc = n >= 0 && n <= (zip_int64_t)ARCHIVE_ENTRIES_MAX ? ST_OK : ST_INVALID;
    if (rc != ST_OK) {
        (void)snprintf(why, why_cap, "the zip file has too many entries");
    }
    for (unsigned i = 0; rc == ST_OK && i < (unsigned)n; i++) {
        rc = entry_read(a, i, why, why_cap);
    }
    return rc;
}

static int library_open(struct archive *a, const char *path, char *why, size_t why_cap)
{
    int code = 0;
    a->zip = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code);
    if (a->zip == NULL) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        (void)snprintf(why, why_cap, "the zip file is damaged: %s", zip_error_strerror(&error));
        zip_error_fini(&error);
        return code == ZIP_ER_MEMORY ? ST_NO_MEMORY : ST_INVALID;
    }
    return entries_read(a, why, why_cap);
}

int archive_open(const char *path, struct archive **out, char *why, size_t why_cap)
{
    *out = NULL;
    int rc = end_check(path, why, why_cap);
    if (rc != ST_OK) {
        return rc;
    }
    struct archive *a = calloc(1, sizeof(*a));
    if (a == NULL) {
        return ST_NO_MEMORY;
    }
    rc = library_open(a, path, why, why_cap);
    if (rc != ST_OK) {
        archive_close(a);
        return rc;
    }
    *out = a;
    return ST_OK;
}

void archive_close(struct archive *a)
{
    if (a != NULL) {
        if (a->zip != NULL) {
            zip_discard(a->zip);
        }
        free(a);
    }
}

size_t archive_count(const struct archive *a)
{
    return a->count;
}

const struct archive_entry *archive_at(const struct archive *a, size_t i)
{
    return &a->entries[i];
}

const struct archive_entry *archive_find(const struct archive *a, const char *name)
{
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->entries[i].name, name) == 0) {
            return &a->entries[i];
        }
    }
    return NULL;
}

static int pieces_read(struct archive *a, zip_file_t *file, const struct archive_entry *entry,
                       archive_sink *fn, void *arg, char *why, size_t why_cap)
{
    uint64_t total = 0;
    zip_int64_t n;
    while ((n = zip_fread(file, a->piece, sizeof(a->piece))) > 0) {
        total += (uint64_t)n;
        if (total > entry->bytes) {
            return entry_refuse(entry->name, "unpacks to more bytes than it declares", why, why_cap);
        }
        int rc = fn(arg, a->piece, (size_t)n);
        if (rc != ST_OK) {
            return rc;
        }
    }
    if (n < 0) {
        (void)snprintf(why, why_cap, "zip entry \"%s\" is damaged: %s", entry->name, zip_file_strerror(file));
        return ST_INVALID;
    }
    if (total != entry->bytes) {
        return entry_refuse(entry->name, "unpacks to fewer bytes than it declares", why, why_cap);
    }
    return ST_OK;
}

int archive_stream(struct archive *a, const struct archive_entry *entry, archive_sink *fn, void *arg,
                   char *why, size_t why_cap)
{
    zip_file_t *file = zip_fopen_index(a->zip, entry->index, 0);
    if (file == NULL) {
        (void)snprintf(why, why_cap, "zip entry \"%s\" cannot be unpacked: %s", entry->name,
                       zip_strerror(a->zip));
        return ST_INVALID;
    }
    int rc = pieces_read(a, file, entry, fn, arg, why, why_cap);
    (void)zip_fclose(file); /* only read; what went wrong was told by zip_fread */
    return rc;
}

struct load {
    unsigned char *out;
    size_t len;
};

static int load_piece(void *arg, const void *data, size_t len)
{
    struct load *load = arg;
    memcpy(load->out + load->len, data, len);
    load->len += len;
    return ST_OK;
}

int archive_load(struct archive *a, const struct archive_entry *entry, void *out, size_t *len, char *why,
                 size_t why_cap)
{
    struct load load = { .out = out };
    int rc = archive_stream(a, entry, load_piece, &load, why, why_cap);
    *len = load.len;
    return rc;
}
