/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring and loading the slot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/img/digest.h"
#include "core/img/slot.h"
#include "port/port_status.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/flash_fake.h"
#include "tests/unit/device/ns_fake.h"

#define BLOCKS (FLASH_FAKE_APP_BYTES / BLOCK_BYTES)

static struct block_expected list[BLOCKS];
static uint8_t *slot;

/* Blocks 0, 1 and 4 are used. */
static int fresh(void **state)
{
    (void)state;
    board_fake_reset(1);
    flash_fake_reset(true);
    ns_fake_reset();
    slot = flash_fake_bytes(PORT_FLASH_APP);
    memset(list, 0xff, sizeof(list));
    for (uint32_t block = 0; block < 5; block += block == 1 ? 3 : 1) {
        memset(slot + block * BLOCK_BYTES, (int)(block + 1), BLOCK_BYTES - 10);
        digest_bytes(slot + block * BLOCK_BYTES, BLOCK_BYTES, list[block].hash);
    }
    return 0;
}

static int expected_of(const void *context, uint32_t block, struct block_expected *out)
{
    (void)context;
    *out = list[block];
    return 0;
}

static int no_answer(const void *context, uint32_t block, struct block_expected *out)
{
    (void)out;
    (void)context;
    return block == 3 ? PORT_EIO : 0;
}

static void a_right_slot_is_loaded(void **state)
{
    (void)state;
    memset(ns_fake_code(), 0x55, FLASH_FAKE_APP_BYTES); /* left by the application before */
    assert_int_equal(slot_load(expected_of, NULL), 0);
    assert_memory_equal(ns_fake_code(), slot, FLASH_FAKE_APP_BYTES);
}

static void each_wrong_block_is_counted(void **state)
{
    (void)state;
    for (uint32_t block = 0; block < BLOCKS; block++) {
        slot[block * BLOCK_BYTES + 4095] ^= 0x80;
        assert_int_equal(slot_load(expected_of, NULL), 1);
        slot[block * BLOCK_BYTES + 4095] ^= 0x80;
    }
    slot[0] ^= 1;
    slot[15 * BLOCK_BYTES] = 0;
    assert_int_equal(slot_load(expected_of, NULL), 2);
}

static void a_block_that_cannot_be_read_is_a_wrong_one(void **state)
{
    (void)state;
    flash_fake_poison(PORT_FLASH_APP, BLOCK_BYTES + 512); /* of a used block */
    flash_fake_poison(PORT_FLASH_APP, 7 * BLOCK_BYTES);   /* of one that must be erased */
    assert_int_equal(slot_load(expected_of, NULL), 2);
}

static void an_unreadable_list_starts_nothing(void **state)
{
    (void)state;
    assert_int_equal(slot_load(no_answer, NULL), PORT_EIO);
}

static void the_hash_of_a_blank_block_is_known(void **state)
{
    uint8_t digest[SHA256_BYTES];

    (void)state;
    assert_int_equal(digest_flash(PORT_FLASH_APP, 8 * BLOCK_BYTES, BLOCK_BYTES, digest), 0);
    assert_true(block_hash_of_blank(digest));
    assert_false(block_hash_of_blank(list[0].hash));
    assert_true(block_expects_erased(&list[2]));
    assert_false(block_expects_erased(&list[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_right_slot_is_loaded, fresh),
        cmocka_unit_test_setup(each_wrong_block_is_counted, fresh),
        cmocka_unit_test_setup(a_block_that_cannot_be_read_is_a_wrong_one, fresh),
        cmocka_unit_test_setup(an_unreadable_list_starts_nothing, fresh),
        cmocka_unit_test_setup(the_hash_of_a_blank_block_is_known, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
