/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of URLs. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stdbool.h>

/* Percent-encodes everything but the unreserved characters of RFC 3986; free with mem_free. */
char *url_encode(const char *text);

/* True for http(s)://host[:port][/prefix]: what may be configured as the server's address. */
bool url_is_base(const char *url);

/* True if requests to this URL can be read on a network: plain http to another machine than this. */
bool url_is_exposed(const char *url);

#endif
