/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding (RFC 3986) and what we ask of a base URL. */
#include "http/url.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

char *url_encode(const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = mem_new(3 * strlen(text) + 1), *at = out;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x80 && (isalnum(c) || strchr("-._~", c))) {
            *at++ = (char)c;
            continue;
        }
        *at++ = '%';
        *at++ = digits[c >> 4];
        *at++ = digits[c & 15];
    }
    return out;
}

/* What follows the scheme, or NULL. */
static const char *authority(const char *url)
{
    if (strncasecmp(url, "http://", 7) == 0)
        return url + 7;
    if (strncasecmp(url, "https://", 8) == 0)
        return url + 8;
    return NULL;
}

bool url_is_base(const char *url)
{
    const char *host = authority(url);

    if (!host || !*host || *host == '/')
        return false;
    for (; *host; host++)
        if (strchr("?#@", *host) || !isgraph((unsigned char)*host))
            return false; /* user:password@ would hide credentials in a place where nobody looks for them */
    return true;
}

bool url_is_exposed(const char *url)
{
    static const char *const local[] = { "127.", "localhost", "[::1]" };
    const char *host = authority(url);

    if (!host || strncasecmp(url, "https:", 6) == 0)
        return false;
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
        if (strncasecmp(host, local[i], strlen(local[i])) == 0)
            return false;
    return true;
}
