/* SPDX-License-Identifier: Apache-2.0 */
/* Filters the default provider's algorithms (provider-base(7), OSSL_PROVIDER_add_builtin(3)). */
#include "gateway/gw_provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NAME        "outrigger-gateway"
#define ENTRIES_MAX 64 /* of one filtered operation; more is refused by filter(), never cut */

struct gw_provider {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *narrow;
};

/* What the narrow provider stands on. One per process, made once and kept: provider callbacks carry the default provider's
 * own context, so that they cannot find anything else. */
static struct {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *provider;
    OSSL_ALGORITHM keys[ENTRIES_MAX], decoders[ENTRIES_MAX];
} whole;

/* First of the names an algorithm is listed under ("EC:id-ecPublicKey:1.2.840.10045.2.1"). */
static bool named(const OSSL_ALGORITHM *a, const char *const *names)
{
    const size_t len = strcspn(a->algorithm_names, ":");

    for (; *names != NULL; names++)
        if (strlen(*names) == len && strncmp(a->algorithm_names, *names, len) == 0)
            return true;
    return false;
}

static bool filter(int operation, const char *const *names, OSSL_ALGORITHM out[ENTRIES_MAX])
{
    int no_cache = 0;
    unsigned n = 0;
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(whole.provider, operation, &no_cache);

    for (; all != NULL && all->algorithm_names != NULL; all++) {
        if (!named(all, names))
            continue;
        if (n == ENTRIES_MAX - 1)
            return false;
        out[n++] = *all;
    }
    return n > 0; /* the last entry stays all zero: the end */
}

static const OSSL_ALGORITHM *query_operation(void *provctx, int operation, int *no_cache)
{
    (void)provctx;
    *no_cache = 0;
    switch (operation) {
    case OSSL_OP_KEYMGMT:
        return whole.keys;
    case OSSL_OP_DECODER:
        return whole.decoders;
    default:
        return OSSL_PROVIDER_query_operation(whole.provider, operation, no_cache);
    }
}

static int get_capabilities(void *provctx, const char *capability, OSSL_CALLBACK *take, void *arg)
{
    (void)provctx;
    return OSSL_PROVIDER_get_capabilities(whole.provider, capability, take, arg);
}

static int narrow_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
                       void **provctx)
{
    static const OSSL_DISPATCH functions[] = {
        { OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query_operation },
        { OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities },
        { 0, NULL },
    };

    (void)handle;
    (void)in;
    *out = functions;
    *provctx = OSSL_PROVIDER_get0_provider_ctx(whole.provider);
    return 1;
}

static bool whole_ready(void)
{
    /* KDF and MAC keys are what TLS 1.3's key schedule uses; "DER" are the steps from PEM and PKCS#8 to a key. */
    static const char *const keys[] = { "EC", "X25519", "HKDF", "HMAC", NULL };
    static const char *const decoders[] = { "EC", "DER", NULL };

    if (whole.provider != NULL)
        return true;
    whole.context = OSSL_LIB_CTX_new();
    if (whole.context != NULL)
        whole.provider = OSSL_PROVIDER_load(whole.context, "default");
    if (whole.provider != NULL && filter(OSSL_OP_KEYMGMT, keys, whole.keys) &&
        filter(OSSL_OP_DECODER, decoders, whole.decoders))
        return true;
    if (whole.provider != NULL)
        (void)OSSL_PROVIDER_unload(whole.provider);
    OSSL_LIB_CTX_free(whole.context);
    memset(&whole, 0, sizeof whole);
    return false;
}

struct gw_provider *gw_provider_new(void)
{
    struct gw_provider *p = whole_ready() ? calloc(1, sizeof *p) : NULL;

    if (p == NULL)
        return NULL;
    p->context = OSSL_LIB_CTX_new();
    if (p->context != NULL && OSSL_PROVIDER_add_builtin(p->context, NAME, narrow_init) == 1)
        p->narrow = OSSL_PROVIDER_load(p->context, NAME);
    if (p->narrow != NULL)
        return p;
    gw_provider_free(p);
    return NULL;
}

void gw_provider_free(struct gw_provider *p)
{
    if (p == NULL)
        return;
    if (p->narrow != NULL)
        (void)OSSL_PROVIDER_unload(p->narrow);
    OSSL_LIB_CTX_free(p->context);
    free(p);
}

struct ossl_lib_ctx_st *gw_provider_context(const struct gw_provider *p)
{
    return p->context;
}
