/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates in files; ca.h states the invariants. */
#include "keeper/ca.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/status.h"
#include "conf/conf.h"
#include "conf/paths.h"
#include "keeper/cert.h"
#include "keeper/key.h"

#define CA_DAYS (25 * 365)

int keeper_ca_failed(const char *what, const char *path, int st)
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
        return keeper_ca_failed("key_not_made", path, st);
    st = keeper_key_save(*out, path);
    if (st != ST_OK) {
        keeper_key_free(*out);
        *out = NULL;
        return keeper_ca_failed("key_not_written", path, st);
    }
    log_info("key_made", "file", path);
    return ST_OK;
}

int keeper_ca_key_prepare(const char *path, const char *beside, struct keeper_key **out)
{
    const int st = keeper_key_load(path, out);

    if (st == ST_NOT_FOUND && (beside == NULL || access(beside, F_OK) != 0))
        return key_make(path, out);
    return st == ST_OK ? ST_OK : keeper_ca_failed("key_not_loaded", path, st);
}

int keeper_ca_cert_keep(struct keeper_cert *cert, const char *path, struct keeper_cert **out)
{
    int st = cert == NULL ? ST_NO_MEMORY : keeper_cert_save(cert, path);

    if (st != ST_OK) {
        keeper_cert_free(cert);
        return keeper_ca_failed("certificate_not_written", path, st);
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
        return keeper_ca_cert_keep(keeper_cert_authority(key, common_name, CA_DAYS), path, out);
    if (st == ST_OK && !keeper_cert_has_key(*out, key)) {
        keeper_cert_free(*out);
        *out = NULL;
        st = ST_INVALID;
    }
    return st == ST_OK ? ST_OK : keeper_ca_failed("certificate_not_loaded", path, st);
}

void keeper_ca_close(struct keeper_ca *ca)
{
    keeper_key_free(ca->key);
    keeper_cert_free(ca->cert);
    ca->key = NULL;
    ca->cert = NULL;
}

int keeper_ca_prepare(const struct conf *conf, const char *key_file, const char *cert_file,
                      const char *common_name, struct keeper_ca *out)
{
    char key_path[1024], cert_path[1024];
    int st;

    conf_path(conf, key_file, key_path);
    conf_path(conf, cert_file, cert_path);
    st = keeper_ca_key_prepare(key_path, cert_path, &out->key);
    if (st == ST_OK)
        st = ca_cert_prepare(cert_path, common_name, out->key, &out->cert);
    if (st != ST_OK)
        keeper_ca_close(out);
    return st;
}
