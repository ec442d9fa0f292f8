/* SPDX-License-Identifier: Apache-2.0 */
/* Rate limit of refusal lines. */
#include "gateway/gw_refusals.h"

#include <stddef.h>

#include "base/log.h"
#include "gateway/gw_limits.h"

#define US_PER_S 1000000

void gw_refusals_log(struct gw_refusals *r, int64_t now_us, const char *remote, const char *sid,
                     const char *reason)
{
    const int64_t second = now_us / US_PER_S;

    r->total++;
    if (second != r->second) {
        r->second = second;
        r->logged = 0;
    }
    if (r->logged >= GW_REFUSALS_PER_S) {
        r->suppressed++;
        return;
    }
    r->logged++;
    log_warn("connection_refused", "peer", remote, "device", sid[0] != '\0' ? sid : NULL, "reason", reason);
}

void gw_refusals_tell(struct gw_refusals *r)
{
    char count[24];
    char total[24];

    if (r->suppressed == 0)
        return;
    log_warn("connections_refused", "not_logged", log_u64(count, r->suppressed), "total",
             log_u64(total, r->total));
    r->suppressed = 0;
}
