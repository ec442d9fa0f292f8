/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What mbedTLS stands on: a fixed arena instead of a heap, an HMAC_DRBG seeded by port_entropy, wall time.
 *
 * Invariants:
 *  - the library allocates from the arena only; when it is full the operation fails, nothing else does;
 *  - no random byte is given out before the generator was seeded with 48 bytes of port_entropy;
 *  - the generator reseeds itself every 10,000 requests (MBEDTLS_HMAC_DRBG_RESEED_INTERVAL).
 */
#include "ports/mbedtls/platform.h"

#include <mbedtls/hmac_drbg.h>
#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <stdbool.h>
#include <string.h>

#include "port/port_clock.h"
#include "port/port_entropy.h"

/* 24 KiB on the target: a full mutual handshake peaks below 12 KiB, the rest is for fragmentation. Blocks and
 * contexts grow with the pointer. */
#define ARENA_BYTES (6u * 1024u * sizeof(void *))

static union {
    uint64_t align;
    uint8_t bytes[ARENA_BYTES];
} arena;

static mbedtls_hmac_drbg_context drbg;
static bool arena_set;
static bool drbg_seeded;
static bool psa_started;

static struct {
    uint64_t unix_s;
    uint64_t at_us;
} wall;

static int entropy_source(void *context, unsigned char *out, size_t len)
{
    (void)context;
    return port_entropy_get(out, (uint32_t)len) == PORT_OK ? 0 : MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED;
}

static int drbg_start(void)
{
    static const unsigned char purpose[] = "outrigger device";
    const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);

    mbedtls_hmac_drbg_init(&drbg);
    if (mbedtls_hmac_drbg_seed(&drbg, sha256, entropy_source, NULL, purpose, sizeof purpose) != 0) {
        mbedtls_hmac_drbg_free(&drbg);
        return PORT_EIO;
    }
    drbg_seeded = true;
    return PORT_OK;
}

int mbed_ready(void)
{
    if (!arena_set) {
        mbedtls_memory_buffer_alloc_init(arena.bytes, sizeof arena.bytes);
        arena_set = true;
    }
    if (!drbg_seeded && drbg_start() != PORT_OK) {
        return PORT_EIO;
    }
    if (!psa_started) {
        if (psa_crypto_init() != PSA_SUCCESS) {
            return PORT_EIO;
        }
        psa_started = true;
    }
    return PORT_OK;
}

int mbed_random(void *context, unsigned char *out, size_t len)
{
    (void)context;
    while (len > 0) {
        size_t part = len < MBEDTLS_HMAC_DRBG_MAX_REQUEST ? len : MBEDTLS_HMAC_DRBG_MAX_REQUEST;
        int ret = mbedtls_hmac_drbg_random(&drbg, out, part);

        if (ret != 0) {
            return ret;
        }
        out += part;
        len -= part;
    }
    return 0;
}

/* PSA's source of random bytes (MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG). */
psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context, uint8_t *out,
                                             size_t size, size_t *length)
{
    *length = 0;
    if (!drbg_seeded || mbed_random(context, out, size) != 0) {
        return PSA_ERROR_INSUFFICIENT_ENTROPY;
    }
    *length = size;
    return PSA_SUCCESS;
}

psa_status_t mbed_pair_import(const uint8_t private_key[32], psa_key_usage_t usage, psa_algorithm_t algorithm,
                              psa_key_id_t *key)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, algorithm);
    return psa_import_key(&attributes, private_key, 32, key);
}

int mbed_key_import(const uint8_t private_key[32], psa_key_id_t *key)
{
    switch (mbed_pair_import(private_key, PSA_KEY_USAGE_SIGN_HASH, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH), key)) {
    case PSA_SUCCESS:
        return PORT_OK;
    case PSA_ERROR_INSUFFICIENT_MEMORY:
        return PORT_ENOSPC;
    default:
        return PORT_EINVAL;
    }
}

void mbed_time_set(uint64_t unix_s)
{
    wall.unix_s = unix_s;
    wall.at_us = port_clock_us();
}

int64_t mbed_time(int64_t *out)
{
    int64_t now = (int64_t)(wall.unix_s + (port_clock_us() - wall.at_us) / 1000000u);

    if (out != NULL) {
        *out = now;
    }
    return now;
}

mbedtls_ms_time_t mbedtls_ms_time(void)
{
    return (mbedtls_ms_time_t)(port_clock_us() / 1000u);
}

/* Civil date from days since 1970-01-01 in the proleptic Gregorian calendar: 400-year eras that begin on 1
 * March, so that the leap day comes last. Dates before 1970 do not occur. */
static void civil_from_days(uint32_t days, struct tm *out)
{
    uint32_t since_year_0 = days + 719468u;
    uint32_t era = since_year_0 / 146097u;
    uint32_t day_of_era = since_year_0 % 146097u;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460u + day_of_era / 36524u - day_of_era / 146096u) / 365u;
    uint32_t day_of_year = day_of_era - (365u * year_of_era + year_of_era / 4u - year_of_era / 100u);
    uint32_t month_from_march = (5u * day_of_year + 2u) / 153u;
    uint32_t month = month_from_march < 10u ? month_from_march + 3u : month_from_march - 9u;

    out->tm_mday = (int)(day_of_year - (153u * month_from_march + 2u) / 5u + 1u);
    out->tm_mon = (int)month - 1;
    out->tm_year = (int)(year_of_era + era * 400u + (month <= 2u ? 1u : 0u)) - 1900;
}

struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *unix_s, struct tm *out)
{
    uint64_t now = *unix_s > 0 ? (uint64_t)*unix_s : 0;
    uint32_t second_of_day = (uint32_t)(now % 86400u);

    memset(out, 0, sizeof *out);
    out->tm_hour = (int)(second_of_day / 3600u);
    out->tm_min = (int)(second_of_day / 60u % 60u);
    out->tm_sec = (int)(second_of_day % 60u);
    civil_from_days((uint32_t)(now / 86400u), out);
    return out;
}

/* The arena calls this when its own lists are damaged: memory was overwritten, nothing can be trusted any
 * more. */
void mbed_exit(int code)
{
    (void)code;
    __builtin_trap();
}
