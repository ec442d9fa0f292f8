/* SPDX-License-Identifier: Apache-2.0 */
/* Error answers in the original's shape, and the page that more_info points to. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/handlers.h"
#include "api/request.h"
#include "api/upload.h"
#include "base/status.h"
#include "model/name.h"
#include "model/number.h"

struct error_page {
    unsigned code;
    const char *words;
};

static const struct error_page pages[] = {
    { 20001, "A parameter is unknown, is given twice, or has a value that it cannot have. The message names "
             "the parameter, what "
             "was found and what would be right. For uploads, it says what is wrong with the bundle." },
    { 20003, "The request needs HTTP Basic credentials: an account SID (AC...) with its auth token, or the "
             "SID of an API key "
             "(SK...) with its secret." },
    { 20004,
      "The resource exists, but not for this method. The Allow header lists the methods that it has." },
    { 20400,
      "The request's headers do not say in one way where it ends, so a proxy could read it otherwise than "
      "this server. Send one Content-Length, or Transfer-Encoding: chunked. The connection is closed." },
    { 20403, "The credentials are good, but not for this. A factory token may enrol devices, as many and as "
             "fast as it was made "
             "for, and nothing else." },
    { 20404, "There is no such resource. Paths begin with /v1; SIDs and unique names are looked up in the "
             "caller's account." },
    { 20409,
      "The request is at odds with what is stored or configured: a unique name is taken, something is "
      "still in use, or a device may not have what is meant for it. Where there is a details.reason, it "
      "is for programs." },
    { 20413, "The request is larger than this server accepts. The message says how large it may be." },
    { 20414,
      "The request's address is longer than this server accepts. The message says how long it may be." },
    { 20415,
      "The body's Content-Type is not one that this resource takes. The message names those it takes." },
    { 20429,
      "More than the credentials' rate allows was asked. Retry-After says when it is worth asking again." },
    { 20500, "The server failed. The reason is in its log." },
    { 20503, "The server cannot answer just now. Retry-After says when it is worth asking again." },
};

struct json_out reply_json(struct reply *r, unsigned status)
{
    text_clear(&r->body);
    r->status = status;
    r->content_type = "application/json";
    return json_out_begin(&r->body);
}

void reply_empty(struct reply *r, unsigned status)
{
    text_clear(&r->body);
    r->status = status;
}

/* detail: name of the one member of "details", NULL for none. */
static void error_write(const struct request *q, struct reply *r, unsigned status, unsigned code,
                        const char *message, const char *detail, const char *value)
{
    char more_info[REQUEST_BASE_MAX + 40];
    struct json_out j = reply_json(r, status);
    (void)snprintf(more_info, sizeof(more_info), "%s/docs/errors/%u", q->base_url, code);
    json_put_object(&j, NULL);
    json_put_number(&j, "code", code);
    json_put_text(&j, "message", message);
    json_put_text(&j, "more_info", more_info);
    json_put_number(&j, "status", status);
    if (detail != NULL) {
        json_put_object(&j, "details");
        json_put_text(&j, detail, value);
        json_put_object_end(&j);
    }
    json_put_object_end(&j);
}

static void ascii_only(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (unsigned char)*text >= 0x20 && (unsigned char)*text < 0x7f ? *text : '?';
    }
}

static void message_make(char *out, size_t cap, const char *format, va_list args)
{
    (void)vsnprintf(out, cap, format, args);      /* a longer message is cut */
    if (!model_utf8_is_valid(out, strlen(out))) { /* cut within a character, or a library's words */
        ascii_only(out);
    }
}

void reply_error(const struct request *q, struct reply *r, unsigned status, unsigned code, const char *format,
                 ...)
{
    char message[1024];
    va_list args;
    va_start(args, format);
    message_make(message, sizeof(message), format, args);
    va_end(args);
    error_write(q, r, status, code, message, NULL, NULL);
}

void reply_refused(const struct request *q, struct reply *r, unsigned status, const char *reason,
                   const char *format, ...)
{
    char message[1024];
    va_list args;
    va_start(args, format);
    message_make(message, sizeof(message), format, args);
    va_end(args);
    error_write(q, r, status, status == 409 ? 20409 : 20001, message, "reason", reason);
}

/* The first bytes of a value, without cutting a UTF-8 character. */
static void value_cut(const char *value, char *out, size_t cap)
{
    size_t n = strlen(value);
    if (n >= cap) {
        n = cap - 4;
        while (n > 0 && ((unsigned char)value[n] & 0xc0) == 0x80) {
            n--;
        }
        (void)snprintf(out, cap, "%.*s...", (int)n, value);
        return;
    }
    memcpy(out, value, n + 1);
}

void reply_bad_parameter(const struct request *q, struct reply *r, const char *name, const char *value,
                         const char *right)
{
    char message[512], shown_name[68], shown[100];
    value_cut(name, shown_name, sizeof(shown_name));
    value_cut(value, shown, sizeof(shown));
    (void)snprintf(message, sizeof(message),
                   "Parameter %s has the value \"%s\", but what would be right is: %s", shown_name, shown,
                   right);
    error_write(q, r, 400, 20001, message, "parameter", shown_name);
}

void reply_not_found(const struct request *q, struct reply *r)
{
    char target[260];
    size_t n = strcspn(q->target, "?");
    (void)snprintf(target, sizeof(target), "%.*s", (int)(n < sizeof(target) ? n : sizeof(target) - 1),
                   q->target);
    ascii_only(target); /* a raw target may hold anything */
    reply_error(q, r, 404, 20404, "The requested resource %s was not found", target);
}

void reply_unavailable(const struct request *q, struct reply *r, const char *words)
{
    reply_error(q, r, 503, 20503, "%s", words);
    r->retry_after_s = 2;
}

void reply_store_failed(const struct request *q, struct reply *r, int status)
{
    if (status == ST_NOT_FOUND) {
        reply_not_found(q, r);
        return;
    }
    if (status == ST_TIMEOUT) {
        reply_unavailable(q, r, "The store is busy; try again");
        return;
    }
    if (status == ST_NO_SPACE) {
        reply_unavailable(q, r, "The server's disk is full; nothing was stored");
        return;
    }
    reply_error(q, r, 500, 20500, "The server failed (%s); its log says why", status_name(status));
}

void error_page_get(struct worker *w, struct request *q, struct reply *r)
{
    uint64_t code = 0;
    (void)w;
    for (size_t i = 0; model_number_parse(q->path.segment[2], 99999, &code) == ST_OK &&
                       i < sizeof(pages) / sizeof(pages[0]);
         i++) {
        if (pages[i].code == code) {
            reply_empty(r, 200);
            r->content_type = "text/plain; charset=utf-8";
            text_format(&r->body, "Error %u\n\n%s\n", pages[i].code, pages[i].words);
            return;
        }
    }
    reply_not_found(q, r);
}

void request_clear(struct request *q)
{
    text_clear(&q->body);
    json_in_free(q->json);
    upload_free(q->upload);
    q->json = NULL;
    q->upload = NULL;
}

void reply_clear(struct reply *r)
{
    text_clear(&r->body);
}
