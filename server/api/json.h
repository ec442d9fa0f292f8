/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON out and in.
 *
 * Out: written straight into the answer's text, so that a page of a thousand rows costs its bytes and no tree of objects. Values
 * come in order; a key of NULL is an array's element. In: a flat object read as form fields.
 */
#ifndef API_JSON_H
#define API_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/text.h"
#include "form/urlencoded.h"

struct json_out {
    struct text *text;
    bool comma; /* something stands before, on this level */
};

struct json_out json_out_begin(struct text *text);

void json_put_object(struct json_out *j, const char *key); /* opens { */
void json_put_object_end(struct json_out *j);
void json_put_array(struct json_out *j, const char *key); /* opens [ */
void json_put_array_end(struct json_out *j);

void json_put_text(struct json_out *j, const char *key, const char *value);         /* UTF-8; NULL is null */
void json_put_text_or_null(struct json_out *j, const char *key, const char *value); /* "" is null too */
void json_put_number(struct json_out *j, const char *key, int64_t value);
void json_put_bool(struct json_out *j, const char *key, bool value);
void json_put_null(struct json_out *j, const char *key);
void json_put_time(struct json_out *j, const char *key, int64_t unix_us); /* seconds; 0 is null */
void json_put_time_us(struct json_out *j, const char *key, int64_t unix_us);
void json_put_hash(struct json_out *j, const char *key,
                   const unsigned char sha256[32]); /* "sha256:..."; all zero is null */

struct json_in;

/* Reads an object of strings, booleans, whole numbers and nulls (left out) as fields; they live as long as *in. ST_OK, ST_INVALID or
 * ST_TOO_LARGE with static words in why. */
int json_in_parse(const char *text, size_t len, struct form_fields *out, struct json_in **in,
                  const char **why);
void json_in_free(struct json_in *in); /* NULL ok */

#endif
