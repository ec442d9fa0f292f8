/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: records, marks, plans, who owns the slot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/img/digest.h"
#include "core/ota/ota_record.h"
#include "port/port_status.h"
#include "tests/unit/device/flash_fake.h"

#define RECORD_BYTES                                                                                         \
    (7u * PORT_FLASH_SECTOR_BYTES) /* header, a chapter for the slot, one for external flash */

static int fresh(void **state)
{
    (void)state;
    flash_fake_reset(true);
    return 0;
}

static void write_record(uint32_t index, uint32_t generation)
{
    struct ota_record record = { .generation = generation,
                                 .manifest_bytes = 100,
                                 .app_sid = "KA0123456789abcdef0123456789abcdef" };
    uint8_t manifest[100];

    memset(manifest, 0x77, sizeof(manifest));
    memset(record.sha256, 0x42, SHA256_BYTES);
    assert_int_equal(ota_record_erase(index), 0);
    assert_int_equal(ota_record_write_manifest(index, manifest, sizeof(manifest)), 0);
    assert_int_equal(ota_record_commit(index, &record), 0);
}

static void a_record_comes_back(void **state)
{
    struct ota_record record;
    uint8_t manifest[MANIFEST_MAX_BYTES];

    (void)state;
    assert_int_equal(ota_record_read(1, &record), 0);
    assert_false(record.valid);
    write_record(1, 9);
    assert_int_equal(ota_record_read(1, &record), 0);
    assert_true(record.valid);
    assert_int_equal(record.generation, 9);
    assert_string_equal(record.app_sid, "KA0123456789abcdef0123456789abcdef");
    assert_int_equal(record.sha256[31], 0x42);
    assert_int_equal(ota_record_read_manifest(1, &record, manifest), 0);
    assert_int_equal(manifest[99], 0x77);
    assert_int_equal(ota_record_read(0, &record), 0);
    assert_false(record.valid);
    assert_int_equal(ota_record_discard(1), 0);
    assert_int_equal(ota_record_read(1, &record), 0);
    assert_false(record.valid);
}

static void each_flipped_bit_of_a_header_invalidates_it(void **state)
{
    struct ota_record record;

    (void)state;
    write_record(0, 1);
    for (uint32_t bit = 0; bit < 88 * 8; bit++) {
        flash_fake_bytes(PORT_FLASH_OTA)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(ota_record_read(0, &record), 0);
        assert_false(record.valid);
        flash_fake_bytes(PORT_FLASH_OTA)[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void marks_are_set_only_when_whole(void **state)
{
    struct ota_record record;

    (void)state;
    write_record(0, 1);
    flash_fake_bytes(PORT_FLASH_OTA)[3072] = 0; /* torn */
    assert_int_equal(ota_record_read(0, &record), 0);
    assert_false(record.installing);
    assert_int_equal(ota_record_mark(0, OTA_MARK_COMPLETE), 0);
    assert_int_equal(ota_record_read(0, &record), 0);
    assert_false(record.complete); /* never without INSTALLING */
    assert_int_equal(ota_record_mark(0, OTA_MARK_INSTALLING), 0);
    assert_int_equal(ota_record_mark(0, OTA_MARK_LISTED), 0);
    assert_int_equal(ota_record_read(0, &record), 0);
    assert_true(record.installing && record.complete && record.listed);
    assert_false(ota_record_block_done(0, 3));
    assert_int_equal(ota_record_mark_block(0, 3), 0);
    assert_true(ota_record_block_done(0, 3));
    assert_false(ota_record_block_done(0, 2));
    assert_false(ota_record_block_done(0, 4));
    assert_null(flash_fake_violation());
}

static void plans(void **state)
{
    uint8_t plan[OTA_BITMAP_BYTES], out[OTA_BITMAP_BYTES];

    (void)state;
    write_record(1, 1);
    assert_int_equal(ota_record_read_plan(1, out), PORT_ENOENT);
    memset(plan, 0, sizeof(plan));
    memset(plan, 0x5a, 64); /* of the two chapters that this board has */
    assert_int_equal(ota_record_write_plan(1, plan), 0);
    assert_int_equal(ota_record_read_plan(1, out), 0);
    assert_memory_equal(plan, out, sizeof(plan));
    flash_fake_bytes(PORT_FLASH_OTA)[RECORD_BYTES + 2048 + 7] = 0;
    assert_int_equal(ota_record_read_plan(1, out), PORT_EIO);
}

static void lists(void **state)
{
    struct block_expected entry;
    uint8_t hashes[2][SHA256_BYTES], digest[SHA256_BYTES], expected[SHA256_BYTES];

    (void)state;
    memset(hashes, 0x33, sizeof(hashes));
    assert_int_equal(ota_record_erase(0), 0);
    assert_int_equal(ota_record_write_hash(0, 255, hashes[0]), 0);
    assert_int_equal(ota_record_write_hash(0, 254, hashes[1]), 0);
    assert_int_equal(ota_record_read_hash(0, 255, &entry), 0);
    assert_memory_equal(entry.hash, hashes[0], SHA256_BYTES);
    assert_int_equal(ota_record_read_hash(0, 0, &entry), 0);
    assert_true(block_expects_erased(&entry));
    assert_int_equal(ota_record_list_digest(0, 254, 2, digest), 0);
    digest_bytes(hashes, sizeof(hashes), expected);
    assert_memory_equal(digest, expected, SHA256_BYTES);
}

static void chapters_of_external_flash(void **state)
{
    struct block_expected entry;
    uint8_t hashes[3][SHA256_BYTES], digest[SHA256_BYTES], expected[SHA256_BYTES];

    (void)state;
    memset(hashes, 0x44, sizeof(hashes));
    assert_int_equal(ota_record_chapters(), 2);
    assert_true(ota_record_fits());
    write_record(0, 1);
    assert_int_equal(ota_record_erase_chapter(0, 1), 0);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(ota_record_write_hash(0, BLOCKS_EXTERNAL - 1 + i, hashes[i]), 0);
    assert_int_equal(ota_record_list_digest(0, BLOCKS_EXTERNAL - 1, 3, digest), 0); /* across two chapters */
    digest_bytes(hashes, sizeof(hashes), expected);
    assert_memory_equal(digest, expected, SHA256_BYTES);
    assert_int_equal(ota_record_mark_block(0, BLOCKS_EXTERNAL), 0);
    assert_true(ota_record_block_done(0, BLOCKS_EXTERNAL));
    assert_false(ota_record_block_done(0, 0));
    assert_false(ota_record_block_done(0, BLOCKS_EXTERNAL + 1));
    write_record(1, 2); /* the other record is elsewhere */
    assert_int_equal(ota_record_read_hash(0, BLOCKS_EXTERNAL + 1, &entry), 0);
    assert_memory_equal(entry.hash, hashes[2], SHA256_BYTES);
    assert_int_equal(ota_record_erase(0), 0); /* without a layer there its chapter stays */
    assert_int_equal(ota_record_read_hash(0, BLOCKS_EXTERNAL + 1, &entry), 0);
    assert_memory_equal(entry.hash, hashes[2], SHA256_BYTES);
    assert_int_equal(ota_record_erase_chapter(0, 1), 0);
    assert_int_equal(ota_record_read_hash(0, BLOCKS_EXTERNAL + 1, &entry), 0);
    assert_true(block_expects_erased(&entry));
    assert_null(flash_fake_violation());
}

/* What another board, or an older microvisor, has left is not taken for a record. */
static void a_record_of_another_layout_is_none(void **state)
{
    struct ota_record record;

    (void)state;
    write_record(0, 1);
    flash_fake_resize(PORT_FLASH_EXTERNAL, 0);
    assert_int_equal(ota_record_chapters(), 1);
    assert_int_equal(ota_record_read(0, &record), 0);
    assert_false(record.valid);
    flash_fake_resize(PORT_FLASH_EXTERNAL, 0x200000);
    assert_false(ota_record_fits());
    flash_fake_resize(PORT_FLASH_EXTERNAL, FLASH_FAKE_EXTERNAL_BYTES);
    assert_int_equal(ota_record_read(0, &record), 0);
    assert_true(record.valid);
    flash_fake_bytes(PORT_FLASH_OTA)[3] = '1';
    assert_int_equal(ota_record_read(0, &record), 0);
    assert_false(record.valid);
}

static void the_newest_installing_record_owns_the_slot(void **state)
{
    struct ota_record records[OTA_RECORDS] = { { 0 } };

    (void)state;
    assert_int_equal(ota_record_owner(records), OTA_RECORD_NONE);
    assert_int_equal(ota_record_newest(records), OTA_RECORD_NONE);
    records[0] = (struct ota_record){ .valid = true, .installing = true, .complete = true, .generation = 3 };
    records[1] = (struct ota_record){ .valid = true, .generation = 4 };
    assert_int_equal(ota_record_owner(records), 0);
    assert_int_equal(ota_record_newest(records), 1);
    records[1].installing = true; /* half written: it owns the slot now, whatever record 0 says */
    assert_int_equal(ota_record_owner(records), 1);
    records[1].generation = 2;
    assert_int_equal(ota_record_owner(records), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_record_comes_back, fresh),
        cmocka_unit_test_setup(each_flipped_bit_of_a_header_invalidates_it, fresh),
        cmocka_unit_test_setup(marks_are_set_only_when_whole, fresh),
        cmocka_unit_test_setup(plans, fresh),
        cmocka_unit_test_setup(lists, fresh),
        cmocka_unit_test_setup(chapters_of_external_flash, fresh),
        cmocka_unit_test_setup(a_record_of_another_layout_is_none, fresh),
        cmocka_unit_test_setup(the_newest_installing_record_owns_the_slot, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
