/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP by libcurl; the only file that knows it.
 *
 * Invariants: redirects are not followed (credentials go to the configured server only); only http and https
 * are spoken; an answer beyond ANSWER_MAX_BYTES ends the request; a request without progress ends after
 * HTTP_STALL_S.
 */
#include "http/http.h"

#include <string.h>

#include <curl/curl.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/stop.h"

#define HTTP_CONNECT_TIMEOUT_MS 10000L
#define HTTP_STALL_S            30L /* less than a byte per second for so long */

struct http {
    CURL *curl;
    char *user, *password, *ca_file;
    char words[CURL_ERROR_SIZE];
};

int http_new(const struct http_options *options, struct http **out, struct fail *fail)
{
    struct http *http;

    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return fail_set(fail, CLI_FAILED, "libcurl cannot be initialised");
    http = mem_new(sizeof(*http));
    http->curl = curl_easy_init();
    if (!http->curl) {
        mem_free(http);
        return fail_set(fail, CLI_FAILED, "libcurl cannot be initialised");
    }
    http->user = mem_text(options->user);
    http->password = mem_text(options->password);
    http->ca_file = mem_text(options->ca_file);
    *out = http;
    return CLI_OK;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->curl);
    mem_free(http->user);
    mem_free_secret(http->password);
    mem_free(http->ca_file);
    mem_free(http);
}

static size_t on_body(char *data, size_t one, size_t len, void *context)
{
    struct buf *body = context;

    return buf_add(body, data, one * len) ? one * len : 0;
}

static int on_progress(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    (void)context, (void)down_all, (void)down, (void)up_all, (void)up;
    return stop_asked();
}

static void set_common(struct http *http, const char *url, struct buf *body)
{
    CURL *curl = http->curl;

    curl_easy_reset(curl); /* keeps the connection */
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "outrigger-cli");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, HTTP_CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, HTTP_STALL_S);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->words);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    if (http->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, http->ca_file);
    if (http->user) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, http->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, http->password ? http->password : "");
    }
}

/* "a=b&c=d" with both sides encoded; free with curl_free's counterpart mem_free. */
static char *form_text(CURL *curl, const struct http_request *request)
{
    char *form = mem_text("");

    for (size_t i = 0; i < request->field_count; i++) {
        char *value = curl_easy_escape(curl, request->fields[i].value, 0);
        char *longer =
            mem_format("%s%s%s=%s", form, *form ? "&" : "", request->fields[i].name, value ? value : "");

        curl_free(value);
        mem_free(form);
        form = longer;
    }
    return form;
}

static curl_mime *multipart(CURL *curl, const struct http_request *request)
{
    curl_mime *mime = curl_mime_init(curl);
    curl_mimepart *part;

    for (size_t i = 0; i < request->field_count; i++) {
        part = curl_mime_addpart(mime);
        curl_mime_name(part, request->fields[i].name);
        curl_mime_data(part, request->fields[i].value, CURL_ZERO_TERMINATED);
    }
    part = curl_mime_addpart(mime); /* last, so that the server knows the fields before the bytes arrive */
    curl_mime_name(part, "File");
    curl_mime_filedata(part, request->file);
    return mime;
}

static int explain(const struct http *http, CURLcode code, const char *url, struct fail *fail)
{
    const char *words = http->words[0] ? http->words : curl_easy_strerror(code);

    if (code == CURLE_ABORTED_BY_CALLBACK)
        return fail_set(fail, CLI_INTERRUPTED, "%s", ""); /* who interrupted knows */
    if (code == CURLE_WRITE_ERROR)
        return fail_set(fail, CLI_FORMAT, "the answer of %s is longer than %u bytes", url, ANSWER_MAX_BYTES);
    if (code == CURLE_READ_ERROR)
        return fail_set(fail, CLI_IO, "the file cannot be read: %s", words);
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
        return fail_set(
            fail, CLI_UNREACHABLE,
            "the certificate of %s is not trusted: %s (--cacert FILE names the CA that signed it)", url,
            words);
    return fail_set(fail, CLI_UNREACHABLE, "cannot reach %s: %s", url, words);
}

int http_send(struct http *http, const struct http_request *request, struct http_response *response,
              struct fail *fail)
{
    char *form = NULL;
    curl_mime *mime = NULL;
    CURLcode code;

    buf_init(&response->body, ANSWER_MAX_BYTES);
    response->status = 0;
    http->words[0] = 0;
    set_common(http, request->url, &response->body);
    if (request->file) {
        mime = multipart(http->curl, request);
        curl_easy_setopt(http->curl, CURLOPT_MIMEPOST, mime);
    } else if (strcmp(request->method, "POST") == 0) {
        form = form_text(http->curl, request);
        curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, form);
    } else {
        curl_easy_setopt(http->curl, CURLOPT_CUSTOMREQUEST, request->method);
    }
    code = curl_easy_perform(http->curl);
    (void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &response->status);
    curl_mime_free(mime);
    mem_free(form);
    return code ? explain(http, code, request->url, fail) : CLI_OK;
}
