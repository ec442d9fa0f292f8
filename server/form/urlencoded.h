/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percent-encoded text of requests: the path and query of a request target (RFC 3986) and form bodies
 * (application/x-www-form-urlencoded of the URL standard). Decoded in place, into views of the caller's
 * buffer.
 *
 * Whatever comes out is NUL-terminated UTF-8 without NUL inside.
 */
#ifndef FORM_URLENCODED_H
#define FORM_URLENCODED_H

#include <stdbool.h>
#include <stddef.h>

/* No request of the API has more: 7 parameters, and room for a client that repeats itself to be told so. */
#define FORM_FIELDS_MAX 16u

/* /v1/Devices/{sid}/Configs/{key} has 5. */
#define FORM_SEGMENTS_MAX 8u

struct form_field {
    const char *name, *value;
};

struct form_fields {
    struct form_field field[FORM_FIELDS_MAX];
    size_t count;
};

/* Parses text (is changed, must outlive out). ST_OK; ST_TOO_LARGE: too many fields; ST_INVALID: bad percent
 * escape, a NUL, or not UTF-8. Adds to out, which begins as all zero. why: static words. */
int form_urlencoded_parse(char *text, size_t len, struct form_fields *out, const char **why);

/* Value of a field, NULL if it is not there. */
const char *form_field_value(const struct form_fields *fields, const char *name);

struct form_path {
    const char *segment[FORM_SEGMENTS_MAX];
    size_t count;
};

/* Splits "/a/b%20c" into decoded segments; one slash at the end is allowed. Errors as above; in a path '+' is
 * itself. */
int form_path_parse(char *text, struct form_path *out, const char **why);

/* Percent-encodes everything that is not unreserved (RFC 3986 section 2.3). ST_OK or ST_TOO_LARGE. */
int form_percent_encode(const char *text, char *out, size_t cap);

#endif
