/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP client: requests with Basic authentication, form fields or a file, answers of bounded size.
 * Blocks. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stddef.h>

#include "base/buf.h"
#include "base/fail.h"

struct http;

struct http_options {
    const char *user, *password; /* borrowed for http_new only */
    const char *ca_file;         /* PEM; NULL = the system's */
};

/* A connection is kept open between requests. CLI_FAILED when the library cannot be used. */
int http_new(const struct http_options *options, struct http **out, struct fail *fail);
void http_free(struct http *http); /* NULL ok */

struct http_field {
    const char *name, *value;
};

struct http_request {
    const char *method; /* GET, POST, DELETE */
    const char *url;
    const struct http_field *fields; /* form fields of a POST */
    size_t field_count;
    const char *file; /* path: the fields and this file, streamed as part "File", go as multipart/form-data */
};

struct http_response {
    long status;
    struct buf body;
};

/*
 * Any answer is a success here, whatever its status; response->body is to be cleared by the caller in any
 * case. CLI_UNREACHABLE (no connection, TLS refused, connection lost, too slow), CLI_INTERRUPTED, CLI_FORMAT
 * (answer too large).
 */
int http_send(struct http *http, const struct http_request *request, struct http_response *response,
              struct fail *fail);

#endif
