/* SPDX-License-Identifier: Apache-2.0 */
/* Factory data in the key/value store; factory.h has the format and the invariants. */
#include "core/factory/factory.h"

#include <string.h>

#include "core/kv/kv.h"
#include "port/port_status.h"

#define TEST_RECORD_BYTES (1u + SHA256_BYTES)

static bool points_valid(const uint8_t points[][P256_POINT_BYTES], uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (points[i][0] != 0x04)
            return false;
    return count > 0 && count <= FACTORY_SIGNERS_MAX;
}

uint32_t factory_signers_load(uint8_t points[FACTORY_SIGNERS_MAX][P256_POINT_BYTES])
{
    int length = kv_get(KV_FACTORY_SIGNERS, points, FACTORY_SIGNERS_MAX * P256_POINT_BYTES);
    uint32_t count = length > 0 ? (uint32_t)length / P256_POINT_BYTES : 0;

    if (length <= 0 || (uint32_t)length % P256_POINT_BYTES != 0)
        return 0;
    return points_valid((const uint8_t(*)[P256_POINT_BYTES])points, count) ? count : 0;
}

int factory_signers_store(const uint8_t points[][P256_POINT_BYTES], uint32_t count)
{
    if (!points_valid(points, count))
        return PORT_EINVAL;
    return kv_put(KV_FACTORY_SIGNERS, points, count * P256_POINT_BYTES);
}

void factory_test_load(struct factory_test *out)
{
    uint8_t raw[TEST_RECORD_BYTES];

    memset(out, 0, sizeof(*out));
    if (kv_get(KV_FACTORY_TEST, raw, sizeof(raw)) != (int)sizeof(raw) ||
        (raw[0] != FACTORY_TEST_PENDING && raw[0] != FACTORY_TEST_PASSED))
        return;
    out->state = (enum factory_test_state)raw[0];
    memcpy(out->manifest_sha256, raw + 1, SHA256_BYTES);
}

int factory_test_store(const struct factory_test *test)
{
    uint8_t raw[TEST_RECORD_BYTES];

    if (test->state == FACTORY_TEST_NONE)
        return kv_delete(KV_FACTORY_TEST);
    raw[0] = (uint8_t)test->state;
    memcpy(raw + 1, test->manifest_sha256, SHA256_BYTES);
    return kv_put(KV_FACTORY_TEST, raw, sizeof(raw));
}

bool factory_test_is(const struct factory_test *test, enum factory_test_state state,
                     const uint8_t manifest_sha256[SHA256_BYTES])
{
    return test->state == state && memcmp(test->manifest_sha256, manifest_sha256, SHA256_BYTES) == 0;
}
