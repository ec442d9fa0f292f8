/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting the accepted signers. Files are read each time, so a key that is put in place counts at once. */
#include "api/signers.h"

#include <string.h>

#include "api/keeper_client.h"
#include "api/key_ring.h"
#include "api/service.h"
#include "base/log.h"
#include "base/status.h"
#include "crypto/p256.h"

/* Adds the keys of a list of files as long as there is room. *path: the file that cannot be read. */
static int keys_add(const struct conf_list *files, struct bundle_signer *out, size_t cap, size_t *count,
                    const char **path)
{
    for (uint32_t i = 0; i < files->count && *count < cap; i++) {
        struct bundle_signer *signer = &out[*count];
        int rc = crypto_point_load(files->entry[i], signer->point);
        if (rc != ST_OK) {
            log_error("public_key_unreadable", "path", files->entry[i], "error", status_name(rc));
            *path = files->entry[i];
            return rc;
        }
        signer->id = crypto_signer_id(signer->point);
        ++*count;
    }
    return ST_OK;
}

int roots_get(struct service *s, struct bundle_signer out[ROOTS_MAX], size_t *count, const char **path)
{
    *count = 0;
    return keys_add(&s->conf.root_keys, out, ROOTS_MAX, count, path);
}

int signers_begin(struct service *s, struct bundle_signer out[SIGNERS_MAX], size_t *count)
{
    int rc = keeper_client_signer(s->keeper, KEEPER_TIMEOUT_MS, &out[0].id, out[0].point);
    const char *path;
    *count = 1;
    return rc == ST_OK ? keys_add(&s->conf.app_signers, out, SIGNERS_MAX, count, &path) : rc;
}

int signers_get(struct worker *w, const char *account_sid, struct bundle_signer out[SIGNERS_MAX],
                size_t *count)
{
    struct key_ring ring;
    int rc = key_ring_get(w, account_sid, &ring);
    *count = rc == ST_OK ? ring.ring.accepted : 0;
    for (size_t i = 0; i < *count; i++) {
        memcpy(out[i].point, ring.ring.signers[i], P256_POINT_BYTES);
        out[i].id = crypto_signer_id(out[i].point);
    }
    return rc;
}
