/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 for the core: port_sha256 over mbedTLS, without allocation. */
#include "port/port_crypto.h"

#include <mbedtls/sha256.h>

_Static_assert(sizeof(mbedtls_sha256_context) <= sizeof(struct port_sha256), "port_sha256 is too small");
_Static_assert(_Alignof(mbedtls_sha256_context) <= _Alignof(struct port_sha256), "port_sha256 is misaligned");

static mbedtls_sha256_context *context_of(struct port_sha256 *ctx)
{
    return (mbedtls_sha256_context *)(void *)ctx->opaque;
}

/* The library's functions report errors for hardware that can fail; its own code, which is built here,
 * cannot. */
void port_sha256_start(struct port_sha256 *ctx)
{
    mbedtls_sha256_init(context_of(ctx));
    (void)mbedtls_sha256_starts(context_of(ctx), 0);
}

void port_sha256_update(struct port_sha256 *ctx, const void *data, uint32_t len)
{
    (void)mbedtls_sha256_update(context_of(ctx), data, len);
}

void port_sha256_finish(struct port_sha256 *ctx, uint8_t digest[32])
{
    (void)mbedtls_sha256_finish(context_of(ctx), digest);
    mbedtls_sha256_free(context_of(ctx));
}
