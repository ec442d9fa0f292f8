/* SPDX-License-Identifier: Apache-2.0 */
/* The accepted signers of applications, for whoever makes what devices run before they have met this server. */
#include <inttypes.h>
#include <stdio.h>

#include "api/handlers.h"
#include "api/keeper_client.h"
#include "api/paging.h"
#include "api/service.h"
#include "api/signers.h"
#include "base/status.h"
#include "crypto/base64.h"
#include "crypto/p256.h"

static void signer_json(struct json_out *j, const struct bundle_signer *signer, bool managed)
{
    char id[17], point[CRYPTO_BASE64_CHARS(P256_POINT_BYTES) + 1];
    (void)snprintf(id, sizeof(id), "%016" PRIx64, signer->id);
    crypto_base64_encode(signer->point, P256_POINT_BYTES, point);
    json_put_object(j, NULL);
    json_put_text(j, "id", id);
    json_put_text(j, "public_key", point);
    json_put_bool(j, "managed", managed);
    json_put_object_end(j);
}

/* There are at most SIGNERS_MAX: the first page has all, however small it is asked to be, and what follows it is empty. */
static void list_write(const struct request *q, struct reply *r, const struct model_page *page,
                       const struct bundle_signer *signers, size_t count, uint64_t managed)
{
    bool is_first = page->number == 0 && !page->has_token;
    const struct paging_rows rows = { .count = is_first ? (uint32_t)count : 0, .more_before = !is_first };
    struct json_out j = reply_json(r, 200);
    json_put_object(&j, NULL);
    json_put_array(&j, "signers");
    for (uint32_t i = 0; i < rows.count; i++) {
        signer_json(&j, &signers[i], signers[i].id == managed);
    }
    json_put_array_end(&j);
    paging_meta(&j, q, "/v1/Signers", "signers", page, &rows, 0, 0, "");
    json_put_object_end(&j);
}

void signer_list(struct worker *w, struct request *q, struct reply *r)
{
    struct bundle_signer signers[SIGNERS_MAX];
    struct model_page page;
    unsigned char point[P256_POINT_BYTES];
    uint64_t managed = 0;
    size_t count = 0;
    if (!paging_read(q, r, &page)) {
        return;
    }
    int rc = keeper_client_signer(w->service->keeper, KEEPER_TIMEOUT_MS, &managed, point);
    rc = rc == ST_OK ? signers_get(w, q->account_sid, signers, &count) : rc;
    if (rc == ST_TIMEOUT || rc == ST_CLOSED) {
        reply_unavailable(q, r, "The keeper, which has the managed key, does not answer; try again");
    } else if (rc != ST_OK) {
        reply_error(q, r, 500, 20500, "A signer's key cannot be read (%s); the server's log says why",
                    status_name(rc));
    } else {
        list_write(q, r, &page, signers, count, managed);
    }
}
