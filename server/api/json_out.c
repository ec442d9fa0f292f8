/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON (RFC 8259) straight into text. */
#include "api/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"

struct json_out json_out_begin(struct text *text)
{
    return (struct json_out){ .text = text };
}

/* Everything below '"' and '\\' and control characters goes through as it is. */
static void json_escape(struct text *t, const char *value)
{
    text_add(t, "\"", 1);
    while (*value != '\0') {
        size_t n = 0;
        while ((unsigned char)value[n] >= 0x20 && value[n] != '"' && value[n] != '\\') {
            n++;
        }
        text_add(t, value, n);
        value += n;
        if (*value == '"' || *value == '\\') {
            text_add(t, "\\", 1);
            text_add(t, value++, 1);
        } else if (*value == '\n') {
            text_add(t, "\\n", 2);
            value++;
        } else if (*value != '\0') {
            text_format(t, "\\u%04x", (unsigned char)*value++);
        }
    }
    text_add(t, "\"", 1);
}

static void json_begin(struct json_out *j, const char *key)
{
    if (j->comma) {
        text_add(j->text, ",", 1);
    }
    j->comma = true;
    if (key != NULL) {
        json_escape(j->text, key);
        text_add(j->text, ":", 1);
    }
}

void json_put_object(struct json_out *j, const char *key)
{
    json_begin(j, key);
    text_add(j->text, "{", 1);
    j->comma = false;
}

void json_put_object_end(struct json_out *j)
{
    text_add(j->text, "}", 1);
    j->comma = true;
}

void json_put_array(struct json_out *j, const char *key)
{
    json_begin(j, key);
    text_add(j->text, "[", 1);
    j->comma = false;
}

void json_put_array_end(struct json_out *j)
{
    text_add(j->text, "]", 1);
    j->comma = true;
}

void json_put_null(struct json_out *j, const char *key)
{
    json_begin(j, key);
    text_add(j->text, "null", 4);
}

void json_put_text(struct json_out *j, const char *key, const char *value)
{
    if (value == NULL) {
        json_put_null(j, key);
        return;
    }
    json_begin(j, key);
    json_escape(j->text, value);
}

void json_put_text_or_null(struct json_out *j, const char *key, const char *value)
{
    json_put_text(j, key, value[0] != '\0' ? value : NULL);
}

void json_put_number(struct json_out *j, const char *key, int64_t value)
{
    char digits[24];
    json_begin(j, key);
    int n = snprintf(digits, sizeof(digits), "%" PRId64, value);
    text_add(j->text, digits, (size_t)n);
}

void json_put_bool(struct json_out *j, const char *key, bool value)
{
    json_begin(j, key);
    text_add_text(j->text, value ? "true" : "false");
}

void json_put_time(struct json_out *j, const char *key, int64_t unix_us)
{
    char iso[21];
    if (unix_us == 0) {
        json_put_null(j, key);
        return;
    }
    clock_iso8601(unix_us, iso);
    json_put_text(j, key, iso);
}

void json_put_time_us(struct json_out *j, const char *key, int64_t unix_us)
{
    char iso[28];
    clock_iso8601_us(unix_us, iso);
    json_put_text(j, key, iso);
}

void json_put_hash(struct json_out *j, const char *key, const unsigned char sha256[32])
{
    static const unsigned char zero[32];
    char text[7 + 65] = "sha256:";
    if (memcmp(sha256, zero, 32) == 0) {
        json_put_null(j, key);
        return;
    }
    hex_encode(sha256, 32, text + 7);
    json_put_text(j, key, text);
}
