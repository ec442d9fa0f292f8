/* SPDX-License-Identifier: Apache-2.0 */
/* A request as the routes see it, and the answer they write. No HTTP library in here: http.c converts. */
#ifndef API_REQUEST_H
#define API_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/client.h"
#include "api/json.h"
#include "api/text.h"
#include "base/sid.h"
#include "form/urlencoded.h"

struct route;
struct service;
struct upload;
struct worker;

/* Longest request target: a name of 128 bytes, percent-encoded, within a path and paging parameters. */
#define REQUEST_TARGET_MAX 2047u

/* Scheme, host of at most 255 bytes, port. */
#define REQUEST_BASE_MAX 299u

enum request_method { METHOD_GET, METHOD_POST, METHOD_DELETE, METHOD_OPTIONS, METHOD_OTHER };

struct request {
    enum request_method method;
    char method_name[16];
    char target[REQUEST_TARGET_MAX + 1];  /* as it came */
    char decoded[REQUEST_TARGET_MAX + 1]; /* what path and query point into */
    struct form_path path;
    struct form_fields query, form;
    char
        base_url[REQUEST_BASE_MAX + 1]; /* of this server as the client sees it, without a slash at the end */
    char account_sid[SID_BYTES];        /* who asks; "" on open routes */
    char by_sid[SID_BYTES];             /* whose credentials: the account's, or of a key or token of its */
    char client[CLIENT_TEXT_BYTES];     /* address of the other end */
    const struct route *route;
    struct text body; /* of a form or JSON */
    bool body_is_json;
    struct json_in *json;  /* what form points into, when the body was JSON */
    struct upload *upload; /* of a multipart body */
};

struct reply {
    unsigned status;
    struct text body;
    const char *content_type; /* static */
    const char *allow;        /* static; NULL = none */
    unsigned retry_after_s;   /* 0 = none */
    bool authenticate;        /* WWW-Authenticate */
    bool close;               /* the connection ends with this answer */
};

/* Begins a JSON body. */
struct json_out reply_json(struct reply *r, unsigned status);

void reply_empty(struct reply *r, unsigned status);

/* An error body; replaces what was written before. code: rest-api.md section 1.3 and errors.c. */
void reply_error(const struct request *q, struct reply *r, unsigned status, unsigned code, const char *format,
                 ...) __attribute__((format(printf, 5, 6)));

/* 400 20001 that names the parameter, what was found and what would be right. */
void reply_bad_parameter(const struct request *q, struct reply *r, const char *name, const char *value,
                         const char *right);

/* 400 20001 or 409 20409 with a reason for programs as details.reason. */
void reply_refused(const struct request *q, struct reply *r, unsigned status, const char *reason,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

/* 404 20404 for the resource that was asked for. */
void reply_not_found(const struct request *q, struct reply *r);

/* What the store said instead of ST_OK: 404 when there is no such row (any more), 503 while the store is busy, else 500; the store
 * has logged the reason. */
void reply_store_failed(const struct request *q, struct reply *r, int status);

/* 503 with Retry-After. */
void reply_unavailable(const struct request *q, struct reply *r, const char *words);

void request_clear(struct request *q);
void reply_clear(struct reply *r);

#endif
