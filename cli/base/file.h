/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: read with a cap, and made all at once. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

/* Reads the file at path ("-" is standard input). On success *data (owned by the caller, free with mem_free)
 * holds *len bytes and a NUL behind them. CLI_IO when it cannot be read or is longer than max_bytes. */
int file_load(const char *path, size_t max_bytes, unsigned char **data, size_t *len, struct fail *fail);

/* Makes a new file of these bytes, a secret one readable by its owner only; nobody ever sees half of one. CLI_IO with words, also
 * when there is a file of that name: it is never replaced. */
int file_create(const char *path, bool is_secret, const void *data, size_t len, struct fail *fail);

#endif
