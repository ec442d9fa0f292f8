/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads: bytes go from the socket to the file; what is kept in memory is the parser and one name. */
#include "api/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/request.h"
#include "api/service.h"
#include "base/log.h"
#include "base/status.h"
#include "form/multipart.h"
#include "model/name.h"

enum part { PART_FILE, PART_NAME };

struct upload {
    struct multipart parser;
    enum part part;
    int fd;
    char path[1100];
    size_t bytes;
    bool has_file, has_name;
    char name[UNIQUE_NAME_MAX_BYTES + 1];
    size_t name_len;
    int status; /* first failure */
    const char *why;
};

static int upload_fail(struct upload *u, int status, const char *why)
{
    if (u->status == ST_OK) {
        u->status = status;
        u->why = why;
    }
    return status;
}

static int on_begin(void *arg, const char *name, bool is_file)
{
    struct upload *u = arg;
    (void)is_file; /* some clients send the file without a file name */
    bool *seen = strcmp(name, "File") == 0         ? &u->has_file
                 : strcmp(name, "UniqueName") == 0 ? &u->has_name
                                                   : NULL;
    if (seen == NULL) {
        return upload_fail(u, ST_INVALID,
                           "The form has a part that is not known; known are File and UniqueName");
    }
    if (*seen) {
        return upload_fail(u, ST_INVALID,
                           "The form has two parts of the same name; File and UniqueName come once");
    }
    *seen = true;
    u->part = seen == &u->has_file ? PART_FILE : PART_NAME;
    return ST_OK;
}

static int name_add(struct upload *u, const char *data, size_t len)
{
    if (len > UNIQUE_NAME_MAX_BYTES - u->name_len) {
        return upload_fail(u, ST_INVALID, "UniqueName is too long; a unique name has 1 to 128 bytes");
    }
    memcpy(u->name + u->name_len, data, len);
    u->name_len += len;
    u->name[u->name_len] = '\0';
    return ST_OK;
}

static int file_add(struct upload *u, const char *data, size_t len)
{
    if (len > UPLOAD_MAX_BYTES - u->bytes) {
        return upload_fail(u, ST_TOO_LARGE, "The bundle is too large; at most 32 MiB are accepted");
    }
    u->bytes += len;
    while (len > 0) {
        ssize_t n = write(u->fd, data, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            int rc = status_of_write(errno);
            log_error("upload_failed", "path", u->path, "error", strerror(errno));
            return upload_fail(u, rc, "The server cannot store the upload; its log says why");
        }
        data += n;
        len -= (size_t)n;
    }
    return ST_OK;
}

static int on_data(void *arg, const char *data, size_t len)
{
    struct upload *u = arg;
    return u->part == PART_FILE ? file_add(u, data, len) : name_add(u, data, len);
}

static int on_end(void *arg)
{
    struct upload *u = arg;
    if (u->part == PART_NAME && strlen(u->name) != u->name_len) {
        return upload_fail(u, ST_INVALID, "UniqueName has a NUL in it");
    }
    return ST_OK;
}

int upload_begin(struct service *s, const char *content_type, struct upload **out)
{
    char boundary[MULTIPART_BOUNDARY_MAX + 1], folder[1024];
    *out = NULL;
    int rc = form_multipart_boundary(content_type, boundary);
    if (rc != ST_OK) {
        return rc;
    }
    struct upload *u = calloc(1, sizeof(*u));
    if (u == NULL) {
        return ST_NO_MEMORY;
    }
    conf_path(&s->conf, UPLOAD_FOLDER, folder);
    (void)snprintf(u->path, sizeof(u->path), "%s/" UPLOAD_FILE_PREFIX "XXXXXX", folder);
    u->fd = mkostemp(u->path, O_CLOEXEC);
    if (u->fd < 0) {
        rc = status_of_write(errno);
        log_error("upload_failed", "path", u->path, "error", strerror(errno));
        free(u);
        return rc;
    }
    const struct multipart_sink sink = { on_begin, on_data, on_end, u };
    form_multipart_begin(&u->parser, boundary, &sink);
    *out = u;
    return ST_OK;
}

void upload_free(struct upload *u)
{
    if (u != NULL) {
        (void)unlink(u->path); /* what stays is removed at the next start */
        close(u->fd);
        free(u);
    }
}

void upload_feed(struct upload *u, const char *data, size_t len)
{
    if (u->status == ST_OK && form_multipart_feed(&u->parser, data, len) != ST_OK) {
        (void)upload_fail(u, ST_INVALID, u->parser.why); /* unless the sink has told already */
    }
}

int upload_finish(struct upload *u, struct upload_result *out, const char **why)
{
    if (u->status == ST_OK && form_multipart_finish(&u->parser) != ST_OK) {
        (void)upload_fail(u, ST_INVALID, u->parser.why);
    }
    if (u->status == ST_OK && !model_utf8_is_valid(u->name, u->name_len)) {
        (void)upload_fail(u, ST_INVALID, "UniqueName is not UTF-8");
    }
    out->path = u->has_file ? u->path : NULL;
    out->unique_name = u->has_name ? u->name : NULL;
    *why = u->why;
    return u->status;
}

bool upload_take(const struct request *q, struct reply *r, const char *file, struct upload_result *out)
{
    const char *why = NULL;
    if (q->upload == NULL) {
        reply_error(q, r, 400, 20001, "The body is empty; send multipart/form-data with %s as part File",
                    file);
        return false;
    }
    int rc = upload_finish(q->upload, out, &why);
    if (rc == ST_NO_SPACE) {
        reply_store_failed(q, r, rc);
        return false;
    }
    if (rc != ST_OK) {
        unsigned status = rc == ST_TOO_LARGE ? 413 : rc == ST_INVALID ? 400 : 500;
        reply_error(q, r, status, status == 413 ? 20413 : status == 400 ? 20001 : 20500, "%s", why);
        return false;
    }
    if (out->path == NULL) {
        reply_error(q, r, 400, 20001, "The form has no part File; send %s as part File", file);
    }
    return out->path != NULL;
}
