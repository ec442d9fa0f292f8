/* SPDX-License-Identifier: Apache-2.0 */
/* Parsers of request targets and bodies; the multipart parser is cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "form/multipart.h"
#include "form/urlencoded.h"

static const char *why;

static int parse(const char *text, struct form_fields *out)
{
    static char buf[4096];
    memset(out, 0, sizeof(*out));
    size_t len = strlen(text);
    memcpy(buf, text, len + 1);
    return form_urlencoded_parse(buf, len, out, &why);
}

static void test_fields(void **state)
{
    (void)state;
    struct form_fields f;
    assert_int_equal(parse("UniqueName=a%20b%26c&TargetApp=KA+1&&x&Value=v%C3%A9&y=", &f), ST_OK);
    assert_int_equal(f.count, 5);
    assert_string_equal(form_field_value(&f, "UniqueName"), "a b&c");
    assert_string_equal(form_field_value(&f, "TargetApp"), "KA 1");
    assert_string_equal(form_field_value(&f, "Value"), "v\xc3\xa9");
    assert_string_equal(form_field_value(&f, "x"), "");
    assert_string_equal(form_field_value(&f, "y"), "");
    assert_null(form_field_value(&f, "z"));
    assert_int_equal(parse("", &f), ST_OK);
    assert_int_equal(f.count, 0);
    assert_int_equal(parse("a=b=c", &f), ST_OK);
    assert_string_equal(form_field_value(&f, "a"), "b=c");
}

static void test_fields_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "a=%",   "a=%2",  "a=%zz",      "a=%00",      "%=b",
                                       "a=%ff", "a=%C3", "a=\xc0\xaf", "a=%ed%a0%80" };
    struct form_fields f;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why = NULL;
        assert_int_equal(parse(bad[i], &f), ST_INVALID);
        assert_non_null(why);
    }
    assert_int_equal(parse("1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16", &f), ST_OK);
    assert_int_equal(parse("1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17", &f), ST_TOO_LARGE);
}

static void test_path(void **state)
{
    (void)state;
    struct form_path p;
    char text[] = "/v1/Devices/my%20d%2Bev+1/Logs/";
    assert_int_equal(form_path_parse(text, &p, &why), ST_OK);
    assert_int_equal(p.count, 4);
    assert_string_equal(p.segment[2], "my d+ev+1");
    assert_string_equal(p.segment[3], "Logs");
    char root[] = "/";
    assert_int_equal(form_path_parse(root, &p, &why), ST_OK);
    assert_int_equal(p.count, 0);
    char deep[] = "/1/2/3/4/5/6/7/8/9";
    assert_int_equal(form_path_parse(deep, &p, &why), ST_TOO_LARGE);
    char star[] = "*";
    assert_int_equal(form_path_parse(star, &p, &why), ST_INVALID);
    char nul[] = "/v1/%00";
    assert_int_equal(form_path_parse(nul, &p, &why), ST_INVALID);
}

static void test_encode(void **state)
{
    (void)state;
    char out[32];
    assert_int_equal(form_percent_encode("a b/\xc3\xa9~", out, sizeof(out)), ST_OK);
    assert_string_equal(out, "a%20b%2F%C3%A9~");
    assert_int_equal(form_percent_encode("aaaa", out, 4), ST_TOO_LARGE);
}

/* A sink that writes what it gets as text: name(file)[data] */
struct record {
    char text[8192];
    size_t len;
    int fail_at_data;
};

static void note(struct record *r, const char *data, size_t len)
{
    assert_true(r->len + len < sizeof(r->text));
    memcpy(r->text + r->len, data, len);
    r->len += len;
    r->text[r->len] = '\0';
}

static int on_begin(void *arg, const char *name, bool is_file)
{
    note(arg, name, strlen(name));
    note(arg, is_file ? "(file)[" : "[", is_file ? 7 : 1);
    return ST_OK;
}

static int on_data(void *arg, const char *data, size_t len)
{
    struct record *r = arg;
    note(r, data, len);
    return r->fail_at_data ? ST_TOO_LARGE : ST_OK;
}

static int on_end(void *arg)
{
    note(arg, "]", 1);
    return ST_OK;
}

static int feed_in(const char *body, size_t len, size_t cut, size_t step, struct record *r,
                   struct multipart *m)
{
    struct multipart_sink sink = { on_begin, on_data, on_end, r };
    memset(r, 0, sizeof(*r));
    form_multipart_begin(m, "XX", &sink);
    int rc = form_multipart_feed(m, body, cut);
    for (size_t i = cut; rc == ST_OK && i < len; i += step) {
        rc = form_multipart_feed(m, body + i, len - i < step ? len - i : step);
    }
    return rc == ST_OK ? form_multipart_finish(m) : rc;
}

static const char two_parts[] = "preamble\r\n--XX\r\n"
                                "Content-Disposition: form-data; name=\"File\"; filename=\"a \\\"b.zip\"\r\n"
                                "Content-Type: application/zip\r\n\r\n"
                                "\r\n--X\r\n--XY\r\r\n-\r\n--XX \r\n"
                                "content-disposition: form-data; name=UniqueName\r\n\r\n"
                                "blinky\r\n--XX--\r\nepilogue --XX";
static const char two_parts_seen[] = "File(file)[\r\n--X\r\n--XY\r\r\n-]UniqueName[blinky]";

static void test_multipart_cut_everywhere(void **state)
{
    (void)state;
    static struct record r;
    static struct multipart m;
    size_t len = sizeof(two_parts) - 1;
    for (size_t cut = 0; cut <= len; cut++) {
        assert_int_equal(feed_in(two_parts, len, cut, len, &r, &m), ST_OK);
        assert_string_equal(r.text, two_parts_seen);
    }
    for (size_t step = 1; step < 9; step++) {
        assert_int_equal(feed_in(two_parts, len, 0, step, &r, &m), ST_OK);
        assert_string_equal(r.text, two_parts_seen);
    }
}

static void test_multipart_truncated_everywhere(void **state)
{
    (void)state;
    static struct record r;
    static struct multipart m;
    size_t whole = (size_t)(strstr(two_parts, "--XX--") + 6 - two_parts);
    for (size_t len = 0; len < whole; len++) {
        assert_int_equal(feed_in(two_parts, len, 0, 64, &r, &m), ST_INVALID);
        assert_non_null(m.why);
    }
    assert_int_equal(feed_in(two_parts, whole, 0, 64, &r, &m), ST_OK);
}

static void test_multipart_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "--XX\r\n\r\nno name\r\n--XX--",
        "--XX\r\nContent-Disposition: form-data; name=\"open\r\n\r\nx\r\n--XX--",
        "--XX-\r\n\r\nx\r\n--XX--",
        "--XXjunk\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--XX--",
        "--XX\r\nA:1\r\nA:2\r\nA:3\r\nA:4\r\nA:5\r\nA:6\r\nA:7\r\nA:8\r\nA:9\r\n\r\nx\r\n--XX--",
        "--XX\r\nContent-Disposition: form-data; "
        "name=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\nx\r\n--XX--",
    };
    static struct record r;
    static struct multipart m;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(feed_in(bad[i], strlen(bad[i]), 0, 7, &r, &m), ST_INVALID);
        assert_non_null(m.why);
        assert_int_equal(form_multipart_feed(&m, "x", 1), ST_INVALID); /* stays broken */
    }
}

static void test_multipart_bounds(void **state)
{
    (void)state;
    static struct record r;
    static struct multipart m;
    static char body[4096];
    size_t n = (size_t)snprintf(body, sizeof(body), "--XX\r\nX: %02000d\r\n", 1);
    assert_int_equal(feed_in(body, n, 0, 100, &r, &m), ST_INVALID);
    n = 0;
    for (int i = 0; i < 17; i++) {
        n += (size_t)snprintf(body + n, sizeof(body) - n,
                              "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n");
    }
    assert_int_equal(feed_in(body, n, 0, 100, &r, &m), ST_INVALID);
    assert_non_null(strstr(m.why, "16 parts"));
}

static void test_multipart_sink_stops(void **state)
{
    (void)state;
    static struct record r;
    static struct multipart m;
    struct multipart_sink sink = { on_begin, on_data, on_end, &r };
    memset(&r, 0, sizeof(r));
    r.fail_at_data = 1;
    form_multipart_begin(&m, "XX", &sink);
    assert_int_equal(form_multipart_feed(&m, two_parts, sizeof(two_parts) - 1), ST_TOO_LARGE);
    assert_null(strchr(r.text, ']')); /* no end after an error */
}

static void test_boundary(void **state)
{
    (void)state;
    char b[MULTIPART_BOUNDARY_MAX + 1], text[256];
    assert_int_equal(form_multipart_boundary("multipart/form-data; boundary=abc", b), ST_OK);
    assert_string_equal(b, "abc");
    assert_int_equal(
        form_multipart_boundary("Multipart/Form-Data;charset=\"a;boundary=no\"; BOUNDARY=\"a b\"", b), ST_OK);
    assert_string_equal(b, "a b");
    assert_int_equal(form_multipart_boundary("multipart/form-data", b), ST_INVALID);
    assert_int_equal(form_multipart_boundary("multipart/form-data; boundary=", b), ST_INVALID);
    assert_int_equal(form_multipart_boundary("multipart/form-data; boundary=\"a\rb\"", b), ST_INVALID);
    assert_int_equal(form_multipart_boundary("multipart/form-database; boundary=x", b), ST_NOT_FOUND);
    assert_int_equal(form_multipart_boundary("application/json", b), ST_NOT_FOUND);
    (void)snprintf(text, sizeof(text), "multipart/form-data; boundary=%070d", 1);
    assert_int_equal(form_multipart_boundary(text, b), ST_OK);
    (void)snprintf(text, sizeof(text), "multipart/form-data; boundary=%071d", 1);
    assert_int_equal(form_multipart_boundary(text, b), ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_fields_refused),
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_multipart_cut_everywhere),
        cmocka_unit_test(test_multipart_truncated_everywhere),
        cmocka_unit_test(test_multipart_refused),
        cmocka_unit_test(test_multipart_bounds),
        cmocka_unit_test(test_multipart_sink_stops),
        cmocka_unit_test(test_boundary),
    };
    return cmocka_run_group_tests_name("model_form", tests, NULL, NULL);
}
