/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the JSON that clients may send instead of a form, by jansson. */
#include "api/json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"

struct json_in {
    json_t *root;
    char numbers[FORM_FIELDS_MAX][24];
};

/* The form value of a JSON value; NULL for one that no parameter has. "" is kept apart from null, which is left out. */
static const char *field_value(const json_t *value, char number[24])
{
    if (json_is_string(value)) {
        return json_string_value(value);
    }
    if (json_is_boolean(value)) {
        return json_is_true(value) ? "true" : "false";
    }
    if (json_is_integer(value)) {
        (void)snprintf(number, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return number;
    }
    return NULL;
}

static int fields_read(struct json_in *in, struct form_fields *out, const char **why)
{
    const char *name;
    json_t *value;
    json_object_foreach(in->root, name, value)
    {
        if (json_is_null(value)) {
            continue;
        }
        if (out->count == FORM_FIELDS_MAX) {
            *why = "there are at most 16 parameters";
            return ST_TOO_LARGE;
        }
        const char *text = field_value(value, in->numbers[out->count]);
        if (text == NULL) {
            *why = "values are strings, booleans, whole numbers or null";
            return ST_INVALID;
        }
        out->field[out->count++] = (struct form_field){ name, text };
    }
    return ST_OK;
}

int json_in_parse(const char *text, size_t len, struct form_fields *out, struct json_in **in,
                  const char **why)
{
    struct json_in *j = calloc(1, sizeof(*j));
    *in = j;
    if (j == NULL) {
        *why = "out of memory";
        return ST_NO_MEMORY;
    }
    j->root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL); /* refuses \u0000 and bad UTF-8 */
    if (!json_is_object(j->root)) {
        *why = "the body is one JSON object without repeated names";
        return ST_INVALID;
    }
    return fields_read(j, out, why);
}

void json_in_free(struct json_in *in)
{
    if (in != NULL) {
        json_decref(in->root);
        free(in);
    }
}
