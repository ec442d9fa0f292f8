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

#define MAGIC_BYTES 4

/* Files that are not bundles yet, and how one makes a bundle of them. */
static const struct {
    char magic[MAGIC_BYTES + 1];
    const char *is, *command;
} sources[] = {
    { "\177ELF", "a linked application", "bundle %s OUT.zip" },
    { "OTRB", "a microvisor image", "microvisors bundle %s --key ROOT_KEY.pem --version VERSION" },
};

/* What is no regular file, a pipe, cannot be looked at without taking from it. */
static bool is_regular(FILE *file)
{
    struct stat info;

    return fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode);
}

static int refuse(const char *path, size_t source, struct fail *fail)
{
    char command[512];

    (void)snprintf(command, sizeof(command), sources[source].command, path); /* a long path is cut */
    return fail_set(fail, CLI_FORMAT, "%s is %s, not a bundle: make one of it with `outrigger %s`", path,
                    sources[source].is, command);
}

static int look(const char *path, struct fail *fail)
{
    char magic[MAGIC_BYTES] = "";
    FILE *file = fopen(path, "rb");

    if (!file)
        return fail_set(fail, CLI_IO, "cannot read %s: %s", path, strerror(errno));
    if (!is_regular(file) || fread(magic, sizeof(magic), 1, file) != 1)
        memset(magic, 0, sizeof(magic));
    (void)fclose(file); /* read only */
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        if (memcmp(magic, sources[i].magic, sizeof(magic)) == 0)
            return refuse(path, i, fail);
    return CLI_OK;
}

int upload_bundle(struct cmd_env *env, const char *list, const char *path, const char *name,
                  struct doc **created)
{
    struct http_field field = { "UniqueName", name };
    int status = look(path, &env->fail);

    return status ? status : rest_upload(env->rest, list, path, &field, name ? 1 : 0, created, &env->fail);
}
