/* SPDX-License-Identifier: Apache-2.0 */
/* Cryptographically strong random bytes. */
#ifndef PORT_ENTROPY_H
#define PORT_ENTROPY_H

#include <stdint.h>

/* Fills buf with len (at most 1,024) random bytes; PORT_EIO when the source is dead. May block for milliseconds. */
int port_entropy_get(void *buf, uint32_t len);

#endif
