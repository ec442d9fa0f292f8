/* SPDX-License-Identifier: Apache-2.0 */
/* Strict parsing of numbers and booleans: no signs, no spaces, no overflow. */
#include "model/number.h"

#include <string.h>
#include <strings.h>

#include "base/status.h"

int model_number_parse(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;
    if (*text == '\0') {
        return ST_INVALID;
    }
    for (; *text != '\0'; text++) {
        uint64_t d = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || v > (max - (d > max ? max : d)) / 10 || d > max) {
            return ST_INVALID;
        }
        v = v * 10 + d;
    }
    *out = v;
    return ST_OK;
}

int model_bool_parse(const char *text, bool *out)
{
    if (strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0) {
        *out = true;
        return ST_OK;
    }
    if (strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0) {
        *out = false;
        return ST_OK;
    }
    return ST_INVALID;
}
