/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's REST API as calls: JSON in, words about failures out.
 *
 * Every function blocks until the server has answered, CLI_UNREACHABLE says that it did not. CLI_REFUSED: the
 * server answered with an error; the words are its message, HTTP status and code, and rest_status tells the
 * HTTP status.
 */
#ifndef REST_REST_H
#define REST_REST_H

#include <stddef.h>

#include "base/fail.h"
#include "conf/settings.h"
#include "http/http.h"
#include "json/doc.h"

struct rest;

int rest_open(const struct settings *settings, struct rest **out, struct fail *fail);
void rest_close(struct rest *rest); /* NULL ok */

/* Path "before<encoded name>after", e.g. "/v1/Devices/", "my dev", "/Logs"; free with mem_free. */
char *rest_path(const char *before, const char *name, const char *after);

/* On success the caller owns *answer. */
int rest_get(struct rest *rest, const char *path, struct doc **answer, struct fail *fail);
int rest_post(struct rest *rest, const char *path, const struct http_field *fields, size_t count,
              struct doc **answer, struct fail *fail);
int rest_upload(struct rest *rest, const char *path, const char *file, const struct http_field *fields,
                size_t count, struct doc **answer, struct fail *fail);
int rest_delete(struct rest *rest, const char *path, struct fail *fail);

/* All rows of all pages of a list as one array; key names the rows in an answer. */
int rest_list(struct rest *rest, const char *path, const char *key, struct doc **rows, struct fail *fail);

/* Path of the page behind this one; free with mem_free. NULL when there is none. Only the part of next_page_url behind the host
 * is used: credentials go nowhere else. */
char *rest_next_page(const struct doc *page);

/* HTTP status of the last answer; 0 = there was none. */
long rest_status(const struct rest *rest);

#endif
