/* SPDX-License-Identifier: Apache-2.0 */
/* Requests whose end could be read in two ways: refused, and the connection is closed (RFC 9112 sections 6.1, 6.3 and 11.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/base64.h"
#include "unit/server/api_server_fake.h"

static struct api_server server;
static struct api_answer a;

static int setup(void **state)
{
    (void)state;
    api_server_start(&server);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    api_server_stop(&server);
    return 0;
}

/* What an attacker hides behind the request. */
static const char hidden[] = "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

/* Sends a request with these headers and this body, and then another one; the connection is not told to close. */
static void send_framed(const char *start, const char *headers, const char *body)
{
    char request[1024];
    int n = snprintf(request, sizeof(request), "%s\r\nHost: h\r\n%s\r\n%s%s", start, headers, body, hidden);
    api_raw(&server, request, (size_t)n, &a);
}

static bool hidden_was_answered(void)
{
    return strstr(a.text, "HTTP/1.1 200") != NULL;
}

static void refused(const char *start, const char *headers, const char *body)
{
    send_framed(start, headers, body);
    if (a.status != 400 || hidden_was_answered() || strcasestr(a.text, "\r\nConnection: close\r\n") == NULL) {
        fail_msg("%s with %s: %s", start, headers, a.text);
    }
}

static void test_refused(void **state)
{
    static const char *const headers[] = {
        "Content-Length: 3\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nContent-Length: 0\r\n",
        "Content-Length: 0\r\ncontent-length: 58\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: \r\n",
        "Content-Length: 3, 3\r\n",
        "Content-Length: +3\r\n",
        "Content-Length: -3\r\n",
        "Content-Length: 0x3\r\n",
        "Content-Length: 3 3\r\n",
        "Content-Length: \r\n",
        "Content-Length: three\r\n",
        "Content-Length : 3\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Content-Length: 3\r\nTransfer-Encoding\t: chunked\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        refused("POST /v1/Devices/x HTTP/1.1", headers[i], "");
        refused("GET /v1/Apps HTTP/1.1", headers[i], "");
    }
}

/* A number that no integer holds must not wrap to a small one. */
static void test_endless_length(void **state)
{
    (void)state;
    send_framed("POST /v1/Apps HTTP/1.1", "Content-Length: 18446744073709551619\r\n", "abc");
    assert_int_equal(a.status, 413);
    assert_false(hidden_was_answered());
}

/* HTTP/1.0 knows no chunks: such a message is taken apart differently by whoever is older (RFC 9112 section 6.1). */
static void test_chunks_of_old_clients(void **state)
{
    (void)state;
    refused("POST /v1/Devices/x HTTP/1.0", "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n",
            "0\r\n\r\n");
}

static void test_words(void **state)
{
    (void)state;
    send_framed("POST /v1/Apps HTTP/1.1", "Content-Length: 3\r\nContent-Length: 4\r\n", "abc");
    assert_non_null(strstr(a.body, "\"code\":20400"));
    assert_non_null(strstr(a.body, "more than one Content-Length"));
    send_framed("POST /v1/Apps HTTP/1.1", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "abc");
    assert_non_null(strstr(a.body, "both Content-Length and Transfer-Encoding"));
    api_expect(&server, 200, "GET", "/docs/errors/20400", NULL, &a);
}

/* What is clear stays accepted, and the connection with it. */
static void test_accepted(void **state)
{
    static const char *const headers[][2] = {
        { "", "" },
        { "Content-Length: 0\r\n", "" },
        { "Content-Length: 3\r\n", "a=b" },
        { "Content-Length: 03\r\n", "a=b" },
        { "content-length:   3\r\n", "a=b" },
        { "Transfer-Encoding: chunked\r\n", "3\r\na=b\r\n0\r\n\r\n" },
        { "transfer-encoding: Chunked\r\n", "3\r\na=b\r\n0\r\n\r\n" },
    };
    char pair[] = API_ACCOUNT ":" API_SECRET, basic[200], all[400];
    (void)state;
    crypto_base64_encode(pair, strlen(pair), basic);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        (void)snprintf(all, sizeof(all), "Authorization: Basic %s\r\n%s", basic, headers[i][0]);
        send_framed("POST /v1/Devices/x HTTP/1.1", all, headers[i][1]);
        if (strstr(a.text, "20400") != NULL || !hidden_was_answered()) {
            fail_msg("%s: %s", headers[i][0], a.text);
        }
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refused),  TEST(test_chunks_of_old_clients), TEST(test_endless_length), TEST(test_words),
        TEST(test_accepted),
    };
    return cmocka_run_group_tests_name("api_framing", tests, NULL, NULL);
}
