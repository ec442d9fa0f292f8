/* SPDX-License-Identifier: Apache-2.0 */
/* boot0's judgement of image headers and vector tables: every field at its edges, and random headers. */
#include "core/boot/boot_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RATCHET_MIN 3u

static const struct port_boot_limits limits = {
    .load_address = 0x10010000u,
    .body_bytes_max = 0x28000u,
    .ram_start = 0x38000000u,
    .ram_end = 0x38020000u,
};

static struct boot_image_header good_header(void)
{
    return (struct boot_image_header){
        .magic = BOOT_IMAGE_MAGIC,
        .format = BOOT_IMAGE_FORMAT,
        .header_bytes = BOOT_IMAGE_HEADER_BYTES,
        .body_bytes = 0x1000,
        .load_address = 0x10010000u,
        .number = 100,
        .ratchet = 3,
    };
}

static void a_good_header_passes(void **state)
{
    struct boot_image_header header = good_header();

    (void)state;
    assert_int_equal(boot_image_header_check(&header, &limits, RATCHET_MIN), BOOT_IMAGE_OK);
    header.body_bytes = limits.body_bytes_max;
    assert_int_equal(boot_image_header_check(&header, &limits, RATCHET_MIN), BOOT_IMAGE_OK);
    header.body_bytes = BOOT_IMAGE_BODY_BYTES_MIN;
    header.ratchet = 4;
    assert_int_equal(boot_image_header_check(&header, &limits, RATCHET_MIN), BOOT_IMAGE_OK);
}

static void each_field_is_judged(void **state)
{
    static const struct {
        size_t offset;
        uint32_t value;
        enum boot_image_fault fault;
    } cases[] = {
        { offsetof(struct boot_image_header, magic), 0xFFFFFFFFu, BOOT_IMAGE_BLANK },
        { offsetof(struct boot_image_header, magic), 0, BOOT_IMAGE_NOT_IMAGE },
        { offsetof(struct boot_image_header, format), 2, BOOT_IMAGE_BAD_FORMAT },
        { offsetof(struct boot_image_header, header_bytes), 128, BOOT_IMAGE_BAD_FORMAT },
        { offsetof(struct boot_image_header, body_bytes), 0, BOOT_IMAGE_BAD_SIZE },
        { offsetof(struct boot_image_header, body_bytes), 63, BOOT_IMAGE_BAD_SIZE },
        { offsetof(struct boot_image_header, body_bytes), 0x28001u, BOOT_IMAGE_BAD_SIZE },
        { offsetof(struct boot_image_header, body_bytes), 0xFFFFFFFFu, BOOT_IMAGE_BAD_SIZE },
        { offsetof(struct boot_image_header, load_address), 0x10000000u, BOOT_IMAGE_BAD_ADDRESS },
        { offsetof(struct boot_image_header, load_address), 0x10010004u, BOOT_IMAGE_BAD_ADDRESS },
        { offsetof(struct boot_image_header, ratchet), 2, BOOT_IMAGE_OLD },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_image_header header = good_header();
        memcpy((uint8_t *)&header + cases[i].offset, &cases[i].value, sizeof(cases[i].value));
        assert_int_equal(boot_image_header_check(&header, &limits, RATCHET_MIN), cases[i].fault);
    }
}

static void what_passes_is_within_the_limits(void **state)
{
    (void)state;
    srandom(1);
    for (int round = 0; round < 100000; round++) {
        struct boot_image_header header = good_header();
        uint8_t *bytes = (uint8_t *)&header;
        for (int flips = 1 + (int)(random() % 3); flips > 0; flips--) {
            bytes[(size_t)random() % 28u] ^= (uint8_t)(1u << (random() % 8));
        }
        if (boot_image_header_check(&header, &limits, RATCHET_MIN) == BOOT_IMAGE_OK) {
            assert_int_equal(header.load_address, limits.load_address);
            assert_in_range(header.body_bytes, BOOT_IMAGE_BODY_BYTES_MIN, limits.body_bytes_max);
            assert_true(header.ratchet >= RATCHET_MIN);
        }
    }
}

static void vectors_must_point_into_image_and_ram(void **state)
{
    static const struct {
        uint32_t sp, pc;
        enum boot_image_fault fault;
    } cases[] = {
        { 0x38020000u, 0x10010201u, BOOT_IMAGE_OK },
        { 0x38000008u, 0x10010FFFu, BOOT_IMAGE_OK },
        { 0x38000000u, 0x10010201u, BOOT_IMAGE_BAD_VECTORS },
        { 0x38020008u, 0x10010201u, BOOT_IMAGE_BAD_VECTORS },
        { 0x38010004u, 0x10010201u, BOOT_IMAGE_BAD_VECTORS },
        { 0x28010000u, 0x10010201u, BOOT_IMAGE_BAD_VECTORS },
        { 0x38010000u, 0x10010200u, BOOT_IMAGE_BAD_VECTORS },
        { 0x38010000u, 0x10011001u, BOOT_IMAGE_BAD_VECTORS },
        { 0x38010000u, 0x1000FFFFu, BOOT_IMAGE_BAD_VECTORS },
        { 0xFFFFFFFFu, 0xFFFFFFFFu, BOOT_IMAGE_BAD_VECTORS },
    };
    struct boot_image_header header = good_header();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(boot_image_vectors_check(&header, cases[i].sp, cases[i].pc, &limits),
                         cases[i].fault);
    }
}

static void every_fault_has_its_own_words(void **state)
{
    (void)state;
    for (int a = BOOT_IMAGE_OK; a <= BOOT_IMAGE_NO_RATCHET; a++) {
        for (int b = a + 1; b <= BOOT_IMAGE_NO_RATCHET; b++) {
            assert_string_not_equal(boot_image_fault_text((enum boot_image_fault)a),
                                    boot_image_fault_text((enum boot_image_fault)b));
        }
    }
    assert_string_equal(boot_image_fault_text((enum boot_image_fault)99), "unknown fault");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_header_passes),
        cmocka_unit_test(each_field_is_judged),
        cmocka_unit_test(what_passes_is_within_the_limits),
        cmocka_unit_test(vectors_must_point_into_image_and_ram),
        cmocka_unit_test(every_fault_has_its_own_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
