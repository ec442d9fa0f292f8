/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bundles as zips by libzip; the only file that knows it. Sizes in a zip's directory are claims: what is
 * inflated is bounded by what was allocated, and its checksum is verified by reading to the end.
 */
#include "bundle/pack_zip.h"

#include <string.h>

#include <zip.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"
#include "bundle/pack.h"

#define MANIFEST_NAME "manifest"

/* 1980-01-01 00:00, the first moment that a zip knows: bundles do not say when they were made. */
#define ZIP_FIXED_TIME 0
#define ZIP_FIXED_DATE (1 << 5 | 1)

static bool add_file(zip_t *zip, const char *name, const void *data, size_t len)
{
    zip_source_t *source = zip_source_buffer(zip, data, len, 0);
    zip_int64_t index = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;

    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    return zip_file_set_dostime(zip, (zip_uint64_t)index, ZIP_FIXED_TIME, ZIP_FIXED_DATE, 0) == 0 &&
           zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, 9) == 0 &&
           zip_file_set_external_attributes(zip, (zip_uint64_t)index, 0, ZIP_OPSYS_DOS, 0) == 0;
}

int pack_zip_write(const struct pack *pack, const char *path, struct fail *fail)
{
    int error;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
    zip_error_t words;
    int status = CLI_OK;

    if (!zip) {
        zip_error_init_with_code(&words, error);
        status = fail_set(fail, CLI_IO, "cannot write %s: %s", path, zip_error_strerror(&words));
        zip_error_fini(&words);
        return status;
    }
    for (size_t i = 0; !status && i < pack->file_count; i++)
        if (!add_file(zip, pack->files[i].name, pack->files[i].data, pack->files[i].len))
            status = CLI_IO;
    if (!status && !add_file(zip, MANIFEST_NAME, pack->manifest_bytes, pack->manifest_len))
        status = CLI_IO;
    if (!status && zip_close(zip) == 0)
        return CLI_OK;
    status = fail_set(fail, CLI_IO, "cannot write %s: %s", path, zip_strerror(zip));
    zip_discard(zip);
    return status;
}

/* Inflates one entry into memory of the size that its directory claims, at most most_bytes. */
static int read_entry(zip_t *zip, zip_uint64_t index, const zip_stat_t *info, size_t most_bytes,
                      unsigned char **data, struct fail *fail)
{
    zip_file_t *file;
    zip_int64_t n, beyond = 0;
    char extra;

    if (info->size > most_bytes)
        return fail_set(fail, CLI_FORMAT, "\"%.80s\" has %llu bytes; at most %zu are accepted", info->name,
                        (unsigned long long)info->size, most_bytes);
    file = zip_fopen_index(zip, index, 0);
    if (!file)
        return fail_set(fail, CLI_FORMAT, "cannot read \"%.80s\": %s", info->name, zip_strerror(zip));
    *data = mem_new((size_t)info->size);
    n = zip_fread(file, *data, info->size);
    if (n == (zip_int64_t)info->size)
        beyond = zip_fread(file, &extra, 1); /* reaching the end verifies the checksum */
    (void)zip_fclose(file);                  /* read only */
    if (n == (zip_int64_t)info->size && beyond == 0)
        return CLI_OK;
    mem_free(*data);
    return fail_set(fail, CLI_FORMAT, "\"%.80s\" is damaged", info->name);
}

static int take_manifest(struct pack *out, const unsigned char *data, size_t len, struct fail *fail)
{
    if (out->manifest_len)
        return fail_set(fail, CLI_FORMAT, "the bundle has two manifests");
    if (len == 0)
        return fail_set(fail, CLI_FORMAT, "the manifest is empty");
    return pack_decode(out, data, len, fail);
}

static int take_entry(zip_t *zip, zip_uint64_t index, struct pack *out, struct fail *fail)
{
    zip_stat_t info;
    unsigned char *data = NULL;
    bool is_manifest;
    int status;

    if (zip_stat_index(zip, index, 0, &info) != 0 || !(info.valid & ZIP_STAT_NAME) ||
        !(info.valid & ZIP_STAT_SIZE))
        return fail_set(fail, CLI_FORMAT, "entry %llu has no name or size", (unsigned long long)index);
    is_manifest = strcmp(info.name, MANIFEST_NAME) == 0;
    status = read_entry(zip, index, &info, is_manifest ? MANIFEST_MAX_BYTES : LAYER_MAX_BYTES, &data, fail);
    if (status)
        return status;
    if (!is_manifest)
        return pack_add_file(out, info.name, data, (size_t)info.size, fail);
    status = take_manifest(out, data, (size_t)info.size, fail);
    mem_free(data);
    return status;
}

static int read_all(zip_t *zip, struct pack *out, struct fail *fail)
{
    zip_int64_t count = zip_get_num_entries(zip, 0);
    int status = CLI_OK;

    if (count > (zip_int64_t)PACK_FILES_MAX + 1)
        return fail_set(fail, CLI_FORMAT, "the bundle holds %lld files; at most %u are accepted",
                        (long long)count, PACK_FILES_MAX + 1);
    for (zip_int64_t i = 0; !status && i < count; i++)
        status = take_entry(zip, (zip_uint64_t)i, out, fail);
    if (!status && !out->manifest_len)
        status = fail_set(fail, CLI_FORMAT, "the bundle has no manifest");
    return status;
}

int pack_zip_read(const unsigned char *zip_bytes, size_t len, struct pack *out, struct fail *fail)
{
    zip_error_t error;
    zip_source_t *source;
    zip_t *zip;
    int status;

    memset(out, 0, sizeof(*out));
    zip_error_init(&error);
    source = zip_source_buffer_create(zip_bytes, len, 0, &error);
    zip = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : NULL;
    if (zip) {
        status = read_all(zip, out, fail);
        zip_discard(zip);
    } else {
        status = fail_set(fail, CLI_FORMAT, "not a zip file: %s", zip_error_strerror(&error));
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return status;
}

int pack_zip_load(const char *path, struct pack *out, struct fail *fail)
{
    unsigned char *zip;
    size_t len;
    int status = file_load(path, BUNDLE_FILE_MAX_BYTES, &zip, &len, fail);

    memset(out, 0, sizeof(*out));
    if (status)
        return status;
    status = pack_zip_read(zip, len, out, fail);
    mem_free(zip);
    if (status)
        fail_prefix(fail, path);
    return status;
}
