/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON values: read by path, built, printed.
 *
 * A path is a list of member names joined by dots ("app.update_status"); "" is the value itself. A getter
 * answers what the caller gave as default when the member is absent, null or of another type: answers of a
 * server are never trusted to have a shape. Borrowed values live as long as the root that they are part of.
 */
#ifndef JSON_DOC_H
#define JSON_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/fail.h"

struct doc;

/* Parses one JSON object or array; the caller owns *out. CLI_FORMAT otherwise. */
int doc_parse(const char *text, size_t len, struct doc **out, struct fail *fail);
void doc_free(struct doc *doc); /* NULL ok */

const struct doc *doc_get(const struct doc *doc, const char *path); /* borrowed; NULL when absent or null */
const char *doc_text(const struct doc *doc, const char *path, const char *otherwise);
long long doc_int(const struct doc *doc, const char *path, long long otherwise);
bool doc_bool(const struct doc *doc, const char *path, bool otherwise);
size_t doc_len(const struct doc *doc, const char *path); /* of an array; 0 when it is none */
const struct doc *doc_at(const struct doc *doc, const char *path, size_t index);

struct doc *doc_new_object(void);
struct doc *doc_new_array(void);
/* value NULL is written as null. Text that is no UTF-8 is written as null too. */
void doc_set_text(struct doc *object, const char *name, const char *value);
void doc_set_int(struct doc *object, const char *name, long long value);
void doc_set_bool(struct doc *object, const char *name, bool value);
void doc_set_doc(struct doc *object, const char *name, struct doc *value); /* takes value */
void doc_set_borrowed(struct doc *object, const char *name, const struct doc *value);
void doc_add(struct doc *array, struct doc *value);                /* takes value */
void doc_add_borrowed(struct doc *array, const struct doc *value); /* shares value */

/* Prints one line (is_pretty false) or indented, with a line end. */
void doc_print(FILE *out, const struct doc *doc, bool is_pretty);

#endif
