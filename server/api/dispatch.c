/* SPDX-License-Identifier: Apache-2.0 */
/* From a request to its route: everything that is the same for all operations. */
#include "api/dispatch.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/auth.h"
#include "api/base_url.h"
#include "api/route.h"
#include "api/service.h"
#include "api/upload.h"
#include "base/limits.h"
#include "base/status.h"
#include "model/number.h"

static enum request_method method_read(const char *name)
{
    static const struct {
        const char *name;
        enum request_method method;
    } methods[] = { { "GET", METHOD_GET },
                    { "HEAD", METHOD_GET },
                    { "POST", METHOD_POST },
                    { "DELETE", METHOD_DELETE },
                    { "OPTIONS", METHOD_OPTIONS } };
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].name, name) == 0) {
            return methods[i].method;
        }
    }
    return METHOD_OTHER;
}

/* Splits the target into decoded path and query. */
static bool target_read(struct request *q, struct reply *r)
{
    const char *why = NULL;
    memcpy(q->decoded, q->target, sizeof(q->decoded));
    char *query = strchr(q->decoded, '?');
    if (query != NULL) {
        *query++ = '\0';
    }
    int rc = form_path_parse(q->decoded, &q->path, &why);
    if (rc == ST_TOO_LARGE) {
        reply_not_found(q, r);
        return false;
    }
    if (rc == ST_OK && query != NULL) {
        rc = form_urlencoded_parse(query, strlen(query), &q->query, &why);
    }
    if (rc != ST_OK) {
        reply_error(q, r, 400, 20001, "The request's address cannot be read: %s", why);
    }
    return rc == ST_OK;
}

static bool credentials_check(struct worker *w, struct request *q, struct reply *r, const char *authorization)
{
    struct auth_who who;
    int rc = auth_check(w, authorization, &who);
    if (rc == ST_OK) {
        memcpy(q->account_sid, who.account_sid, SID_BYTES);
        memcpy(q->by_sid, who.by_sid, SID_BYTES);
    } else if (rc == ST_DENIED) {
        reply_error(
            q, r, 401, 20003,
            "Authenticate with HTTP Basic: an account SID and its token, or an API key's SID and its secret");
        r->authenticate = true;
    } else {
        reply_store_failed(q, r, rc);
    }
    return rc == ST_OK;
}

/* What a factory has is good for one thing; whatever else it asks, it does not learn whether it is there. */
static bool scope_check(const struct request *q, struct reply *r)
{
    if (!sid_is(q->by_sid, "FT") || (q->route != NULL && q->route->enrols)) {
        return true;
    }
    reply_error(q, r, 403, 20403,
                "A factory token is good for enrolling devices (POST /v1/Devices) and nothing else");
    return false;
}

static bool route_read(struct request *q, struct reply *r, const char **allow)
{
    *allow = NULL;
    q->route = route_find(q->method, &q->path, allow);
    if (q->route == NULL && *allow != NULL && q->method == METHOD_OPTIONS) {
        reply_empty(r, 204);
        r->allow = *allow;
        return false;
    }
    return true;
}

/* After the credentials, so that strangers learn nothing about what is there. */
static bool route_refuse(struct request *q, struct reply *r, const char *allow)
{
    if (q->route != NULL) {
        return false;
    }
    if (allow == NULL) {
        reply_not_found(q, r);
        return true;
    }
    reply_error(q, r, 405, 20004, "Method %s is not allowed here; allowed are %s", q->method_name, allow);
    r->allow = allow;
    return true;
}

static bool type_is(const char *content_type, const char *want)
{
    size_t len = strlen(want);
    return strncasecmp(content_type, want, len) == 0 && strchr("; \t", content_type[len]) != NULL;
}

static bool length_check(const struct request *q, struct reply *r, const char *content_length)
{
    uint64_t length = 0;
    uint64_t most = q->route->upload ? UPLOAD_MAX_BYTES + UPLOAD_OVERHEAD_BYTES : FORM_BODY_MAX_BYTES;
    if (content_length == NULL ||
        (model_number_parse(content_length, UINT64_MAX, &length) == ST_OK && length <= most)) {
        return true;
    }
    reply_error(q, r, 413, 20413, "The body has %.24s bytes; at most %llu are accepted here", content_length,
                (unsigned long long)most);
    return false;
}

static bool upload_prepare(struct worker *w, struct request *q, struct reply *r, const char *content_type)
{
    int rc = upload_begin(w->service, content_type ? content_type : "", &q->upload);
    if (rc == ST_NOT_FOUND) {
        reply_error(q, r, 415, 20415,
                    "This takes multipart/form-data with the bundle's zip file as part File");
    } else if (rc == ST_INVALID) {
        reply_error(q, r, 400, 20001,
                    "The Content-Type multipart/form-data needs a boundary of 1 to 70 characters");
    } else if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    }
    return rc == ST_OK;
}

static bool body_prepare(struct worker *w, struct request *q, struct reply *r,
                         const struct request_head *head)
{
    if (q->method != METHOD_POST) {
        return true; /* a body is read and passed over */
    }
    if (!length_check(q, r, head->content_length)) {
        return false;
    }
    if (q->route->upload) {
        return upload_prepare(w, q, r, head->content_type);
    }
    const char *type = head->content_type;
    q->body_is_json = type != NULL && type_is(type, "application/json");
    if (type != NULL && !q->body_is_json && !type_is(type, "application/x-www-form-urlencoded")) {
        reply_error(q, r, 415, 20415,
                    "This takes application/x-www-form-urlencoded or application/json, not %.80s", type);
        return false;
    }
    return true;
}

bool dispatch_head(struct worker *w, struct request *q, struct reply *r, const struct request_head *head)
{
    const char *allow;
    (void)snprintf(q->method_name, sizeof(q->method_name), "%s", head->method);
    q->method = method_read(head->method);
    base_url_make(w->service->conf.api_public_url, head, q->base_url);
    if (head->fault != NULL) {
        reply_error(q, r, 400, 20400, "It is not clear where this request ends: %s", head->fault);
        return false;
    }
    if (head->target_too_long) {
        reply_error(q, r, 414, 20414, "The request's address is too long; it has at most %u bytes",
                    REQUEST_TARGET_MAX);
        return false;
    }
    if (!target_read(q, r) || !route_read(q, r, &allow)) {
        return false;
    }
    /* Paths outside /v1 that do not exist are nobody's secret. */
    bool open =
        q->route != NULL ? q->route->open : q->path.count == 0 || strcmp(q->path.segment[0], "v1") != 0;
    if (!open && (!credentials_check(w, q, r, head->authorization) || !scope_check(q, r))) {
        return false;
    }
    return !route_refuse(q, r, allow) && body_prepare(w, q, r, head);
}

void dispatch_body(struct request *q, struct reply *r, const char *data, size_t len)
{
    if (r->status != 0 || q->method != METHOD_POST) {
        return;
    }
    if (q->upload != NULL) {
        upload_feed(q->upload, data, len);
    } else if (q->body.len + len > FORM_BODY_MAX_BYTES) {
        reply_error(q, r, 413, 20413, "The body is too large; at most %u bytes are accepted here",
                    FORM_BODY_MAX_BYTES);
    } else {
        text_add(&q->body, data, len);
    }
}

static bool form_read(struct request *q, struct reply *r)
{
    const char *why = NULL;
    int rc = ST_OK;
    if (q->body.len == 0) {
        return true;
    }
    if (q->body.failed) {
        rc = ST_NO_MEMORY;
        why = "out of memory";
    } else if (q->body_is_json) {
        rc = json_in_parse(q->body.data, q->body.len, &q->form, &q->json, &why);
    } else {
        rc = form_urlencoded_parse(q->body.data, q->body.len, &q->form, &why);
    }
    if (rc == ST_NO_MEMORY) {
        reply_store_failed(q, r, rc);
    } else if (rc != ST_OK) {
        reply_error(q, r, 400, 20001, "The body cannot be read: %s", why);
    }
    return rc == ST_OK;
}

void dispatch_answer(struct worker *w, struct request *q, struct reply *r)
{
    if (r->status == 0 && form_read(q, r) && route_parameters_check(q, r)) {
        q->route->answer(w, q, r);
    }
    if (r->body.failed) {
        reply_error(q, r, 500, 20500, "Out of memory");
    }
}
