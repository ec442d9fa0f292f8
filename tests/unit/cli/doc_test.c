/* SPDX-License-Identifier: Apache-2.0 */
/* JSON by path, and URLs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/status.h"
#include "http/url.h"
#include "json/doc.h"

static const char text[] =
    "{\"a\": {\"b\": \"text\", \"n\": 7, \"t\": true, \"none\": null}, \"list\": [{\"id\": 1}, {\"id\": 2}]}";

static void paths_reach_and_defaults_cover(void **state)
{
    struct doc *doc;
    struct fail fail;

    (void)state;
    assert_int_equal(doc_parse(text, strlen(text), &doc, &fail), CLI_OK);
    assert_string_equal(doc_text(doc, "a.b", "-"), "text");
    assert_int_equal(doc_int(doc, "a.n", 0), 7);
    assert_true(doc_bool(doc, "a.t", false));
    assert_int_equal(doc_len(doc, "list"), 2);
    assert_int_equal(doc_int(doc_at(doc, "list", 1), "id", 0), 2);
    assert_string_equal(doc_text(doc, "a.none", "-"), "-");
    assert_string_equal(doc_text(doc, "a.n", "-"), "-"); /* another type */
    assert_string_equal(doc_text(doc, "a.b.c", "-"), "-");
    assert_string_equal(doc_text(doc, "x.y.z", "-"), "-");
    assert_int_equal(doc_int(doc, "a.b", 5), 5);
    assert_int_equal(doc_len(doc, "a"), 0);
    assert_null(doc_at(doc, "list", 2));
    assert_string_equal(doc_text(NULL, "a", "-"), "-");
    doc_free(doc);
}

static void what_is_not_json_is_refused(void **state)
{
    static const char *const wrong[] = {
        "", "{", "[1,]", "{\"a\":1}x", "\"text\"", "7", "{\"a\":1,\"a\":2}", "\xff"
    };
    struct doc *doc;
    struct fail fail;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(doc_parse(wrong[i], strlen(wrong[i]), &doc, &fail), CLI_FORMAT);
}

static void values_are_built_and_printed(void **state)
{
    struct doc *object = doc_new_object(), *array = doc_new_array(), *item = doc_new_object();
    char *printed = NULL;
    size_t len;
    FILE *out = open_memstream(&printed, &len);

    (void)state;
    doc_set_text(object, "text", "a\"b");
    doc_set_text(object, "none", NULL);
    doc_set_int(object, "n", -7);
    doc_set_bool(object, "yes", true);
    doc_set_int(item, "id", 1);
    doc_add(array, item);
    doc_add_borrowed(array, item);
    doc_set_doc(object, "list", array);
    doc_print(out, object, false);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(
        printed,
        "{\"text\":\"a\\\"b\",\"none\":null,\"n\":-7,\"yes\":true,\"list\":[{\"id\":1},{\"id\":1}]}\n");
    free(printed);
    doc_free(object);
}

static void names_are_percent_encoded(void **state)
{
    char *encoded = url_encode("my dev/\xc3\xa9?&=+a-b_c.d~");

    (void)state;
    assert_string_equal(encoded, "my%20dev%2F%C3%A9%3F%26%3D%2Ba-b_c.d~");
    mem_free(encoded);
}

static void plain_http_to_another_machine_is_exposed(void **state)
{
    (void)state;
    assert_true(url_is_exposed("http://outrigger.example"));
    assert_false(url_is_exposed("https://outrigger.example"));
    assert_false(url_is_exposed("http://127.0.0.1:8080"));
    assert_false(url_is_exposed("http://localhost:8080"));
    assert_false(url_is_exposed("http://[::1]:8080"));
    assert_true(url_is_base("https://outrigger.example/prefix"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_reach_and_defaults_cover),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(values_are_built_and_printed),
        cmocka_unit_test(names_are_percent_encoded),
        cmocka_unit_test(plain_http_to_another_machine_is_exposed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
