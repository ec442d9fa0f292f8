/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is always there: a command line tool without memory says so and ends. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_new(size_t bytes); /* zeroed; at least one byte */
void *mem_grow(void *old, size_t bytes);
char *mem_text(const char *text); /* copy; NULL stays NULL */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void mem_free(void *memory);      /* NULL ok */
void mem_free_secret(char *text); /* wiped first; NULL ok */

#endif
