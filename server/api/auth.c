/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials. Secrets are random (256 bits), so one SHA-256 is enough and a check costs microseconds; hashes are compared in
 * constant time. A thread remembers a few rows for half a second, so a revoked key is refused within a second.
 */
#include "api/auth.h"

#include <string.h>
#include <strings.h>

#include "api/service.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/base64.h"
#include "crypto/sha256.h"

int auth_basic_parse(const char *authorization, char user[SID_BYTES], char secret[AUTH_SECRET_MAX + 1],
                     size_t *secret_len)
{
    char pair[SID_CHARS + 1 + AUTH_SECRET_MAX];
    size_t len = 0;
    if (strncasecmp(authorization, "Basic ", 6) != 0) {
        return ST_INVALID;
    }
    authorization += 6;
    if (crypto_base64_decode(authorization, strlen(authorization), pair, sizeof(pair), &len) != ST_OK ||
        len <= SID_CHARS + 1 || pair[SID_CHARS] != ':' || memchr(pair, '\0', SID_CHARS) != NULL) {
        explicit_bzero(pair, sizeof(pair));
        return ST_INVALID;
    }
    memcpy(user, pair, SID_CHARS);
    user[SID_CHARS] = '\0';
    *secret_len = len - SID_CHARS - 1;
    memcpy(secret, pair + SID_CHARS + 1, *secret_len);
    explicit_bzero(pair, sizeof(pair));
    return ST_OK;
}

/* Only what was found is remembered: a stranger cannot push others out with made-up names. */
static int credential_get(struct worker *w, const char *user, struct store_credential *out)
{
    int64_t now_us = clock_mono_us();
    for (unsigned i = 0; i < CREDENTIALS_KEPT; i++) {
        if (w->kept[i].read_us != 0 && now_us - w->kept[i].read_us < CREDENTIAL_FRESH_US &&
            strcmp(w->kept[i].user, user) == 0) {
            *out = w->kept[i].credential;
            return ST_OK;
        }
    }
    int rc = store_credential_get(w->store, user, out);
    if (rc == ST_OK) {
        unsigned slot = w->next_kept++ % CREDENTIALS_KEPT;
        w->kept[slot].credential = *out;
        w->kept[slot].read_us = now_us;
        memcpy(w->kept[slot].user, user, SID_BYTES);
    }
    return rc;
}

int auth_check(struct worker *w, const char *authorization, struct auth_who *out)
{
    char user[SID_BYTES], secret[AUTH_SECRET_MAX + 1];
    unsigned char hash[CRYPTO_SHA256_BYTES];
    struct store_credential credential = { .revoked = true };
    size_t secret_len = 0;
    if (authorization == NULL || auth_basic_parse(authorization, user, secret, &secret_len) != ST_OK) {
        return ST_DENIED;
    }
    crypto_sha256(secret, secret_len, hash);
    explicit_bzero(secret, sizeof(secret));
    int rc = credential_get(w, user, &credential);
    if (rc != ST_OK && rc != ST_NOT_FOUND) {
        return rc;
    }
    /* Someone who is not there is compared with zeros, which takes as long and never matches. */
    if (!crypto_equal(hash, credential.secret_sha256, sizeof(hash)) || credential.revoked) {
        return ST_DENIED;
    }
    memcpy(out->account_sid, credential.account_sid, SID_BYTES);
    memcpy(out->by_sid, credential.key_sid[0] ? credential.key_sid : credential.account_sid, SID_BYTES);
    return ST_OK;
}
