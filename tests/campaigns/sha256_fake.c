/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 for the campaigns from the machine's crypto library, which uses the processor's instructions: the campaigns measure
 * whole slots some million times. The digests are those of ports/mbedtls.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* the functions that need no allocation */
#include <openssl/sha.h>

#include "port/port_crypto.h"

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct port_sha256), "port_sha256 is too small");

static SHA256_CTX *context_of(struct port_sha256 *ctx)
{
    return (SHA256_CTX *)(void *)ctx->opaque;
}

void port_sha256_start(struct port_sha256 *ctx)
{
    SHA256_Init(context_of(ctx));
}

void port_sha256_update(struct port_sha256 *ctx, const void *data, uint32_t len)
{
    SHA256_Update(context_of(ctx), data, len);
}

void port_sha256_finish(struct port_sha256 *ctx, uint8_t digest[32])
{
    SHA256_Final(digest, context_of(ctx));
}
