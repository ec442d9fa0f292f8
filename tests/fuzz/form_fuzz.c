/* SPDX-License-Identifier: Apache-2.0 */
/* Forms, queries, paths and JSON bodies: what is accepted is text without NUL, and encoding it again gives the same text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/json.h"
#include "base/status.h"
#include "form/urlencoded.h"
#include "model/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX 4096u

static void text_check(const char *text)
{
    static char again[3 * TEXT_MAX + 16];
    struct form_fields fields = { .count = 0 };
    const char *why;
    if (!model_utf8_is_valid(text, strlen(text))) {
        abort();
    }
    memcpy(again, "x=", 2);
    if (form_percent_encode(text, again + 2, sizeof(again) - 2) != ST_OK ||
        form_urlencoded_parse(again, strlen(again), &fields, &why) != ST_OK || fields.count != 1 ||
        strcmp(fields.field[0].value, text) != 0) {
        abort();
    }
}

static void fields_check(const struct form_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        text_check(fields->field[i].name);
        text_check(fields->field[i].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MAX + 1];
    struct form_fields form = { .count = 0 }, query = { .count = 0 };
    struct form_path path;
    struct json_in *json = NULL;
    const char *why = NULL;
    size = size < TEXT_MAX ? size : TEXT_MAX;
    memcpy(text, data, size);
    text[size] = '\0';
    if (form_urlencoded_parse(text, size, &form, &why) == ST_OK) {
        fields_check(&form);
    }
    memcpy(text, data, size);
    text[size] = '\0';
    if (form_path_parse(text, &path, &why) == ST_OK) {
        for (size_t i = 0; i < path.count; i++) {
            text_check(path.segment[i]);
        }
    }
    if (json_in_parse((const char *)data, size, &query, &json, &why) == ST_OK) {
        fields_check(&query);
    }
    json_in_free(json);
    return 0;
}
