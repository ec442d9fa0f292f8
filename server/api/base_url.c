/* SPDX-License-Identifier: Apache-2.0 */
/* Headers are the client's words: only what can be a host gets into an answer. */
#include "api/base_url.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/dispatch.h"

#define HOST_MAX 262u /* 253 of a name, brackets, colon and port */

/* host, host:port, [v6]:port */
static bool host_is_plausible(const char *host)
{
    size_t len = host == NULL ? 0 : strlen(host);
    if (len == 0 || len > HOST_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)host[i]) && strchr(".-_:[]", host[i]) == NULL) {
            return false;
        }
    }
    return true;
}

void base_url_make(const char *public_url, const struct request_head *head, char out[REQUEST_BASE_MAX + 1])
{
    const char *scheme = head->tls ? "https" : "http";
    const char *host = host_is_plausible(head->forwarded_host) ? head->forwarded_host : head->host;
    out[0] = '\0';
    if (public_url[0] != '\0') {
        size_t len = strlen(public_url);
        while (len > 0 && public_url[len - 1] == '/') {
            len--;
        }
        (void)snprintf(out, REQUEST_BASE_MAX + 1, "%.*s", (int)len, public_url);
        return;
    }
    if (head->forwarded_proto != NULL && strcasecmp(head->forwarded_proto, "https") == 0) {
        scheme = "https";
    } else if (head->forwarded_proto != NULL && strcasecmp(head->forwarded_proto, "http") == 0) {
        scheme = "http";
    }
    if (host_is_plausible(host)) {
        (void)snprintf(out, REQUEST_BASE_MAX + 1, "%s://%s", scheme, host);
    }
}
