/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads a bundle file. What the server could only refuse is said here in words about the file. */
#include "cmd/upload.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "rest/rest.h"

#define ELF_MAGIC       "\177ELF"
#define ELF_MAGIC_BYTES 4

/* What is no regular file, a pipe, cannot be looked at without taking from it. */
static bool is_regular(FILE *file)
{
    struct stat info;

    return fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode);
}

static int look(const char *path, struct fail *fail)
{
    char magic[ELF_MAGIC_BYTES] = "";
    FILE *file = fopen(path, "rb");
    bool is_elf;

    if (!file)
        return fail_set(fail, CLI_IO, "cannot read %s: %s", path, strerror(errno));
    is_elf = is_regular(file) && fread(magic, sizeof(magic), 1, file) == 1 &&
             memcmp(magic, ELF_MAGIC, sizeof(magic)) == 0;
    (void)fclose(file); /* read only */
    if (is_elf)
        return fail_set(
            fail, CLI_FORMAT,
            "%s is a linked application, not a bundle: make one of it with `outrigger bundle %s OUT.zip`",
            path, path);
    return CLI_OK;
}

int upload_bundle(struct cmd_env *env, const char *path, const char *name, struct doc **app)
{
    struct http_field field = { "UniqueName", name };
    int status = look(path, &env->fail);

    return status ? status : rest_upload(env->rest, "/v1/Apps", path, &field, name ? 1 : 0, app, &env->fail);
}
