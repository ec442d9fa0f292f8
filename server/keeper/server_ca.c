/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of the roll-over, each a few renames; server_ca.h has the diagram and the invariants. */
#include "keeper/server_ca.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "conf/conf.h"
#include "conf/paths.h"
#include "keeper/ca.h"
#include "keeper/cert.h"
#include "keeper/key.h"

static bool exists(const struct conf *conf, const char *file)
{
    char path[1024];

    conf_path(conf, file, path);
    return access(path, F_OK) == 0;
}

static int copy(const struct conf *conf, const char *from, const char *to, unsigned mode)
{
    char path[1024], text[8192];
    size_t len = 0;
    int st;

    conf_path(conf, from, path);
    st = file_read(path, text, sizeof text, &len);
    if (st == ST_OK) {
        conf_path(conf, to, path);
        st = file_write(path, text, len, mode);
    }
    explicit_bzero(text, sizeof text);
    return st == ST_OK ? ST_OK : keeper_ca_failed("authority_not_copied", path, st);
}

/* Through file_write, which syncs the folder, too. */
static int move(const struct conf *conf, const char *from, const char *to, unsigned mode)
{
    char path[1024];
    int st = exists(conf, from) ? copy(conf, from, to, mode) : ST_OK;

    conf_path(conf, from, path);
    if (st == ST_OK && unlink(path) != 0 && errno != ENOENT)
        st = keeper_ca_failed("authority_not_moved", path, ST_IO);
    return st;
}

static int forget(const struct conf *conf, const char *file)
{
    char path[1024];

    conf_path(conf, file, path);
    return unlink(path) == 0 || errno == ENOENT ? ST_OK
                                                : keeper_ca_failed("authority_not_deleted", path, ST_IO);
}

/* Behind the commit of switch. */
static int switch_finish(const struct conf *conf)
{
    int st = move(conf, PATH_SERVER_CA_NEXT_KEY, PATH_SERVER_CA_KEY, 0600);

    return st == ST_OK ? move(conf, PATH_SERVER_CA_NEXT_CERT, PATH_SERVER_CA_CERT, 0644) : st;
}

/* Behind the commit of delete. */
static int delete_finish(const struct conf *conf)
{
    int st = forget(conf, PATH_GATEWAY_OTHER_CERT);

    return st == ST_OK ? forget(conf, PATH_SERVER_CA_OLD_CERT) : st;
}

int keeper_server_ca_settle(const struct conf *conf)
{
    if (!exists(conf, PATH_SERVER_CA_OLD_CERT))
        return ST_OK; /* a copy of the key alone is overwritten by the next switch */
    if (exists(conf, PATH_SERVER_CA_NEXT_CERT))
        return switch_finish(conf);
    return exists(conf, PATH_SERVER_CA_OLD_KEY) ? ST_OK : delete_finish(conf);
}

bool keeper_server_ca_other(const struct conf *conf, const char **key_file, const char **cert_file)
{
    const bool is_old = exists(conf, PATH_SERVER_CA_OLD_CERT);

    *key_file = is_old ? PATH_SERVER_CA_OLD_KEY : PATH_SERVER_CA_NEXT_KEY;
    *cert_file = is_old ? PATH_SERVER_CA_OLD_CERT : PATH_SERVER_CA_NEXT_CERT;
    return is_old || exists(conf, PATH_SERVER_CA_NEXT_CERT);
}

/* Names tell people which is which; devices go by the key. */
static void name_write(char out[64])
{
    const time_t now = time(NULL);
    struct tm tm;

    (void)gmtime_r(&now, &tm);
    (void)strftime(out, 64, "Outrigger server CA %Y-%m-%d", &tm);
}

static int vouch(const struct keeper_ca *by, const struct keeper_ca *for_ca, struct keeper_server_ca *out)
{
    const int st = keeper_cert_der(for_ca->cert, out->der, sizeof out->der, &out->der_len);

    return st == ST_OK ? keeper_key_sign(by->key, SERVER_CA_SIGN_PREFIX, SERVER_CA_SIGN_PREFIX_BYTES,
                                         out->der, out->der_len, out->signature)
                       : st;
}

int keeper_server_ca_add(const struct conf *conf, struct keeper_server_ca *out)
{
    struct keeper_ca present = { NULL, NULL }, other = { NULL, NULL };
    const char *key_file, *cert_file;
    const bool is_old =
        keeper_server_ca_other(conf, &key_file, &cert_file) && exists(conf, PATH_SERVER_CA_OLD_CERT);
    char name[64];
    int st;

    if (conf->gateway_certificate[0] != '\0')
        return ST_INVALID;
    name_write(name);
    st = keeper_ca_prepare(conf, PATH_SERVER_CA_KEY, PATH_SERVER_CA_CERT, name, &present);
    if (st == ST_OK)
        st = keeper_ca_prepare(conf, key_file, cert_file, name, &other);
    if (st == ST_OK)
        st = is_old ? vouch(&other, &present, out) : vouch(&present, &other, out);
    keeper_ca_close(&present);
    keeper_ca_close(&other);
    return st;
}

int keeper_server_ca_switch(const struct conf *conf)
{
    int st;

    if (!exists(conf, PATH_SERVER_CA_NEXT_CERT))
        return ST_NOT_FOUND;
    st = copy(conf, PATH_SERVER_CA_KEY, PATH_SERVER_CA_OLD_KEY, 0600);
    if (st == ST_OK)
        st = copy(conf, PATH_SERVER_CA_CERT, PATH_SERVER_CA_OLD_CERT, 0644);
    if (st == ST_OK)
        st = switch_finish(conf);
    if (st == ST_OK)
        log_info("server_ca_switched", "file", PATH_SERVER_CA_CERT);
    return st;
}

int keeper_server_ca_delete(const struct conf *conf)
{
    int st;

    if (!exists(conf, PATH_SERVER_CA_OLD_CERT))
        return ST_NOT_FOUND;
    st = forget(conf, PATH_SERVER_CA_OLD_KEY);
    if (st == ST_OK)
        st = delete_finish(conf);
    if (st == ST_OK)
        log_info("server_ca_deleted", "file", PATH_SERVER_CA_OLD_CERT);
    return st;
}
