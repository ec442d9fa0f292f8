/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the certificates that the keeper has written. */
#include "api/server_ca.h"

#include <string.h>

#include "api/key_ring.h"
#include "api/service.h"
#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "conf/paths.h"
#include "crypto/base64.h"
#include "proto/keys/keys.h"

static int ca_read(const struct service *s, const char *file, struct server_ca *out)
{
    char path[1024];
    size_t len = 0;
    memset(out, 0, sizeof(*out));
    conf_path(&s->conf, file, path);
    int rc = file_read(path, out->pem, sizeof(out->pem) - 1, &len);
    if (rc == ST_OK) {
        out->pem[len] = '\0';
        rc = crypto_pem_decode(out->pem, "CERTIFICATE", out->der, sizeof(out->der), &out->der_len);
    }
    if (rc == ST_OK) {
        out->id = keys_server_ca_id(key_ring_sha256, out->der, out->der_len);
    } else {
        out->der_len = 0;
        if (rc != ST_NOT_FOUND) {
            log_error("server_ca_unreadable", "path", path, "error", status_name(rc));
        }
    }
    return rc;
}

int server_cas_read(struct service *s, struct server_cas *out)
{
    int rc = ca_read(s, PATH_SERVER_CA_CERT, &out->present);
    (void)ca_read(s, PATH_SERVER_CA_NEXT_CERT, &out->next); /* most of the time there is none */
    (void)ca_read(s, PATH_SERVER_CA_OLD_CERT, &out->old);
    if (rc == ST_NOT_FOUND) {
        log_error("server_ca_unreadable", "path", PATH_SERVER_CA_CERT, "error", status_name(rc));
    }
    return rc;
}
