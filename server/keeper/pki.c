/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of data_dir/pki.
 *
 * Invariant: P3 the gateway's key stays the same when its certificate is renewed, so that the pair of files
 * fits at every instant. P1 and P2 are in ca.h, P4 to P6 in server_ca.h.
 */
#include "keeper/pki.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "conf/conf.h"
#include "conf/paths.h"
#include "keeper/ca.h"
#include "keeper/cert.h"
#include "keeper/key.h"
#include "keeper/server_ca.h"

#define GATEWAY_DAYS            (2 * 365)
#define GATEWAY_RENEW_DAYS_LEFT 30

static int app_signer_prepare(const struct conf *conf, struct keeper_key **out)
{
    char key_path[1024], public_path[1024];
    int st;

    conf_path(conf, PATH_APP_SIGNER_KEY, key_path);
    conf_path(conf, PATH_APP_SIGNER_PUB, public_path);
    st = keeper_ca_key_prepare(key_path, public_path, out);
    if (st == ST_OK && access(public_path, F_OK) != 0) {
        st = keeper_key_save_public(*out, public_path);
        if (st != ST_OK)
            return keeper_ca_failed("public_key_not_written", public_path, st);
    }
    return st;
}

/* Does the gateway's certificate have to be made (again)? ST_OK with the answer, or a status after logging.
 */
static int gateway_cert_is_due(const char *path, const struct conf *conf, const struct keeper_key *key,
                               const struct keeper_ca *ca, bool *due)
{
    struct keeper_cert *cert = NULL;
    const int st = keeper_cert_load(path, &cert);

    *due = true;
    if (st == ST_NOT_FOUND)
        return ST_OK;
    if (st != ST_OK)
        return keeper_ca_failed("certificate_not_loaded", path, st);
    *due = keeper_cert_days_left(cert) < GATEWAY_RENEW_DAYS_LEFT || !keeper_cert_has_key(cert, key) ||
           !keeper_cert_is_signed_by(cert, ca->key) || !keeper_cert_names(cert, conf->gateway_server_name);
    keeper_cert_free(cert);
    return ST_OK;
}

static int gateway_cert_renew(const struct conf *conf, const char *file, const struct keeper_ca *ca,
                              bool *renewed)
{
    char key_path[1024], cert_path[1024];
    struct keeper_key *key = NULL;
    struct keeper_cert *cert = NULL;
    int st;

    conf_path(conf, PATH_GATEWAY_KEY, key_path);
    conf_path(conf, file, cert_path);
    st = keeper_ca_key_prepare(key_path, NULL,
                               &key); /* losing this key is harmless: the authority signs a new one */
    if (st == ST_OK)
        st = gateway_cert_is_due(cert_path, conf, key, ca, renewed);
    if (st == ST_OK && *renewed)
        st = keeper_ca_cert_keep(
            keeper_cert_server(key, conf->gateway_server_name, GATEWAY_DAYS, ca->cert, ca->key), cert_path,
            &cert);
    keeper_cert_free(cert);
    keeper_key_free(key);
    return st;
}

static int pair_renew(const struct conf *conf, const char *key_file, const char *cert_file,
                      const char *gateway_file, bool *renewed)
{
    struct keeper_ca ca = { NULL, NULL };
    bool made = false;
    int st = keeper_ca_prepare(conf, key_file, cert_file, "Outrigger server CA", &ca);

    if (st == ST_OK && conf->gateway_certificate[0] == '\0')
        st = gateway_cert_renew(conf, gateway_file, &ca, &made);
    keeper_ca_close(&ca);
    *renewed = *renewed || made;
    return st;
}

int keeper_pki_renew_gateway(const struct conf *conf, bool *renewed)
{
    const char *key_file, *cert_file;
    int st;

    *renewed = false;
    st = keeper_server_ca_settle(conf);
    if (st == ST_OK)
        st = pair_renew(conf, PATH_SERVER_CA_KEY, PATH_SERVER_CA_CERT, PATH_GATEWAY_CERT, renewed);
    if (st == ST_OK && keeper_server_ca_other(conf, &key_file, &cert_file))
        st = pair_renew(conf, key_file, cert_file, PATH_GATEWAY_OTHER_CERT, renewed);
    return st;
}

int keeper_pki_open(const struct conf *conf, struct keeper_pki *out)
{
    struct keeper_ca fleet = { NULL, NULL };
    char folder[1024];
    bool renewed;
    int st;

    memset(out, 0, sizeof *out);
    out->conf = conf;
    conf_path(conf, "pki", folder);
    if (file_make_folder(folder, 0700) != ST_OK)
        return keeper_ca_failed("folder_not_made", folder, ST_IO);
    st = keeper_ca_prepare(conf, PATH_FLEET_CA_KEY, PATH_FLEET_CA_CERT, "Outrigger fleet CA", &fleet);
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
