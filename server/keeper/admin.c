/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first account.
 *
 * Invariant: admin.json is durable before the account exists, so there is never an account whose token nobody
 * knows; a crash in between leaves a file that the next start replaces. The token is shown nowhere else and
 * is stored only as SHA-256 of its text.
 */
#include "keeper/admin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/sid.h"
#include "base/status.h"
#include "conf/conf.h"
#include "conf/paths.h"
#include "crypto/sha256.h"
#include "store/store.h"

#define TOKEN_BYTES 32
#define TOKEN_CHARS (2 * TOKEN_BYTES)

struct credentials {
    char account_sid[SID_BYTES];
    char token[TOKEN_CHARS + 1];
};

static int credentials_make(struct credentials *out)
{
    unsigned char secret[TOKEN_BYTES];

    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        return ST_IO;
    sid_random("AC", out->account_sid);
    hex_encode(secret, sizeof secret, out->token);
    explicit_bzero(secret, sizeof secret);
    return ST_OK;
}

static int credentials_write(const struct conf *conf, const struct credentials *c)
{
    char path[1024], json[512];
    const int len =
        snprintf(json, sizeof json,
                 "{\n  \"account_sid\": \"%s\",\n  \"auth_token\": \"%s\",\n"
                 "  \"note\": \"First account of this server. HTTP Basic: account_sid as user, auth_token as "
                 "password. Keep this file secret or delete it.\"\n}\n",
                 c->account_sid, c->token);
    int st;

    conf_path(conf, PATH_ADMIN, path);
    st = file_write(path, json, (size_t)len, 0600);
    explicit_bzero(json, sizeof json);
    if (st != ST_OK)
        log_error("admin_not_written", "file", path, "error", strerror(errno));
    return st;
}

static void credentials_show(const struct conf *conf, const struct credentials *c)
{
    if (!isatty(STDOUT_FILENO))
        return; /* whoever collects the output keeps it, and a token does not belong there: the file has it */
    (void)printf("First start: these credentials are shown only once (and kept in %s/%s).\n"
                 "  account sid  %s\n"
                 "  auth token   %s\n",
                 conf->data_dir, PATH_ADMIN, c->account_sid, c->token);
    (void)fflush(stdout); /* a closed stdout is no reason not to start: the file has them */
}

static int account_make(const struct conf *conf, struct store *store)
{
    unsigned char digest[SHA256_BYTES];
    struct credentials c;
    int st = credentials_make(&c);

    if (st == ST_OK)
        st = credentials_write(conf, &c);
    if (st == ST_OK) {
        crypto_sha256(c.token, TOKEN_CHARS, digest);
        st = store_account_create(store, c.account_sid, digest);
    }
    if (st == ST_OK) {
        log_info("account_made", "account", c.account_sid, "credentials", PATH_ADMIN);
        credentials_show(conf, &c);
    } else {
        log_error("account_not_made", "status", status_name(st));
    }
    explicit_bzero(&c, sizeof c);
    return st;
}

int keeper_admin_prepare(const struct conf *conf)
{
    char path[1024], words[256] = "", sid[SID_BYTES];
    struct store *store = NULL;
    int st;

    conf_path(conf, PATH_STORE, path);
    st = store_open(path, STORE_FULL, true, &store, words, sizeof words);
    if (st != ST_OK) {
        log_error("store_not_opened", "file", path, "status", status_name(st), "error", words);
        return st;
    }
    st = store_account_first(store, sid);
    if (st == ST_NOT_FOUND)
        st = account_make(conf, store);
    else if (st != ST_OK)
        log_error("account_not_read", "status", status_name(st));
    store_close(store);
    return st;
}
