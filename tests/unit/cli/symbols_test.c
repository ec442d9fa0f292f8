/* SPDX-License-Identifier: Apache-2.0 */
/* Functions by address from symbol tables, right ones and wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "elf/symbols.h"
#include "elf_image_fake.h"

#define FUNC   2
#define OBJECT 1

static unsigned char file[2 * ELF_FAKE_MAX_BYTES];
static size_t file_len, table_at, names_at, headers_at;
static struct symbols symbols;
static struct symbol found;
static struct fail fail;

static void put_symbol(uint32_t name, uint32_t value, uint32_t size, unsigned char type)
{
    unsigned char *at = file + file_len;

    memset(at, 0, 16);
    elf_fake_put32(at, name);
    elf_fake_put32(at + 4, value);
    elf_fake_put32(at + 8, size);
    at[12] = type;
    file_len += 16;
}

static void put_section(uint32_t type, size_t offset, size_t size, uint32_t link)
{
    unsigned char *at = file + file_len;

    memset(at, 0, 40);
    elf_fake_put32(at + 4, type);
    elf_fake_put32(at + 16, (uint32_t)offset);
    elf_fake_put32(at + 20, (uint32_t)size);
    elf_fake_put32(at + 24, link);
    file_len += 40;
}

/* A file with main at 0x200101, 20 bytes; an object at the same place; reset at 0x200200 with a name out of bounds. */
static int new_file(void **state)
{
    const struct elf_fake_segment segment = { 1, 0x00200000, 64, 64, 0x11 };
    static const char names[] = "\0main\0object";

    (void)state;
    memset(file, 0, sizeof(file));
    file_len = elf_fake_make(&segment, 1, file);
    names_at = file_len;
    memcpy(file + names_at, names, sizeof(names));
    file_len += sizeof(names);
    table_at = file_len;
    put_symbol(0, 0, 0, 0);
    put_symbol(6, 0x00200100, 20, OBJECT);
    put_symbol(1, 0x00200101, 20, FUNC);
    put_symbol(4000, 0x00200201, 20, FUNC);
    headers_at = file_len;
    put_section(0, 0, 0, 0);
    put_section(2, table_at, 4 * 16, 2);
    put_section(3, names_at, sizeof(names), 0);
    elf_fake_put32(file + 32, (uint32_t)headers_at);
    elf_fake_put16(file + 46, 40);
    elf_fake_put16(file + 48, 3);
    return 0;
}

static void an_address_is_found_in_its_function(void **state)
{
    (void)state;
    assert_int_equal(symbols_open(file, file_len, &symbols, &fail), CLI_OK);
    for (uint32_t address = 0x00200100; address < 0x00200114; address++) {
        assert_true(symbols_find(&symbols, address, &found));
        assert_string_equal(found.name, "main");
        assert_int_equal(found.address, 0x00200100);
    }
    assert_false(symbols_find(&symbols, 0x002000ff, &found));
    assert_false(symbols_find(&symbols, 0x00200114, &found));
}

static void a_name_that_does_not_end_is_none(void **state)
{
    (void)state;
    assert_int_equal(symbols_open(file, file_len, &symbols, &fail), CLI_OK);
    assert_false(symbols_find(&symbols, 0x00200200, &found));
    elf_fake_put32(file + table_at + 2 * 16, 10); /* the last name, its NUL cut off below */
    elf_fake_put32(file + headers_at + 2 * 40 + 20, 12);
    assert_int_equal(symbols_open(file, file_len, &symbols, &fail), CLI_OK);
    assert_false(symbols_find(&symbols, 0x00200100, &found));
}

static void a_stripped_file_has_no_functions(void **state)
{
    (void)state;
    elf_fake_put32(file + headers_at + 40 + 4, 1);
    assert_int_equal(symbols_open(file, file_len, &symbols, &fail), CLI_OK);
    assert_false(symbols_find(&symbols, 0x00200100, &found));
    elf_fake_put16(file + 48, 0);
    assert_int_equal(symbols_open(file, file_len, &symbols, &fail), CLI_OK);
    assert_false(symbols_find(&symbols, 0x00200100, &found));
}

static void tables_behind_the_end_are_refused(void **state)
{
    const size_t places[4] = { 32 /* e_shoff */, headers_at + 40 + 16, headers_at + 40 + 20,
                               headers_at + 80 + 16 };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        new_file(state);
        elf_fake_put32(file + places[i], i % 2 == 0 ? (uint32_t)file_len : UINT32_MAX - 3);
        assert_int_equal(symbols_open(file, file_len, &symbols, &fail), CLI_FORMAT);
        assert_non_null(strstr(fail.text, "cut off"));
    }
    new_file(state);
    elf_fake_put32(file + headers_at + 40 + 24, 3); /* names in a section that is not there */
    assert_int_equal(symbols_open(file, file_len, &symbols, &fail), CLI_FORMAT);
    assert_int_equal(symbols_open((const unsigned char *)"text", 4, &symbols, &fail), CLI_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_address_is_found_in_its_function, new_file),
        cmocka_unit_test_setup(a_name_that_does_not_end_is_none, new_file),
        cmocka_unit_test_setup(a_stripped_file_has_no_functions, new_file),
        cmocka_unit_test_setup(tables_behind_the_end_are_refused, new_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
