/* SPDX-License-Identifier: Apache-2.0 */
/* The address by which the client reached this server: what URLs in answers begin with. */
#ifndef API_BASE_URL_H
#define API_BASE_URL_H

#include "api/request.h"

struct request_head;

/* public_url of the configuration if there is one; else X-Forwarded-Proto and X-Forwarded-Host of a proxy; else the Host header. A
 * host that is none is left out, which makes URLs relative. */
void base_url_make(const char *public_url, const struct request_head *head, char out[REQUEST_BASE_MAX + 1]);

#endif
