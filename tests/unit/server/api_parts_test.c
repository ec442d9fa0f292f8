/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the api that need no server: deadlines, credentials' header, routes, JSON, and that openapi.json tells the truth. */
#include <arpa/inet.h>
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

#include "api/auth.h"
#include "api/conns.h"
#include "api/handlers.h"
#include "api/json.h"
#include "api/route.h"
#include "base/status.h"

#define S INT64_C(1000000)

static const struct client nobody; /* not counted */

static void pair_open(int ends[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

static bool is_shut(int far)
{
    char byte;
    return recv(far, &byte, 1, MSG_DONTWAIT) == 0;
}

static struct client client_at(const char *text)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        return client_of((const struct sockaddr *)&v4);
    }
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return client_of((const struct sockaddr *)&v6);
}

static bool same_client(const char *one, const char *other)
{
    struct client a = client_at(one), b = client_at(other);
    assert_true(a.counted && b.counted);
    return memcmp(a.id, b.id, sizeof(a.id)) == 0;
}

static void test_clients(void **state)
{
    struct sockaddr local = { .sa_family = AF_UNIX };
    (void)state;
    assert_false(client_at("127.0.0.1").counted);
    assert_false(client_at("::1").counted);
    assert_false(client_at("::ffff:127.0.0.1").counted);
    assert_false(client_of(&local).counted);
    assert_false(client_of(NULL).counted);
    assert_true(same_client("192.0.2.1", "::ffff:192.0.2.1"));
    assert_false(same_client("192.0.2.1", "192.0.2.2"));
    assert_true(same_client("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"));
    assert_false(same_client("2001:db8:0:1::1", "2001:db8:0:2::1"));
    assert_false(same_client("192.0.2.1", "::192.0.2.1"));
}

static void test_connections_of_one_client(void **state)
{
    struct client one = client_at("192.0.2.1"), other = client_at("192.0.2.2"), proxy = client_at("::1");
    struct conns *c = conns_new();
    struct conn *open[4];
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_true(conns_admit(c, &one, 3));
        open[i] = conns_add(c, -1, &one, 0);
        conns_remove(c, conns_add(c, -1, &other, 0));
    }
    assert_false(conns_admit(c, &one, 3));
    assert_true(conns_admit(c, &one, 4));
    assert_true(conns_admit(c, &one, 0));
    assert_true(conns_admit(c, &other, 3));
    open[3] = conns_add(c, -1, &proxy, 0);
    assert_true(conns_admit(c, &proxy, 1));
    assert_int_equal(conns_refused(c), 1);
    assert_int_equal(conns_refused(c), 0);
    conns_remove(c, open[1]);
    assert_true(conns_admit(c, &one, 3));
    for (unsigned i = 0; i < 4; i++) {
        conns_remove(c, i == 1 ? NULL : open[i]);
    }
    conns_free(c);
}

/* One connection, put into a phase at time 0 with so many bytes; is it dropped at this second? */
static bool dropped_at(enum conn_phase phase, bool first, uint64_t bytes, int64_t second)
{
    int ends[2];
    struct conns *c = conns_new();
    pair_open(ends);
    struct conn *conn = conns_add(c, ends[0], &nobody, 0);
    if (!first) {
        conns_phase(c, conn, CONN_BODY, 0, 0);
        conns_phase(c, conn, phase, 0, 0);
    }
    conns_progress(c, conn, bytes);
    unsigned n = conns_sweep(c, second * S);
    assert_int_equal(n, is_shut(ends[1]));
    assert_int_equal(conns_sweep(c, second * S), 0); /* once is enough */
    conns_remove(c, conn);
    assert_int_equal(conns_count(c), 0);
    conns_free(c);
    close(ends[0]);
    close(ends[1]);
    return n == 1;
}

static void test_deadlines(void **state)
{
    (void)state;
    assert_false(dropped_at(CONN_WAITING, true, 0, 10));
    assert_true(dropped_at(CONN_WAITING, true, 0, 11));
    assert_true(
        dropped_at(CONN_WAITING, true, 100000, 11)); /* bytes do not help before the head is complete */
    assert_false(dropped_at(CONN_WAITING, false, 0, 60));
    assert_true(dropped_at(CONN_WAITING, false, 0, 61));
    assert_false(dropped_at(CONN_BODY, false, 0, 20));
    assert_true(dropped_at(CONN_BODY, false, 0, 21));
    assert_false(dropped_at(CONN_BODY, false, 81920, 30));
    assert_true(dropped_at(CONN_BODY, false, 81920, 31));
    assert_true(dropped_at(CONN_ANSWER, false, 0, 21));
    assert_false(dropped_at(CONN_BUSY, false, 0, 100000));
}

static void test_connections_are_counted(void **state)
{
    (void)state;
    struct conns *c = conns_new();
    struct conn *a = conns_add(c, -1, &nobody, 0), *b = conns_add(c, -1, &nobody, 0),
                *d = conns_add(c, -1, &nobody, 0);
    assert_int_equal(conns_count(c), 3);
    assert_int_equal(conns_active(c), 0);
    conns_phase(c, b, CONN_BUSY, 0, 0);
    assert_int_equal(conns_active(c), 1);
    conns_remove(c, b); /* from the middle, the end, the beginning */
    conns_remove(c, a);
    conns_remove(c, d);
    conns_remove(c, NULL);
    assert_int_equal(conns_count(c), 0);
    conns_free(c);
}

static void test_basic(void **state)
{
    (void)state;
    char user[SID_BYTES], secret[AUTH_SECRET_MAX + 1];
    size_t len = 0;
    /* AC + 32 zeros, ":s:t" */
    assert_int_equal(
        auth_basic_parse("basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpzOnQ=", user, secret, &len),
        ST_OK);
    assert_string_equal(user, "AC00000000000000000000000000000000");
    assert_int_equal(len, 3);
    assert_memory_equal(secret, "s:t", 3);
    assert_int_equal(
        auth_basic_parse("Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDo=", user, secret, &len),
        ST_INVALID); /* no secret */
    assert_int_equal(auth_basic_parse("Basic QUM6", user, secret, &len), ST_INVALID);
    assert_int_equal(auth_basic_parse("Bearer x", user, secret, &len), ST_INVALID);
    char huge[2000];
    memset(huge, 'A', sizeof(huge));
    memcpy(huge, "Basic ", 6);
    huge[sizeof(huge) - 1] = '\0';
    assert_int_equal(auth_basic_parse(huge, user, secret, &len), ST_INVALID);
}

static void test_json_in(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":\"x\\u00e9\",\"b\":true,\"c\":-12,\"d\":null,\"e\":\"\"}";
    static const char *const bad[] = { "",
                                       "{",
                                       "[]",
                                       "{\"a\":{}}",
                                       "{\"a\":1.5}",
                                       "{\"a\":1}x",
                                       "{\"a\":\"\\u0000\"}",
                                       "{\"a\":1,\"a\":2}",
                                       "\"a\"",
                                       "{\"a\":\"\xff\"}" };
    struct form_fields f = { .count = 0 };
    struct json_in *in = NULL;
    const char *why = NULL;
    assert_int_equal(json_in_parse(text, sizeof(text) - 1, &f, &in, &why), ST_OK);
    assert_int_equal(f.count, 4);
    assert_string_equal(form_field_value(&f, "a"), "x\xc3\xa9");
    assert_string_equal(form_field_value(&f, "b"), "true");
    assert_string_equal(form_field_value(&f, "c"), "-12");
    assert_string_equal(form_field_value(&f, "e"), "");
    json_in_free(in);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        f.count = 0;
        assert_int_equal(json_in_parse(bad[i], strlen(bad[i]), &f, &in, &why), ST_INVALID);
        json_in_free(in);
    }
}

static void test_json_out(void **state)
{
    (void)state;
    struct text t = { 0 };
    static const unsigned char zero[32];
    struct json_out j = json_out_begin(&t);
    json_put_object(&j, NULL);
    json_put_text(&j, "a\"b", "c\\d\x1f\xc3\xa9/");
    json_put_text(&j, "n", NULL);
    json_put_text_or_null(&j, "e", "");
    json_put_array(&j, "l");
    json_put_array_end(&j);
    json_put_array(&j, "m");
    json_put_number(&j, NULL, INT64_MIN);
    json_put_bool(&j, NULL, false);
    json_put_array_end(&j);
    json_put_object(&j, "o");
    json_put_time(&j, "t", 1609504496999999);
    json_put_time(&j, "u", 0);
    json_put_hash(&j, "h", zero);
    json_put_object_end(&j);
    json_put_object_end(&j);
    assert_string_equal(t.data, "{\"a\\\"b\":\"c\\\\d\\u001f\xc3\xa9/\",\"n\":null,\"e\":null,\"l\":[],"
                                "\"m\":[-9223372036854775808,false],"
                                "\"o\":{\"t\":\"2021-01-01T12:34:56Z\",\"u\":null,\"h\":null}}");
    text_clear(&t);
}

/* Each route and each of its parameters is in the description, and nothing else. */
struct described {
    const char *json;
    unsigned routes;
};

static void path_of(const struct route *route, char out[80])
{
    size_t n = 0;
    unsigned names = 0;
    for (const char *at = route->path; *at != '\0' && n < 70; at++) {
        if (*at == '*') {
            const char *name = names++ > 0                         ? "CrashSid"
                               : strstr(route->path, "errors")     ? "Code"
                               : strstr(route->path, "KeyUpdates") ? "Sequence"
                                                                   : "Sid";
            n += (size_t)sprintf(out + n, "{%s}", name);
        } else {
            out[n++] = *at;
        }
    }
    out[n] = '\0';
}

static void route_described(const struct route *route, void *arg)
{
    static const char *const names[] = { "\"get\"", "\"post\"", "\"delete\"" };
    struct described *d = arg;
    char path[80], key[96];
    path_of(route, path);
    (void)snprintf(key, sizeof(key), "\n    \"%s\": {", path);
    const char *begin = strstr(d->json, key);
    if (begin == NULL) {
        fail_msg("openapi.json lacks the path %s", path);
    }
    const char *end = strstr(begin + 1, "\n    }");
    const char *method = strstr(begin, names[route->method]);
    if (method == NULL || method > end) {
        fail_msg("openapi.json lacks %s of %s", names[route->method], path);
    }
    for (size_t i = 0; i < ROUTE_PARAMETERS_MAX; i++) {
        const char *const lists[] = { route->query[i], route->form[i] };
        for (int k = 0; k < 2 && lists[k] != NULL; k++) {
            (void)snprintf(key, sizeof(key), "\"%s\"", lists[k]);
            const char *paging = strncmp(lists[k], "Page", 4) == 0 ? "parameters/" : key;
            const char *found = strstr(method, paging);
            if (lists[k] != NULL && (found == NULL || found > end)) {
                fail_msg("openapi.json lacks parameter %s of %s", lists[k], path);
            }
        }
    }
    d->routes++;
}

static void test_description_is_true(void **state)
{
    (void)state;
    struct reply r = { 0 };
    struct request q = { 0 };
    struct form_fields f = { .count = 0 };
    struct json_in *in = NULL;
    const char *why;
    openapi_get(NULL, &q, &r);
    assert_int_equal(r.status, 200);
    struct described d = { .json = r.body.data };
    route_each(route_described, &d);
    unsigned methods = 0;
    for (const char *at = r.body.data; (at = strstr(at, "\"operationId\"")) != NULL; at++) {
        methods++;
    }
    assert_int_equal(methods, d.routes);
    /* Well formed: refused only because its values are no form fields. */
    assert_int_equal(json_in_parse(r.body.data, r.body.len, &f, &in, &why), ST_INVALID);
    assert_non_null(strstr(why, "values are"));
    json_in_free(in);
    reply_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clients),   cmocka_unit_test(test_connections_of_one_client),
        cmocka_unit_test(test_deadlines), cmocka_unit_test(test_connections_are_counted),
        cmocka_unit_test(test_basic),     cmocka_unit_test(test_json_in),
        cmocka_unit_test(test_json_out),  cmocka_unit_test(test_description_is_true),
    };
    return cmocka_run_group_tests_name("api_parts", tests, NULL, NULL);
}
