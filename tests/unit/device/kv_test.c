/* SPDX-License-Identifier: Apache-2.0 */
/* The key/value store without power cuts (those are in tests/powercut): values, limits, wear, damage, failing flash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kv/kv.h"
#include "port/port_status.h"
#include "tests/unit/device/flash_fake.h"

static uint8_t value[KV_VALUE_MAX_BYTES + 1];

static int fresh(void **state)
{
    (void)state;
    flash_fake_reset(true);
    assert_int_equal(kv_mount(), 0);
    memset(value, 0xa5, sizeof(value));
    return 0;
}

static void values_come_back(void **state)
{
    uint8_t out[KV_VALUE_MAX_BYTES];

    (void)state;
    assert_int_equal(kv_get(KV_PROVISION, out, sizeof(out)), PORT_ENOENT);
    for (uint32_t length = 0; length <= KV_VALUE_MAX_BYTES; length += length < 40 ? 1 : 251) {
        assert_int_equal(kv_put(KV_PROVISION, value, length), 0);
        assert_int_equal(kv_get(KV_PROVISION, out, sizeof(out)), length);
        assert_memory_equal(out, value, length);
    }
    assert_int_equal(kv_get(KV_PROVISION, out, 3), PORT_ENOSPC);
    assert_int_equal(kv_put(KV_PROVISION, value, KV_VALUE_MAX_BYTES + 1), PORT_EINVAL);
    assert_int_equal(kv_put((enum kv_key)0, value, 1), PORT_EINVAL);
    assert_int_equal(kv_put((enum kv_key)KV_KEYS_MAX, value, 1), PORT_EINVAL);
    assert_int_equal(kv_delete(KV_PROVISION), 0);
    assert_int_equal(kv_mount(), 0);
    assert_int_equal(kv_get(KV_PROVISION, out, sizeof(out)), PORT_ENOENT);
}

static void an_equal_value_costs_no_flash(void **state)
{
    uint64_t before;

    (void)state;
    assert_int_equal(kv_put(KV_LOGGING, value, 100), 0);
    before = flash_fake_operations();
    assert_int_equal(kv_put(KV_LOGGING, value, 100), 0);
    assert_int_equal(kv_delete(KV_TIME_FLOOR), 0);
    assert_true(flash_fake_operations() == before);
}

static void wear_is_bounded(void **state)
{
    uint64_t before = flash_fake_operations();

    (void)state;
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(kv_put(KV_BOOT_COUNT, &i, sizeof(i)), 0);
    assert_true(flash_fake_operations() - before < 10000 + 3 * 11); /* one compaction per about 1,000 puts */
    assert_null(flash_fake_violation());
}

static void live_values_are_bounded(void **state)
{
    uint32_t stored = 0;

    (void)state;
    for (uint32_t key = 1; key < KV_KEYS_MAX; key++) {
        int status = kv_put((enum kv_key)key, value, KV_VALUE_MAX_BYTES);

        assert_true(status == 0 || status == PORT_ENOSPC);
        stored += status == 0;
    }
    assert_int_equal(stored, FLASH_FAKE_KV_BYTES / 2 / 4 * 3 / (KV_VALUE_MAX_BYTES + 16));
    for (uint32_t i = 0; i < 100; i++) { /* replacing still works */
        value[0] = (uint8_t)i;
        assert_int_equal(kv_put((enum kv_key)1, value, KV_VALUE_MAX_BYTES), 0);
    }
}

static void a_damaged_record_costs_only_what_follows(void **state)
{
    uint8_t out[32];

    (void)state;
    assert_int_equal(kv_put(KV_LOGGING, value, 20), 0);
    assert_int_equal(kv_put(KV_TIME_FLOOR, value, 20), 0);
    flash_fake_bytes(PORT_FLASH_KV)[16 + 48 + 20] ^= 1; /* in the second record */
    assert_int_equal(kv_mount(), 0);
    assert_int_equal(kv_get(KV_LOGGING, out, sizeof(out)), 20);
    assert_int_equal(kv_get(KV_TIME_FLOOR, out, sizeof(out)), PORT_ENOENT);
    assert_int_equal(kv_put(KV_TIME_FLOOR, value, 20), 0);
    assert_null(flash_fake_violation());
}

static void failing_flash_loses_nothing(void **state)
{
    uint8_t out[256];
    uint32_t length = 0;

    (void)state;
    assert_int_equal(kv_put(KV_TIME_FLOOR, value, 200), 0);
    for (uint32_t i = 1; i < 3000; i++) { /* compactions included */
        uint32_t wanted = 1 + i % 200;
        int status;

        flash_fake_fail(1 + i % 5);
        status = kv_put(KV_LOGGING, value, wanted);
        flash_fake_fail(0);
        if (status == 0)
            length = wanted;
        assert_int_equal(kv_get(KV_TIME_FLOOR, out, sizeof(out)), 200);
        if (length != 0)
            assert_int_equal(kv_get(KV_LOGGING, out, sizeof(out)), length);
    }
    assert_int_equal(kv_mount(), 0);
    assert_int_equal(kv_get(KV_LOGGING, out, sizeof(out)), length);
    assert_null(flash_fake_violation());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(values_come_back, fresh),
        cmocka_unit_test_setup(an_equal_value_costs_no_flash, fresh),
        cmocka_unit_test_setup(wear_is_bounded, fresh),
        cmocka_unit_test_setup(live_values_are_bounded, fresh),
        cmocka_unit_test_setup(a_damaged_record_costs_only_what_follows, fresh),
        cmocka_unit_test_setup(failing_flash_loses_nothing, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
