/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of unique names. */
#include "model/name.h"

#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "base/sid.h"
#include "base/status.h"

/* Length of the UTF-8 sequence that begins with this byte, and its payload bits; 0 if none does. */
static size_t sequence_length(unsigned char first, uint32_t *bits)
{
    if (first < 0x80) {
        *bits = first;
        return 1;
    }
    if (first >= 0xc2 && first < 0xe0) {
        *bits = first & 0x1f;
        return 2;
    }
    if (first >= 0xe0 && first < 0xf0) {
        *bits = first & 0x0f;
        return 3;
    }
    if (first >= 0xf0 && first < 0xf5) {
        *bits = first & 0x07;
        return 4;
    }
    return 0;
}

bool model_utf8_is_valid(const char *text, size_t len)
{
    static const uint32_t least[] = { 0, 1, 0x80, 0x800, 0x10000 };
    for (size_t i = 0; i < len;) {
        uint32_t v = 0;
        size_t n = sequence_length((unsigned char)text[i], &v);
        if (n == 0 || n > len - i) {
            return false;
        }
        for (size_t k = 1; k < n; k++) {
            unsigned char c = (unsigned char)text[i + k];
            if ((c & 0xc0) != 0x80) {
                return false;
            }
            v = v << 6 | (c & 0x3f);
        }
        if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) {
            return false;
        }
        i += n;
    }
    return true;
}

static bool has_control(const char *name)
{
    for (; *name != '\0'; name++) {
        if ((unsigned char)*name < 0x20 || *name == 0x7f) {
            return true;
        }
    }
    return false;
}

int model_name_check(const char *name, const char *sid_prefix, const char **why)
{
    size_t len = strlen(name);
    *why = NULL;
    if (len == 0 || len > UNIQUE_NAME_MAX_BYTES) {
        *why = "a unique name has 1 to 128 bytes";
    } else if (!model_utf8_is_valid(name, len)) {
        *why = "a unique name is UTF-8";
    } else if (has_control(name)) {
        *why = "a unique name has no control characters";
    } else if (name[0] == ' ' || name[len - 1] == ' ') {
        *why = "a unique name neither begins nor ends with a space";
    } else if (strpbrk(name, "/?") != NULL) {
        *why = "a unique name has no '/' and no '?', because it can stand in a path";
    } else if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        *why = "a unique name is not \".\" or \"..\", because it can stand in a path";
    } else if (sid_is(name, sid_prefix)) {
        *why = "a unique name does not look like a SID";
    }
    return *why == NULL ? ST_OK : ST_INVALID;
}
