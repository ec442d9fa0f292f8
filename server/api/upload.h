/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle that is being uploaded: a multipart body that streams into a file of data_dir/tmp. */
#ifndef API_UPLOAD_H
#define API_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"

#define UPLOAD_FOLDER      "tmp"
#define UPLOAD_FILE_PREFIX "upload."

/* What a multipart body has around the file: boundaries, headers, the name. */
#define UPLOAD_OVERHEAD_BYTES 16384u

struct reply;
struct request;
struct service;
struct upload;

struct upload_result {
    const char *path;        /* of the file; NULL if there was no part File */
    const char *unique_name; /* NULL if there was none */
};

/* content_type: of the request. ST_OK; ST_NOT_FOUND: not multipart/form-data; ST_INVALID: no good boundary; ST_IO. */
int upload_begin(struct service *s, const char *content_type, struct upload **out);
void upload_free(struct upload *u); /* NULL ok; removes the file */

/* Takes the next bytes of the body. Errors are remembered for upload_finish, so that the body can be read to its end. */
void upload_feed(struct upload *u, const char *data, size_t len);

/* After the last byte. ST_OK with the result, borrowed from u; ST_INVALID or ST_TOO_LARGE with words; ST_IO. */
int upload_finish(struct upload *u, struct upload_result *out, const char **why);

/* The finished upload of a request. False when the reply says what is wrong with it. file: words for what was expected. */
bool upload_take(const struct request *q, struct reply *r, const char *file, struct upload_result *out);

#endif
