/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of data_dir/pki.
 *
 * Invariants: P1 a key is durable before a certificate for it exists, so a crash in between leaves a key
 * whose certificate is made at the next start; P2 a certificate without its key is an error and never
 * replaced: devices in the field trust it; P3 the gateway's key stays the same when its certificate is
 * renewed, so that the pair of files fits at every instant.
 */
#include "keeper/pki.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "conf/conf.h"
#include "conf/paths.h"
#include "keeper/cert.h"
#include "keeper/key.h"

#define CA_DAYS                 (25 * 365)
#define GATEWAY_DAYS            (2 * 365)
#define GATEWAY_RENEW_DAYS_LEFT 30

static int failed(const char *what, const char *path, int st)
{
    const char *expected = "see the documentation of the keeper";

    if (st == ST_DENIED)
        expected = "mode 0600: nobody but the owner may read a private key";
    else if (st == ST_INVALID)
        expected = "PEM of a P-256 key or of a certificate for it";
    else if (st == ST_NOT_FOUND)
        expected = "the key of the certificate beside it; restore it from a backup";
    else if (st == ST_IO)
        expected = strerror(errno);
    log_error(what, "file", path, "status", status_name(st), "expected", expected);
    return st;
}

static int key_make(const char *path, struct keeper_key **out)
{
    int st = keeper_key_generate(out);

    if (st != ST_OK)
        return failed("key_not_made", path, st);
    st = keeper_key_save(*out, path);
    if (st != ST_OK) {
        keeper_key_free(*out);
        *out = NULL;
        return failed("key_not_written", path, st);
    }
    log_info("key_made", "file", path);
    return ST_OK;
}

/* Loads a key, or makes it when neither it nor beside (its certificate; NULL: none) exists. */
static int key_prepare(const char *path, const char *beside, struct keeper_key **out)
{
    const int st = keeper_key_load(path, out);

    if (st == ST_NOT_FOUND && (beside == NULL || access(beside, F_OK) != 0))
        return key_make(path, out);
    return st == ST_OK ? ST_OK : failed("key_not_loaded", path, st);
}

/* Takes cert; on failure frees it. */
static int cert_keep(struct keeper_cert *cert, const char *path, struct keeper_cert **out)
{
    int st = cert == NULL ? ST_NO_MEMORY : keeper_cert_save(cert, path);

    if (st != ST_OK) {
        keeper_cert_free(cert);
        return failed("certificate_not_written", path, st);
    }
    log_info("certificate_made", "file", path);
    *out = cert;
    return ST_OK;
}

static int ca_cert_prepare(const char *path, const char *common_name, const struct keeper_key *key,
                           struct keeper_cert **out)
{
    int st = keeper_cert_load(path, out);

    if (st == ST_NOT_FOUND)
        return cert_keep(keeper_cert_authority(key, common_name, CA_DAYS), path, out);
    if (st == ST_OK && !keeper_cert_has_key(*out, key)) {
        keeper_cert_free(*out);
        *out = NULL;
        st = ST_INVALID;
    }
    return st == ST_OK ? ST_OK : failed("certificate_not_loaded", path, st);
}

struct ca {
    struct keeper_key *key;
    struct keeper_cert *cert;
};

static void ca_close(struct ca *ca)
{
    keeper_key_free(ca->key);
    keeper_cert_free(ca->cert);
    ca->key = NULL;
    ca->cert = NULL;
}

static int ca_prepare(const struct conf *conf, const char *key_file, const char *cert_file,
                      const char *common_name, struct ca *out)
{
    char key_path[1024], cert_path[1024];
    int st;

    conf_path(conf, key_file, key_path);
    conf_path(conf, cert_file, cert_path);
    st = key_prepare(key_path, cert_path, &out->key);
    if (st == ST_OK)
        st = ca_cert_prepare(cert_path, common_name, out->key, &out->cert);
    if (st != ST_OK)
        ca_close(out);
    return st;
}

static int app_signer_prepare(const struct conf *conf, struct keeper_key **out)
{
    char key_path[1024], public_path[1024];
    int st;

    conf_path(conf, PATH_APP_SIGNER_KEY, key_path);
    conf_path(conf, PATH_APP_SIGNER_PUB, public_path);
    st = key_prepare(key_path, public_path, out);
    if (st == ST_OK && access(public_path, F_OK) != 0) {
        st = keeper_key_save_public(*out, public_path);
        if (st != ST_OK)
            return failed("public_key_not_written", public_path, st);
    }
    return st;
}

/* Does the gateway's certificate have to be made (again)? ST_OK with the answer, or a status after logging.
 */
static int gateway_cert_is_due(const char *path, const struct conf *conf, const struct keeper_key *key,
                               const struct ca *ca, bool *due)
{
    struct keeper_cert *cert = NULL;
    const int st = keeper_cert_load(path, &cert);

    *due = true;
    if (st == ST_NOT_FOUND)
        return ST_OK;
    if (st != ST_OK)
        return failed("certificate_not_loaded", path, st);
    *due = keeper_cert_days_left(cert) < GATEWAY_RENEW_DAYS_LEFT || !keeper_cert_has_key(cert, key) ||
           !keeper_cert_is_signed_by(cert, ca->key) || !keeper_cert_names(cert, conf->gateway_server_name);
    keeper_cert_free(cert);
    return ST_OK;
}

static int gateway_cert_renew(const struct conf *conf, const struct ca *ca, bool *renewed)
{
    char key_path[1024], cert_path[1024];
    struct keeper_key *key = NULL;
    struct keeper_cert *cert = NULL;
    int st;

    conf_path(conf, PATH_GATEWAY_KEY, key_path);
    conf_path(conf, PATH_GATEWAY_CERT, cert_path);
    st = key_prepare(key_path, NULL, &key); /* losing this key is harmless: the authority signs a new one */
    if (st == ST_OK)
        st = gateway_cert_is_due(cert_path, conf, key, ca, renewed);
    if (st == ST_OK && *renewed)
        st = cert_keep(keeper_cert_server(key, conf->gateway_server_name, GATEWAY_DAYS, ca->cert, ca->key),
                       cert_path, &cert);
    keeper_cert_free(cert);
    keeper_key_free(key);
    return st;
}

int keeper_pki_renew_gateway(const struct conf *conf, bool *renewed)
{
    struct ca ca = { NULL, NULL };
    int st;

    *renewed = false;
    st = ca_prepare(conf, PATH_SERVER_CA_KEY, PATH_SERVER_CA_CERT, "Outrigger server CA", &ca);
    if (st == ST_OK && conf->gateway_certificate[0] == '\0')
        st = gateway_cert_renew(conf, &ca, renewed);
    ca_close(&ca);
    return st;
}

int keeper_pki_open(const struct conf *conf, struct keeper_pki *out)
{
    struct ca fleet = { NULL, NULL };
    char folder[1024];
    bool renewed;
    int st;

    memset(out, 0, sizeof *out);
    conf_path(conf, "pki", folder);
    if (file_make_folder(folder, 0700) != ST_OK)
        return failed("folder_not_made", folder, ST_IO);
    st = ca_prepare(conf, PATH_FLEET_CA_KEY, PATH_FLEET_CA_CERT, "Outrigger fleet CA", &fleet);
    if (st != ST_OK)
        return st;
    out->fleet_ca_key = fleet.key;
    out->fleet_ca = fleet.cert;
    st = app_signer_prepare(conf, &out->app_signer);
    if (st == ST_OK)
        st = keeper_pki_renew_gateway(conf, &renewed);
    if (st != ST_OK)
        keeper_pki_close(out);
    return st;
}

void keeper_pki_close(struct keeper_pki *pki)
{
    keeper_key_free(pki->fleet_ca_key);
    keeper_cert_free(pki->fleet_ca);
    keeper_key_free(pki->app_signer);
    memset(pki, 0, sizeof *pki);
}
