/* SPDX-License-Identifier: Apache-2.0 */
/* The parser behind conf_load, for input that is not a file by name: tests, and the parent's copy for its
 * roles. */
#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include <stdio.h>

struct conf;

/* As conf_load, from in; name is what messages call it. */
int conf_parse(struct conf *c, FILE *in, const char *name, FILE *err);

#endif
