/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by OpenSSL. The algorithm is fetched once per process, a fetch per hash costs more than a short
 * hash. */
#include "crypto/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

static EVP_MD *algorithm;
static pthread_once_t algorithm_once = PTHREAD_ONCE_INIT;

struct crypto_sha256_ctx {
    EVP_MD_CTX *md;
};

static void algorithm_fetch(void)
{
    algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (algorithm == NULL) {
        abort();
    }
}

static void must(int ok)
{
    if (ok != 1) {
        abort();
    }
}

void crypto_sha256(const void *data, size_t len, unsigned char out[32])
{
    must(pthread_once(&algorithm_once, algorithm_fetch) == 0);
    must(EVP_Digest(data, len, out, NULL, algorithm, NULL));
}

struct crypto_sha256_ctx *crypto_sha256_new(void)
{
    must(pthread_once(&algorithm_once, algorithm_fetch) == 0);
    struct crypto_sha256_ctx *ctx = calloc(1, sizeof(*ctx));
    must(ctx != NULL);
    ctx->md = EVP_MD_CTX_new();
    must(ctx->md != NULL);
    must(EVP_DigestInit_ex(ctx->md, algorithm, NULL));
    return ctx;
}

void crypto_sha256_free(struct crypto_sha256_ctx *ctx)
{
    if (ctx != NULL) {
        EVP_MD_CTX_free(ctx->md);
        free(ctx);
    }
}

void crypto_sha256_add(struct crypto_sha256_ctx *ctx, const void *data, size_t len)
{
    must(EVP_DigestUpdate(ctx->md, data, len));
}

void crypto_sha256_end(struct crypto_sha256_ctx *ctx, unsigned char out[32])
{
    must(EVP_DigestFinal_ex(ctx->md, out, NULL));
    must(EVP_DigestInit_ex(ctx->md, algorithm, NULL));
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
