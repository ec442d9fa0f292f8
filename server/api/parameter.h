/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters that more than one operation takes. Each function answers false when the reply says what is wrong. */
#ifndef API_PARAMETER_H
#define API_PARAMETER_H

#include <stdbool.h>

#include "api/request.h"

/* An optional boolean of the form; *value is false when it was not given. */
bool parameter_bool(const struct request *q, struct reply *r, const char *name, bool *given, bool *value);

/* UniqueName of the form: NULL when it was not given, "" removes it. prefix: of the SIDs that it must not look like. */
bool parameter_unique_name(const struct request *q, struct reply *r, const char *prefix, const char **name);

#endif
