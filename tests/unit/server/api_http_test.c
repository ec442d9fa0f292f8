/* SPDX-License-Identifier: Apache-2.0 */
/* What is the same for all operations: credentials, methods, paths, bodies, broken HTTP. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/status.h"
#include "crypto/base64.h"
#include "crypto/sha256.h"
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

static void get_as(const char *user, const char *secret, int status)
{
    char pair[400], basic[600], request[1024];
    (void)snprintf(pair, sizeof(pair), "%s:%s", user, secret);
    crypto_base64_encode(pair, strlen(pair), basic);
    int n = snprintf(
        request, sizeof(request),
        "GET /v1/Devices HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Basic %s\r\n\r\n", basic);
    api_raw(&server, request, (size_t)n, &a);
    assert_int_equal(a.status, status);
}

static void test_credentials(void **state)
{
    (void)state;
    struct store_credential key;
    memset(&key, 0, sizeof(key));
    strcpy(key.key_sid, "SK00000000000000000000000000000001");
    strcpy(key.account_sid, API_ACCOUNT);
    crypto_sha256("key secret", 10, key.secret_sha256);
    assert_int_equal(store_key_create(server.store, &key, "ci"), ST_OK);
    strcpy(key.key_sid, "SK00000000000000000000000000000002");
    key.revoked = true;
    assert_int_equal(store_key_create(server.store, &key, "old"), ST_OK);

    get_as(API_ACCOUNT, API_SECRET, 200);
    get_as("SK00000000000000000000000000000001", "key secret", 200);
    get_as("SK00000000000000000000000000000002", "key secret", 401);
    assert_non_null(strstr(a.text, "\r\nWWW-Authenticate: Basic realm="));
    assert_non_null(strstr(a.body, "{\"code\":20003,\"message\":\"Authenticate"));
    assert_non_null(strstr(a.body, "\"more_info\":\"http://h/docs/errors/20003\",\"status\":401}\n"));
    get_as(API_ACCOUNT, "0123456789abcdef", 401);
    get_as(API_ACCOUNT, API_SECRET "x", 401);
    get_as("AC00000000000000000000000000000009", API_SECRET, 401);
    get_as("nobody", API_SECRET, 401);
    get_as("", "", 401);
    /* With the account's own token, whatever a forged hash could be: a missing account is compared with zeros. */
    get_as("AC00000000000000000000000000000009", "", 401);
}

static void test_headers_that_are_no_credentials(void **state)
{
    (void)state;
    static const char *const headers[] = { "Basic", "Basic ", "Basic !!!!", "Bearer abc", "Basic QUM6", "" };
    char request[512];
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        int n = snprintf(request, sizeof(request),
                         "GET /v1/Apps HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: %s\r\n\r\n",
                         headers[i]);
        api_raw(&server, request, (size_t)n, &a);
        assert_int_equal(a.status, 401);
    }
}

static void test_paths_and_methods(void **state)
{
    (void)state;
    api_expect(&server, 404, "GET", "/v1/Nothing", NULL, &a);
    assert_non_null(strstr(a.body, "\"message\":\"The requested resource /v1/Nothing was not found\""));
    api_expect(&server, 404, "GET", "/v1/Devices/a/b/c/d/e/f/g/h/i", NULL, &a);
    api_expect(&server, 200, "GET", "/v1/Devices/", NULL, &a); /* one slash at the end is allowed */
    api_expect(&server, 404, "GET", "/v1/Devices//", NULL, &a);
    api_expect(&server, 404, "GET", "/v1//Devices", NULL, &a);
    api_expect(&server, 405, "DELETE", "/v1/Devices", NULL, &a);
    assert_non_null(strstr(a.text, "\r\nAllow: GET, HEAD, POST, OPTIONS\r\n"));
    assert_non_null(strstr(a.body, "\"code\":20004"));
    api_expect(&server, 405, "PATCH", "/v1/Apps/x", NULL, &a);
    assert_non_null(strstr(a.text, "\r\nAllow: GET, HEAD, DELETE, OPTIONS\r\n"));
    api_expect(&server, 204, "OPTIONS", "/v1/Apps", NULL, &a);
    api_expect(&server, 400, "GET", "/v1/Devices?PageSize=0", NULL, &a);
    assert_non_null(strstr(a.body, "\"parameter\":\"PageSize\""));
    api_expect(&server, 400, "GET", "/v1/Devices?Colour=red", NULL, &a);
    api_expect(&server, 400, "GET", "/v1/Devices?PageSize=1&PageSize=2", NULL, &a);
    api_expect(&server, 400, "GET", "/v1/Devices/%zz", NULL, &a);
    api_expect(&server, 400, "GET", "/v1/Devices/%00", NULL, &a);
    api_expect(&server, 400, "GET", "/v1/Devices/%ff", NULL, &a);
    api_expect(&server, 200, "HEAD", "/v1/Devices", NULL, &a);
    assert_string_equal(a.body, "");
}

static void test_open_resources(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int status;
    } open[] = { { "/healthz", 200 },       { "/openapi.json", 200 }, { "/docs/errors/20404", 200 },
                 { "/docs/errors/1", 404 }, { "/metrics", 401 },      { "/", 404 },
                 { "/favicon.ico", 404 },   { "/v1", 401 },           { "/v1/Whatever", 401 } };
    char request[256];
    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
        int n = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                         open[i].path);
        api_raw(&server, request, (size_t)n, &a);
        if (a.status != open[i].status) {
            fail_msg("%s answered %d", open[i].path, a.status);
        }
    }
    api_expect(&server, 200, "GET", "/metrics", NULL, &a);
    assert_non_null(strstr(a.body, "outrigger_api_requests_total{status=\"4xx\"} "));
}

static void test_too_large(void **state)
{
    (void)state;
    size_t len = 20000;
    char *body = malloc(len), target[4096];
    memset(body, 'a', len);
    api_call(&server, "POST", "/v1/Devices/x", NULL, body, len, &a);
    assert_int_equal(a.status, 413);
    (void)snprintf(target, sizeof(target), "/v1/Devices/%02500d", 1);
    api_expect(&server, 414, "GET", target, NULL, &a);
    free(body);
}

/* Chunked: the length is not announced, so the bound must hold while the body comes. */
static void test_too_large_in_chunks(void **state)
{
    (void)state;
    char pair[] = API_ACCOUNT ":" API_SECRET, basic[200];
    char *request = malloc(1 << 16);
    crypto_base64_encode(pair, strlen(pair), basic);
    int n =
        snprintf(request, 1024,
                 "POST /v1/Devices/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Basic %s\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n",
                 basic);
    for (int i = 0; i < 5; i++) {
        n += snprintf(request + n, 16, "1000\r\n");
        memset(request + n, 'a', 4096);
        n += 4096;
        n += snprintf(request + n, 16, "\r\n");
    }
    n += snprintf(request + n, 16, "0\r\n\r\n");
    api_raw(&server, request, (size_t)n, &a);
    assert_int_equal(a.status, 413);
    free(request);
}

static void test_host_header(void **state)
{
    (void)state;
    static const char *const hosts[][3] = {
        { "", "Host: example.org:8443\r\n", "http://example.org:8443/docs" },
        { "X-Forwarded-Proto: https\r\nX-Forwarded-Host: api.example.org\r\n", "Host: x\r\n",
          "https://api.example.org/docs" },
        { "X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: a\"b\r\n", "Host: x\r\n", "http://x/docs" },
        { "", "Host: a<script>\r\n", "\"/docs" },
        { "", "Host: [::1]:80\r\n", "http://[::1]:80/docs" },
    };
    char request[512];
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        int n = snprintf(request, sizeof(request), "GET /v1/Apps HTTP/1.1\r\nConnection: close\r\n%s%s\r\n",
                         hosts[i][0], hosts[i][1]);
        api_raw(&server, request, (size_t)n, &a);
        assert_int_equal(a.status, 401);
        if (strstr(a.body, hosts[i][2]) == NULL) {
            fail_msg("%s: %s", hosts[i][1], a.body);
        }
    }
}

/* Several requests on one connection, one of them refused: the connection goes on. */
static void test_keep_alive(void **state)
{
    (void)state;
    static const char request[] = "GET /v1/Apps HTTP/1.1\r\nHost: h\r\n\r\n"
                                  "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n"
                                  "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    api_raw(&server, request, sizeof(request) - 1, &a);
    assert_int_equal(a.status, 401);
    assert_non_null(strstr(a.text, "HTTP/1.1 404"));
    assert_non_null(strstr(a.text, "HTTP/1.1 200"));
}

/* A connection from another address of loopback than the proxy's, with one request answered; -1 when it was closed instead. */
static int stranger_connect(void)
{
    static const char request[] = "GET /docs/errors/20404 HTTP/1.1\r\nHost: h\r\n\r\n";
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1) };
    struct sockaddr_in far = { .sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                               .sin_port = htons((uint16_t)server.port) };
    const struct timeval limit = { .tv_sec = 20 };
    char answer[2000];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&far, sizeof(far)), 0);
    (void)send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL); /* may be closed by now */
    ssize_t n = recv(fd, answer, sizeof(answer), 0);
    assert_false(n < 0 && errno == EAGAIN);
    if (n > 0) {
        return fd;
    }
    close(fd);
    return -1;
}

static void test_one_client_cannot_take_all_connections(void **state)
{
    (void)state;
    int open[3], again = -1;
    server.service.conf.api_connections = 3;
    for (unsigned i = 0; i < 3; i++) {
        open[i] = stranger_connect();
        assert_true(open[i] >= 0);
    }
    assert_int_equal(stranger_connect(), -1);
    api_expect(&server, 200, "GET", "/healthz", NULL, &a); /* others do not notice */
    close(open[1]);
    for (unsigned i = 0; again < 0 && i < 10000; i++) { /* until the server has noticed the end */
        again = stranger_connect();
    }
    assert_true(again >= 0);
    close(open[0]);
    close(open[2]);
    close(again);
}

/* Rubbish costs its connection and nothing else. */
static void test_garbage(void **state)
{
    (void)state;
    static char noise[20000];
    unsigned seed = 12345;
    server.hasty = true;
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof(noise); i++) {
            seed = seed * 1103515245u + 12345u;
            noise[i] = (char)(seed >> 16);
        }
        size_t len = seed % sizeof(noise);
        if (round % 2) {
            memcpy(noise, "POST /v1/Apps HTTP/1.1\r\n", 24);
        }
        memcpy(noise + len, "\r\n\r\n", len + 4 <= sizeof(noise) ? 4 : 0);
        api_raw(&server, noise, len, &a);
        assert_true(a.status == 0 || (a.status >= 400 && a.status < 500));
    }
    server.hasty = false;
    api_expect(&server, 200, "GET", "/healthz", NULL, &a);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_credentials),       TEST(test_headers_that_are_no_credentials),
        TEST(test_paths_and_methods), TEST(test_open_resources),
        TEST(test_too_large),         TEST(test_too_large_in_chunks),
        TEST(test_host_header),       TEST(test_keep_alive),
        TEST(test_garbage),           TEST(test_one_client_cannot_take_all_connections),
    };
    return cmocka_run_group_tests_name("api_http", tests, NULL, NULL);
}
