/* SPDX-License-Identifier: Apache-2.0 */
/* What lwIP asks of its platform. */
#ifndef MPS2_AN505_ARCH_CC_H
#define MPS2_AN505_ARCH_CC_H

#include <stdint.h>
#include <stdlib.h>

uint32_t net_random(void);
_Noreturn void net_stack_failed(uint32_t line);

#define LWIP_RAND() net_random()
#define LWIP_PLATFORM_DIAG(x)                                                                                \
    do {                                                                                                     \
    } while (0)
/* The line is enough to find the assertion, and costs no text in flash. */
#define LWIP_PLATFORM_ASSERT(x) net_stack_failed(__LINE__)
#define LWIP_NO_UNISTD_H        1
#define LWIP_NO_CTYPE_H         1

#endif
