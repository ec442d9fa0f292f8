/* SPDX-License-Identifier: Apache-2.0 */
/* Integers, CRC, fills and text lines of the core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/base/line.h"
#include "tests/unit/device/board_fake.h"

static void integers_are_little_endian(void **state)
{
    uint8_t raw[9];

    (void)state;
    bytes_put_u64(raw + 1, 0x0102030405060708ull);
    assert_int_equal(raw[1], 8);
    assert_int_equal(raw[8], 1);
    assert_true(bytes_get_u64(raw + 1) == 0x0102030405060708ull);
    assert_int_equal(bytes_get_u32(raw + 1), 0x05060708);
    assert_int_equal(bytes_get_u16(raw + 1), 0x0708);
}

static void fills_are_found_at_any_place(void **state)
{
    _Alignas(4) uint8_t raw[40];

    (void)state;
    for (uint32_t start = 0; start < 5; start++) {
        for (uint32_t wrong = start; wrong < 37; wrong++) {
            memset(raw, 0xff, sizeof(raw));
            assert_true(bytes_are(raw + start, 37 - start, 0xff));
            raw[wrong] = 0xfe;
            assert_false(bytes_are(raw + start, 37 - start, 0xff));
        }
    }
    assert_true(bytes_are(raw, 0, 1));
}

static void crc_is_that_of_ieee(void **state)
{
    (void)state;
    assert_int_equal(crc_update(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(crc_update(crc_update(0, "1234", 4), "56789", 5), 0xcbf43926);
}

static void hexadecimal_and_rounding(void **state)
{
    char text[9];

    (void)state;
    bytes_hex((const uint8_t *)"\x00\x9a\xff\x10", 4, text);
    assert_string_equal(text, "009aff10");
    assert_int_equal(bytes_round_up(0, 16), 0);
    assert_int_equal(bytes_round_up(17, 16), 32);
}

static void lines_are_built_and_cut(void **state)
{
    static const uint8_t hash[32] = { 0xab };
    struct line line;

    (void)state;
    board_fake_reset(1);
    line_start(&line, "update failed");
    line_key_text(&line, "app", "KA1");
    line_key_number(&line, "error", 12);
    line_key_hex(&line, "pc", 0x1234);
    line_print(&line);
    assert_string_equal(board_fake_console(), "update failed app=KA1 error=12 pc=0x00001234\n");
    line_start(&line, "");
    line_number(&line, UINT64_MAX);
    assert_string_equal(line.text, "18446744073709551615");
    for (int i = 0; i < 10; i++)
        line_key_bytes(&line, "hash", hash, sizeof(hash));
    assert_int_equal(line.length, LINE_CHARS);
    assert_int_equal(strlen(line.text), LINE_CHARS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian), cmocka_unit_test(fills_are_found_at_any_place),
        cmocka_unit_test(crc_is_that_of_ieee),        cmocka_unit_test(hexadecimal_and_rounding),
        cmocka_unit_test(lines_are_built_and_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
