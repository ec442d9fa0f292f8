/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP Basic authentication (RFC 7617) against the store. */
#ifndef API_AUTH_H
#define API_AUTH_H

#include <stddef.h>

#include "base/sid.h"

/* Secrets are 64 characters; this leaves room for other generators. */
#define AUTH_SECRET_MAX 255u

struct worker;

/* Who asks: the account, and whose credentials were used (the account's own, an API key's, a factory token's). */
struct auth_who {
    char account_sid[SID_BYTES];
    char by_sid[SID_BYTES];
};

/* authorization: the header's value, NULL if there was none. ST_OK with who it is; ST_DENIED; or the store's failure. */
int auth_check(struct worker *w, const char *authorization, struct auth_who *out);

/* Splits "Basic base64(user:secret)". ST_OK or ST_INVALID. The caller wipes secret. */
int auth_basic_parse(const char *authorization, char user[SID_BYTES], char secret[AUTH_SECRET_MAX + 1],
                     size_t *secret_len);

#endif
