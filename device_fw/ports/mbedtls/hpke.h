/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing with a given ephemeral key: what port_hpke_seal does after it has made one, and what published vectors check. */
#ifndef PORTS_MBEDTLS_HPKE_H
#define PORTS_MBEDTLS_HPKE_H

#include "port/port_hpke.h"

int hpke_seal_from(const uint8_t ephemeral_private[32], const uint8_t ephemeral_public[65],
                   const uint8_t recipient[65], const struct port_hpke_purpose *purpose, uint8_t *message,
                   uint32_t len);

#endif
