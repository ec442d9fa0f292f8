/* SPDX-License-Identifier: Apache-2.0 */
/* Unique names of apps and devices: what may be one. */
#ifndef MODEL_NAME_H
#define MODEL_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* True if the bytes are UTF-8 (RFC 3629) without NUL. */
bool model_utf8_is_valid(const char *text, size_t len);

/*
 * A name is 1 to UNIQUE_NAME_MAX_BYTES bytes of UTF-8 without control characters, begins and ends with
 * something visible, has no
 * '/' and no '?' (clients refuse them in a path), is not "." or "..", and does not look like a SID of its
 * kind (prefix such as "KA"). ST_OK, or ST_INVALID with the reason and what would be right in why (static
 * memory).
 */
int model_name_check(const char *name, const char *sid_prefix, const char **why);

#endif
