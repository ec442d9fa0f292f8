/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a folder; see fs_tree.h. Depth is bounded by the length of names. */
#include "fs/fs_tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "proto/limits.h"

/* A walk through the folders. */
struct walk {
    const char *root;
    struct fs_tree *tree;
    size_t bytes;
    struct fail *fail;
};

static int walk_folder(struct walk *w, const char *name);

int fs_name_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    if (order != 0 || a_len == b_len)
        return order;
    return a_len < b_len ? -1 : 1;
}

static int compare_files(const void *a, const void *b)
{
    const struct fs_file *x = a, *y = b;

    return fs_name_compare(x->name, strlen(x->name), y->name, strlen(y->name));
}

static int take_file(struct walk *w, const char *name, const char *path)
{
    struct fs_file *file;
    int status;

    if (w->tree->count == FS_FILES_MAX)
        return fail_set(w->fail, CLI_FORMAT, "%s holds more than %u files", w->root, FS_FILES_MAX);
    file = &w->tree->files[w->tree->count];
    status = file_load(path, EXTERNAL_FLASH_BYTES, &file->data, &file->len, w->fail);
    if (status)
        return status;
    file->name = mem_text(name);
    w->tree->count++;
    w->bytes += file->len;
    if (w->bytes > EXTERNAL_FLASH_BYTES)
        return fail_set(w->fail, CLI_FORMAT, "the files of %s have more than the %u bytes of external flash",
                        w->root, EXTERNAL_FLASH_BYTES);
    return CLI_OK;
}

/* Bytes of the UTF-8 character (RFC 3629: shortest form, no surrogates) at text, which ends in NUL; 0: it is none. */
static size_t utf8_bytes(const unsigned char *text)
{
    static const unsigned long least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t bytes = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    unsigned long code = text[0] & (0xffu >> (bytes + 1));

    if (text[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < bytes; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3fu);
    }
    if (bytes > 1 && (code < least[bytes] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)))
        return 0;
    return bytes;
}

static bool is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at != '\0') {
        size_t bytes = utf8_bytes(at);

        if (bytes == 0)
            return false;
        at += bytes;
    }
    return true;
}

/* "..", or "..." and so on: parts that begin so are how a name gets out of its folder in a careless program. */
static bool climbs(const char *name)
{
    const char *last = strrchr(name, '/');

    return strncmp(last != NULL ? last + 1 : name, "..", 2) == 0;
}

static int check_name(struct walk *w, const char *name)
{
    if (strlen(name) > FS_NAME_MAX_BYTES)
        return fail_set(w->fail, CLI_FORMAT,
                        "%s: the name %.60s... has %zu bytes with its folders; at most %u are possible",
                        w->root, name, strlen(name), FS_NAME_MAX_BYTES);
    if (!is_utf8(name))
        return fail_set(w->fail, CLI_FORMAT,
                        "%s: the name \"%.100s\" is not UTF-8; rename the file (see convmv)", w->root, name);
    if (climbs(name))
        return fail_set(w->fail, CLI_FORMAT, "%s: the name %.100s begins with \"..\"; rename the file",
                        w->root, name);
    return CLI_OK;
}

static int take_path(struct walk *w, const char *name, const char *path)
{
    struct stat info;
    int status = check_name(w, name);

    if (status)
        return status;
    if (lstat(path, &info) != 0)
        return fail_set(w->fail, CLI_IO, "cannot read %s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return walk_folder(w, name);
    if (!S_ISREG(info.st_mode))
        return fail_set(w->fail, CLI_FORMAT,
                        "%s is neither a file nor a folder; an image holds nothing else (links are not "
                        "followed)",
                        path);
    return take_file(w, name, path);
}

static int take_name(struct walk *w, const char *folder, const char *entry)
{
    char *name = mem_format("%s%s%s", folder, folder[0] != '\0' ? "/" : "", entry);
    char *path = mem_format("%s/%s", w->root, name);
    int status = take_path(w, name, path);

    mem_free(path);
    mem_free(name);
    return status;
}

static int walk_folder(struct walk *w, const char *name)
{
    char *path = mem_format("%s%s%s", w->root, name[0] != '\0' ? "/" : "", name);
    DIR *dir = opendir(path);
    struct dirent *entry;
    int status = CLI_OK;

    if (dir == NULL && errno == ENOTDIR)
        status =
            fail_set(w->fail, CLI_FORMAT, "%s is not a folder; name the folder that holds the files", path);
    else if (dir == NULL)
        status = fail_set(w->fail, CLI_IO, "cannot read the folder %s: %s", path, strerror(errno));
    mem_free(path);
    if (status)
        return status;
    while (!status && (errno = 0, entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = take_name(w, name, entry->d_name);
    if (!status && errno != 0)
        status = fail_set(w->fail, CLI_IO, "cannot read all of the folder %s/%s: %s", w->root, name,
                          strerror(errno));
    (void)closedir(dir); /* read only: nothing can be lost */
    return status;
}

int fs_tree_read(const char *path, struct fs_tree *out, struct fail *fail)
{
    struct walk w = { path, out, 0, fail };
    int status;

    *out = (struct fs_tree){ .files = (struct fs_file *)mem_new(FS_FILES_MAX * sizeof(struct fs_file)) };
    status = walk_folder(&w, "");
    if (status)
        return status;
    if (out->count == 0)
        return fail_set(fail, CLI_FORMAT, "%s holds no files: there is nothing to make a file system of",
                        path);
    qsort(out->files, out->count, sizeof(out->files[0]), compare_files);
    return CLI_OK;
}

void fs_tree_clear(struct fs_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        mem_free(tree->files[i].name);
        mem_free(tree->files[i].data);
    }
    mem_free(tree->files);
    *tree = (struct fs_tree){ 0 };
}
