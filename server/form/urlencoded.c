/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding in place: the decoded text is never longer than the encoded one. */
#include "form/urlencoded.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/status.h"
#include "model/name.h"

static const char bad_escape[] = "'%' is followed by two hexadecimal digits, and %00 is not allowed";
static const char bad_text[] = "text is UTF-8 once it is decoded";

/* Decodes len bytes at text in place and terminates them; the byte after them must be the caller's to
 * overwrite. */
static int percent_decode(char *text, size_t len, bool plus_is_space, const char **why)
{
    size_t to = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%') {
            char digits[3] = { 0 };
            unsigned char byte;
            memcpy(digits, text + i + 1, len - i - 1 < 2 ? len - i - 1 : 2);
            if (hex_decode(digits, &byte, 1) != ST_OK) {
                *why = bad_escape;
                return ST_INVALID;
            }
            c = (char)byte;
            i += 2;
        }
        if (c == '\0') {
            *why = bad_escape;
            return ST_INVALID;
        }
        text[to++] = c;
    }
    text[to] = '\0';
    if (!model_utf8_is_valid(text, to)) {
        *why = bad_text;
        return ST_INVALID;
    }
    return ST_OK;
}

/* One "name=value"; text has len bytes and one more that may be overwritten. */
static int field_parse(char *text, size_t len, struct form_fields *out, const char **why)
{
    static char empty[] = "";
    if (len == 0) {
        return ST_OK; /* "a=b&&c=d" */
    }
    if (out->count == FORM_FIELDS_MAX) {
        *why = "there are at most 16 parameters";
        return ST_TOO_LARGE;
    }
    char *equals = memchr(text, '=', len);
    size_t name_len = equals ? (size_t)(equals - text) : len;
    char *value = equals ? equals + 1 : empty;
    int rc = ST_OK;
    if (equals != NULL) {
        rc = percent_decode(value, len - name_len - 1, true, why);
    }
    if (rc == ST_OK) {
        rc = percent_decode(text, name_len, true, why);
    }
    if (rc == ST_OK) {
        out->field[out->count++] = (struct form_field){ text, value };
    }
    return rc;
}

int form_urlencoded_parse(char *text, size_t len, struct form_fields *out, const char **why)
{
    int rc = ST_OK;
    size_t begin = 0;
    while (rc == ST_OK && begin < len) {
        char *amp = memchr(text + begin, '&', len - begin);
        size_t end = amp ? (size_t)(amp - text) : len;
        rc = field_parse(text + begin, end - begin, out, why);
        begin = end + 1;
    }
    return rc;
}

const char *form_field_value(const struct form_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (strcmp(fields->field[i].name, name) == 0) {
            return fields->field[i].value;
        }
    }
    return NULL;
}

int form_path_parse(char *text, struct form_path *out, const char **why)
{
    out->count = 0;
    if (*text != '/') {
        *why = "a path begins with '/'";
        return ST_INVALID;
    }
    text++;
    while (*text != '\0') {
        size_t len = strcspn(text, "/");
        bool last = text[len] == '\0';
        if (out->count == FORM_SEGMENTS_MAX) {
            *why = "no path of this API is that deep";
            return ST_TOO_LARGE;
        }
        int rc = percent_decode(text, len, false, why);
        if (rc != ST_OK) {
            return rc;
        }
        out->segment[out->count++] = text;
        text += last ? len : len + 1;
    }
    return ST_OK;
}

int form_percent_encode(const char *text, char *out, size_t cap)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t n = 0;
    for (; *text != '\0'; text++) {
        bool plain = strchr(unreserved, *text) != NULL;
        if (n + (plain ? 1 : 3) >= cap) {
            return ST_TOO_LARGE;
        }
        if (plain) {
            out[n++] = *text;
        } else {
            n += (size_t)snprintf(out + n, cap - n, "%%%02X", (unsigned char)*text);
        }
    }
    out[n] = '\0';
    return ST_OK;
}
