/* SPDX-License-Identifier: Apache-2.0 */
/* REST calls: builds URLs, checks status and content of answers. Must not know what an app or a device is. */
#include "rest/rest.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"
#include "http/url.h"

#define REST_VERSION "/v1/" /* every path begins with it; next_page_url is cut here */

struct rest {
    struct http *http;
    char *url;
    long status;
};

int rest_open(const struct settings *settings, struct rest **out, struct fail *fail)
{
    struct http_options options = {
        .user = settings->account,
        .password = settings->token,
        .ca_file = settings->cacert,
    };
    struct http *http;
    int status = settings_need_account(settings, fail);

    if (!status)
        status = http_new(&options, &http, fail);
    if (status)
        return status;
    if (url_is_exposed(settings->url))
        fail_warn("%s is plain http: the token can be read on the way", settings->url);
    *out = mem_new(sizeof(**out));
    (*out)->http = http;
    (*out)->url = mem_text(settings->url);
    return CLI_OK;
}

void rest_close(struct rest *rest)
{
    if (!rest)
        return;
    http_free(rest->http);
    mem_free(rest->url);
    mem_free(rest);
}

char *rest_path(const char *before, const char *name, const char *after)
{
    char *encoded = url_encode(name);
    char *path = mem_format("%s%s%s", before, encoded, after);

    mem_free(encoded);
    return path;
}

long rest_status(const struct rest *rest)
{
    return rest->status;
}

static int explain_refusal(long http_status, const struct doc *body, struct fail *fail)
{
    const char *message = doc_text(body, "message", NULL), *details = doc_text(body, "details", NULL);
    const char *advice = http_status == 401 ? " (account or token is wrong)" : "";

    if (!message)
        return fail_set(fail, CLI_REFUSED, "the server answered with HTTP status %ld%s", http_status, advice);
    return fail_set(fail, CLI_REFUSED, "%s%s%s (HTTP %ld, code %lld)%s", message, details ? ": " : "",
                    details ? details : "", http_status, doc_int(body, "code", 0), advice);
}

static bool has_body(const struct http_response *response)
{
    return response->body.len > 0 && response->status != 204;
}

static bool is_success(long http_status)
{
    return http_status >= 200 && http_status <= 299;
}

/* answer NULL: no body is expected. */
static int take_answer(struct rest *rest, const struct http_response *response, struct doc **answer,
                       struct fail *fail)
{
    struct doc *body = NULL;
    struct fail ignored;
    int status = CLI_OK;

    rest->status = response->status;
    if (has_body(response) && doc_parse(buf_text(&response->body), response->body.len, &body, &ignored))
        status = fail_set(
            fail, is_success(response->status) ? CLI_FORMAT : CLI_REFUSED, /* proxies answer in HTML */
            "%s answered (HTTP status %ld), but not in JSON; is it the address of an Outrigger server?",
            rest->url, response->status);
    else if (!is_success(response->status))
        status = explain_refusal(response->status, body, fail);
    else if (answer && !body)
        status = fail_set(fail, CLI_FORMAT, "%s answered HTTP status %ld without content", rest->url,
                          response->status);
    if (status || !answer) {
        doc_free(body);
        return status;
    }
    *answer = body;
    return CLI_OK;
}

static int call(struct rest *rest, struct http_request *request, const char *path, struct doc **answer,
                struct fail *fail)
{
    char *url = mem_format("%s%s", rest->url, path);
    struct http_response response;
    int status;

    request->url = url;
    rest->status = 0;
    status = http_send(rest->http, request, &response, fail);
    if (!status)
        status = take_answer(rest, &response, answer, fail);
    buf_clear(&response.body);
    mem_free(url);
    return status;
}

int rest_get(struct rest *rest, const char *path, struct doc **answer, struct fail *fail)
{
    struct http_request request = { .method = "GET" };

    return call(rest, &request, path, answer, fail);
}

int rest_post(struct rest *rest, const char *path, const struct http_field *fields, size_t count,
              struct doc **answer, struct fail *fail)
{
    struct http_request request = { .method = "POST", .fields = fields, .field_count = count };

    return call(rest, &request, path, answer, fail);
}

int rest_upload(struct rest *rest, const char *path, const char *file, const struct http_field *fields,
                size_t count, struct doc **answer, struct fail *fail)
{
    struct http_request request = { .method = "POST", .fields = fields, .field_count = count, .file = file };

    return call(rest, &request, path, answer, fail);
}

int rest_delete(struct rest *rest, const char *path, struct fail *fail)
{
    struct http_request request = { .method = "DELETE" };

    return call(rest, &request, path, NULL, fail);
}

char *rest_next_page(const struct doc *page)
{
    const char *next = doc_text(page, "meta.next_page_url", NULL);

    next = next ? strstr(next, REST_VERSION) : NULL;
    return mem_text(next);
}

static void add_rows(struct doc *rows, const struct doc *page, const char *key)
{
    for (size_t i = 0; i < doc_len(page, key); i++)
        doc_add_borrowed(rows, doc_at(page, key, i));
}

int rest_list(struct rest *rest, const char *path, const char *key, struct doc **rows, struct fail *fail)
{
    char *at = mem_format("%s?PageSize=%u", path, PAGE_ROWS);
    struct doc *all = doc_new_array();
    int status = CLI_OK;

    for (unsigned pages = 0; at && !status; pages++) {
        struct doc *page = NULL;

        status = pages < PAGES_MAX ? rest_get(rest, at, &page, fail)
                                   : fail_set(fail, CLI_FORMAT, "the list has more than %u pages", PAGES_MAX);
        mem_free(at);
        at = status ? NULL : rest_next_page(page);
        if (!status)
            add_rows(all, page, key);
        doc_free(page);
    }
    if (status)
        doc_free(all);
    else
        *rows = all;
    return status;
}
