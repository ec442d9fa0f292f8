/* SPDX-License-Identifier: Apache-2.0 */
/* Filters the default provider's algorithms (provider-base(7), OSSL_PROVIDER_add_builtin(3)). */
#include "gateway/gw_provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME        "outrigger-gateway"
#define ENTRIES_MAX 8 /* of one operation; more is refused by filter(), never cut */

/* All that TLS 1.3 with this protocol's certificates needs, by the first of each algorithm's names. */
struct offer {
    int operation;
    const char *property; /* NULL: any */
    const char *names[ENTRIES_MAX];
};
static const struct offer offers[] = {
    { OSSL_OP_CIPHER,
      NULL,
      { "AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305", "AES-256-CTR", "AES-256-ECB" } },
    /* SHA-1 is OpenSSL's own name for a certificate it has read; nothing is signed with it. */
    { OSSL_OP_DIGEST, NULL, { "SHA2-256", "SHA2-384", "SHA1" } },
    { OSSL_OP_KDF, NULL, { "HKDF", "TLS13-KDF" } },
    { OSSL_OP_MAC, NULL, { "HMAC" } },
    { OSSL_OP_RAND, NULL, { "CTR-DRBG", "SEED-SRC" } },
    { OSSL_OP_KEYMGMT, NULL, { "EC", "X25519", "HKDF", "HMAC" } }, /* the last two: the key schedule's */
    { OSSL_OP_KEYEXCH, NULL, { "ECDH", "X25519", "HKDF" } },
    { OSSL_OP_SIGNATURE, NULL, { "ECDSA", "HMAC" } },
    { OSSL_OP_DECODER, "structure=SubjectPublicKeyInfo", { "EC" } },
};
#define OFFERS (sizeof offers / sizeof offers[0])

struct gw_provider {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *narrow;
};

/* What the narrow provider stands on. One per process, made once and kept: provider callbacks carry the default provider's
 * own context, so that they cannot find anything else. */
static struct {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *provider;
    OSSL_ALGORITHM offered[OFFERS][ENTRIES_MAX]; /* in the order of offers */
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

/* Properties are a list, "provider=default,input=der,structure=SubjectPublicKeyInfo". */
static bool has_property(const OSSL_ALGORITHM *a, const char *property)
{
    const char *at = property != NULL ? a->property_definition : NULL;
    const size_t len = at != NULL ? strlen(property) : 0;

    while (at != NULL && (strncmp(at, property, len) != 0 || (at[len] != ',' && at[len] != '\0'))) {
        at = strchr(at, ',');
        at = at != NULL ? at + 1 : NULL;
    }
    return property == NULL || at != NULL;
}

/* The algorithms of one offer; false when one is missing: better no gateway than one that fails at its first device. */
static bool filter(const struct offer *offer, OSSL_ALGORITHM out[ENTRIES_MAX])
{
    int no_cache = 0;
    unsigned n = 0, wanted = 0;
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(whole.provider, offer->operation, &no_cache);

    for (; all != NULL && all->algorithm_names != NULL; all++) {
        if (!named(all, offer->names) || !has_property(all, offer->property))
            continue;
        if (n == ENTRIES_MAX - 1)
            return false;
        out[n++] = *all;
    }
    while (offer->names[wanted] != NULL)
        wanted++;
    return n == wanted; /* the last entry stays all zero: the end */
}

static const OSSL_ALGORITHM *query_operation(void *provctx, int operation, int *no_cache)
{
    (void)provctx;
    *no_cache = 0;
    for (unsigned i = 0; i < OFFERS; i++)
        if (offers[i].operation == operation)
            return whole.offered[i];
    return NULL;
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
    bool ready;

    if (whole.provider != NULL)
        return true;
    whole.context = OSSL_LIB_CTX_new();
    if (whole.context != NULL)
        whole.provider = OSSL_PROVIDER_load(whole.context, "default");
    ready = whole.provider != NULL;
    for (unsigned i = 0; ready && i < OFFERS; i++)
        ready = filter(&offers[i], whole.offered[i]);
    if (ready)
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

/* Nobody is there to type a passphrase. */
static int no_passphrase(char *buf, int cap, int writing, void *context)
{
    (void)buf;
    (void)cap;
    (void)writing;
    (void)context;
    return -1;
}

struct evp_pkey_st *gw_provider_private_key(const char *path)
{
    FILE *f = whole_ready() ? fopen(path, "re") : NULL;
    EVP_PKEY *key =
        f != NULL ? PEM_read_PrivateKey_ex(f, NULL, no_passphrase, NULL, whole.context, NULL) : NULL;

    if (f != NULL)
        (void)fclose(f); /* was only read */
    if (key != NULL && EVP_PKEY_is_a(key, "EC") == 1)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

struct ossl_lib_ctx_st *gw_provider_context(const struct gw_provider *p)
{
    return p->context;
}
