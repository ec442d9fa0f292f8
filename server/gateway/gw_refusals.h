/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines about refused connections, at most GW_REFUSALS_PER_S each second: who attacks must not fill the
 * disk. */
#ifndef GATEWAY_GW_REFUSALS_H
#define GATEWAY_GW_REFUSALS_H

#include <stdint.h>

struct gw_refusals {
    int64_t second;
    uint32_t logged;
    uint64_t suppressed; /* not yet told */
    uint64_t total;
};

/* sid: "" when the peer is not known. */
void gw_refusals_log(struct gw_refusals *r, int64_t now_us, const char *remote, const char *sid,
                     const char *reason);

/* Tells what was suppressed; to be called about once per second. */
void gw_refusals_tell(struct gw_refusals *r);

#endif
