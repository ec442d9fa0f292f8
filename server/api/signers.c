/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting the accepted signers. Files are read each time, so a key that is put in place counts at once. */
#include "api/signers.h"

#include "api/keeper_client.h"
#include "api/service.h"
#include "base/log.h"
#include "base/status.h"
#include "crypto/p256.h"

int signers_get(struct service *s, struct bundle_signer out[SIGNERS_MAX], size_t *count)
{
    int rc = keeper_client_signer(s->keeper, KEEPER_TIMEOUT_MS, &out[0].id, out[0].point);
    *count = 1;
    for (uint32_t i = 0; rc == ST_OK && i < s->conf.app_signers.count && *count < SIGNERS_MAX; i++) {
        struct bundle_signer *signer = &out[*count];
        rc = crypto_point_load(s->conf.app_signers.entry[i], signer->point);
        if (rc != ST_OK) {
            log_error("app_signer_unreadable", "path", s->conf.app_signers.entry[i], "error",
                      status_name(rc));
            return rc;
        }
        signer->id = crypto_signer_id(signer->point);
        ++*count;
    }
    return rc;
}
