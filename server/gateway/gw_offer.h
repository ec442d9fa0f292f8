/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the gateway's certificates a device is shown (PROTOCOL.md section 13): pure, for bytes of a ClientHello.
 *
 * Invariant: O1 a device that names a server CA for which there is a certificate is shown a certificate of one that it names.
 */
#ifndef GATEWAY_GW_OFFER_H
#define GATEWAY_GW_OFFER_H

#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct gw_offer {
    uint64_t ids[SERVER_CAS_MAX]; /* of the authority that signed each certificate, the preferred one first */
    unsigned count;               /* 1 or 2 */
    unsigned oldest;              /* index: for devices that name none of them */
};

/* Index of the certificate. alpn: content of the ALPN extension (RFC 7301), any bytes. */
unsigned gw_offer_choose(const struct gw_offer *offer, const unsigned char *alpn, size_t len);

#endif
