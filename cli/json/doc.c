/* SPDX-License-Identifier: Apache-2.0 */
/* JSON by jansson; the only file that knows it. struct doc is jansson's value under a name of our own. */
#include "json/doc.h"

#include <stdint.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/status.h"

#define DOC_NAME_MAX_CHARS 63 /* of one member in a path */

static json_t *raw(const struct doc *doc)
{
    return (json_t *)(uintptr_t)doc; /* jansson counts references in const values as well */
}

static struct doc *wrap(json_t *value)
{
    return (struct doc *)value;
}

int doc_parse(const char *text, size_t len, struct doc **out, struct fail *fail)
{
    json_error_t error;
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);

    if (!value)
        return fail_set(fail, CLI_FORMAT, "not JSON: line %d: %s", error.line, error.text);
    *out = wrap(value);
    return CLI_OK;
}

void doc_free(struct doc *doc)
{
    json_decref(raw(doc));
}

const struct doc *doc_get(const struct doc *doc, const char *path)
{
    json_t *value = raw(doc);

    while (value && *path) {
        size_t len = strcspn(path, ".");
        char name[DOC_NAME_MAX_CHARS + 1];

        if (len > DOC_NAME_MAX_CHARS)
            return NULL;
        memcpy(name, path, len);
        name[len] = 0;
        value = json_object_get(value, name);
        path += len + (path[len] == '.');
    }
    return json_is_null(value) ? NULL : wrap(value);
}

const char *doc_text(const struct doc *doc, const char *path, const char *otherwise)
{
    const char *text = json_string_value(raw(doc_get(doc, path)));

    return text ? text : otherwise;
}

long long doc_int(const struct doc *doc, const char *path, long long otherwise)
{
    json_t *value = raw(doc_get(doc, path));

    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool doc_bool(const struct doc *doc, const char *path, bool otherwise)
{
    json_t *value = raw(doc_get(doc, path));

    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

size_t doc_len(const struct doc *doc, const char *path)
{
    return json_array_size(raw(doc_get(doc, path)));
}

const struct doc *doc_at(const struct doc *doc, const char *path, size_t index)
{
    return wrap(json_array_get(raw(doc_get(doc, path)), index));
}

static struct doc *must(json_t *value)
{
    return value ? wrap(value) : mem_new((size_t)-1); /* ends the process like any other lack of memory */
}

struct doc *doc_new_object(void)
{
    return must(json_object());
}

struct doc *doc_new_array(void)
{
    return must(json_array());
}

static void set(struct doc *object, const char *name, json_t *value)
{
    (void)json_object_set_new(raw(object), name, value ? value : json_null()); /* fails without memory only */
}

void doc_set_text(struct doc *object, const char *name, const char *value)
{
    set(object, name, value ? json_string(value) : json_null());
}

void doc_set_int(struct doc *object, const char *name, long long value)
{
    set(object, name, json_integer(value));
}

void doc_set_bool(struct doc *object, const char *name, bool value)
{
    set(object, name, json_boolean(value));
}

void doc_set_doc(struct doc *object, const char *name, struct doc *value)
{
    set(object, name, raw(value));
}

void doc_set_borrowed(struct doc *object, const char *name, const struct doc *value)
{
    set(object, name, json_incref(raw(value)));
}

void doc_add(struct doc *array, struct doc *value)
{
    (void)json_array_append_new(raw(array), raw(value)); /* fails without memory only */
}

void doc_add_borrowed(struct doc *array, const struct doc *value)
{
    (void)json_array_append(raw(array), raw(value)); /* fails without memory only */
}

void doc_print(FILE *out, const struct doc *doc, bool is_pretty)
{
    size_t format = is_pretty ? JSON_INDENT(2) : JSON_COMPACT;

    (void)json_dumpf(raw(doc), out, format | JSON_ENCODE_ANY); /* main checks standard output at the end */
    fputc('\n', out);
}
