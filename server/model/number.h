/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and booleans as clients write them. */
#ifndef MODEL_NUMBER_H
#define MODEL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only, at most max. ST_OK or ST_INVALID. */
int model_number_parse(const char *text, uint64_t max, uint64_t *out);

/* "true" or "false" in any case; "1" and "0" as some scripts write. ST_OK or ST_INVALID. */
int model_bool_parse(const char *text, bool *out);

#endif
