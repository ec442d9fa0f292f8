/* SPDX-License-Identifier: Apache-2.0 */
/* The ELF reader and the layout of ROM images, with files that are wrong in every field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "elf/elf.h"
#include "elf/image.h"
#include "elf_image_fake.h"
#include "proto/limits.h"

#define BASE 0x00200000u
#define LOAD 1u

static unsigned char file[ELF_FAKE_MAX_BYTES];
static struct fail fail;
static const struct image_base as_linked;

/* Text and initialised data with a gap between them, and zeroed memory that has no bytes in the file. */
static const struct elf_fake_segment good[] = {
    { LOAD, BASE + 0x20, 16, 16, 0x22 },
    { 6, 0, 0, 0, 0 },
    { LOAD, BASE, 16, 16, 0x11 },
    { LOAD, 0x28200000, 0, 64, 0 },
};

/* The parser gets a copy of exact size, so that reading behind its end is seen. */
static int parse_exact(const unsigned char *data, size_t len, struct elf *elf)
{
    unsigned char *copy = malloc(len ? len : 1);
    int status;

    memcpy(copy, data, len);
    status = elf_parse(copy, len, elf, &fail);
    for (size_t i = 0; status == CLI_OK && i < elf->segment_count; i++)
        assert_true(elf->segments[i].data >= copy &&
                    elf->segments[i].data + elf->segments[i].bytes <= copy + len);
    free(copy);
    return status;
}

static int make_image(const struct elf_fake_segment *segments, size_t count, struct image_base base,
                      struct image *image)
{
    size_t len = elf_fake_make(segments, count, file);

    return image_make(file, len, base, image, &fail);
}

static void segments_become_an_image_with_gaps_of_ones(void **state)
{
    struct image image;

    (void)state;
    assert_int_equal(make_image(good, 4, as_linked, &image), CLI_OK);
    assert_int_equal(image.len, 0x30);
    assert_int_equal(image.base, BASE);
    assert_int_equal(image.data[0], 0x11);
    assert_int_equal(image.data[15], 0x11);
    assert_int_equal(image.data[16], 0xff);
    assert_int_equal(image.data[0x1f], 0xff);
    assert_int_equal(image.data[0x20], 0x22);
    image_clear(&image);
}

static void images_of_the_original_board_are_known(void **state)
{
    struct elf_fake_segment at_stm32 = { LOAD, 0x08000010, 4, 4, 1 };
    struct elf_fake_segment elsewhere = { LOAD, 0x10000000, 4, 4, 1 };
    struct image_base wanted = { true, 0x10000000 };
    struct image image;

    (void)state;
    assert_int_equal(make_image(&at_stm32, 1, as_linked, &image), CLI_OK);
    assert_int_equal(image.base, 0x08000000);
    assert_int_equal(image.len, 0x14);
    image_clear(&image);
    assert_int_equal(make_image(&elsewhere, 1, as_linked, &image), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "--rom-base"));
    assert_int_equal(make_image(&elsewhere, 1, wanted, &image), CLI_OK);
    assert_int_equal(image.len, 4);
    image_clear(&image);
}

static void bytes_outside_the_flash_are_refused(void **state)
{
    struct elf_fake_segment pair[] = { { LOAD, BASE, 16, 16, 1 }, { LOAD, 0, 8, 8, 2 } };
    static const uint32_t outside[] = {
        BASE - 8, BASE - 1, BASE + APP_FLASH_BYTES - 7, BASE + APP_FLASH_BYTES - 8, 0x28200000, 0xfffffff0
    };
    struct image_base base = { true, BASE };
    struct image image;

    (void)state;
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        pair[1].address = outside[i];
        assert_int_equal(make_image(pair, 2, base, &image), CLI_FORMAT);
        assert_non_null(strstr(fail.text, "not inside the application flash"));
    }
    pair[1].address = BASE + APP_FLASH_BYTES - 9; /* all but the last byte may be used */
    assert_int_equal(make_image(pair, 2, base, &image), CLI_OK);
    assert_int_equal(image.len, APP_FLASH_BYTES - 1);
    image_clear(&image);
}

static void overlapping_segments_are_refused(void **state)
{
    struct elf_fake_segment pair[] = { { LOAD, BASE, 16, 16, 1 }, { LOAD, BASE + 15, 8, 8, 2 } };
    struct image image;

    (void)state;
    assert_int_equal(make_image(pair, 2, as_linked, &image), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "overlap"));
    pair[1].address = BASE + 16;
    assert_int_equal(make_image(pair, 2, as_linked, &image), CLI_OK);
    image_clear(&image);
}

static void wrong_headers_are_named(void **state)
{
    static const struct {
        size_t offset;
        unsigned bytes;
        uint32_t value;
        const char *words;
    } cases[] = {
        { 0, 1, 'x', "not an ELF" },
        { 4, 1, 2, "not 32-bit" },
        { 5, 1, 2, "not 32-bit" },
        { 6, 1, 0, "not 32-bit" },
        { 16, 2, 1, "of type 1" },
        { 18, 2, 62, "for machine 62" },
        { 28, 4, 0xfffffff0, "behind its end" },
        { 28, 4, 0x2000, "behind its end" },
        { 42, 2, 56, "have 56 bytes" },
        { 44, 2, 0, "no program headers" },
        { 44, 2, 65, "at most 64" },
        { 44, 2, 64, "behind its end" },
        { 52 + 4, 4, 0x2000, "behind the end" },
        { 52 + 4, 4, 0xffffffff, "behind the end" },
        { 52 + 16, 4, 0xffffffff, "behind the end" },
        { 52 + 12, 4, 0xfffffff8, "impossible size" },
        { 52 + 20, 4, 3, "impossible size" },
    };
    struct elf elf;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = elf_fake_make(good, 4, file);

        if (cases[i].bytes == 4)
            elf_fake_put32(file + cases[i].offset, cases[i].value);
        else if (cases[i].bytes == 2)
            elf_fake_put16(file + cases[i].offset, cases[i].value);
        else
            file[cases[i].offset] = (unsigned char)cases[i].value;
        assert_int_equal(parse_exact(file, len, &elf), CLI_FORMAT);
        assert_non_null(strstr(fail.text, cases[i].words));
    }
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    size_t len = elf_fake_make(good, 4, file);
    struct elf elf;

    (void)state;
    assert_int_equal(parse_exact(file, len, &elf), CLI_OK);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(parse_exact(file, cut, &elf), CLI_FORMAT);
}

static void nothing_to_load_is_refused(void **state)
{
    struct elf_fake_segment empty = { LOAD, BASE, 0, 64, 0 };
    size_t len = elf_fake_make(&empty, 1, file);
    struct elf elf;

    (void)state;
    assert_int_equal(parse_exact(file, len, &elf), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "no segment with bytes"));
}

static void raw_images_are_taken_as_they_are(void **state)
{
    static unsigned char raw[APP_FLASH_BYTES];
    struct image image;

    (void)state;
    assert_int_equal(image_make(raw, APP_FLASH_BYTES - 1, as_linked, &image, &fail), CLI_OK);
    assert_int_equal(image.len, APP_FLASH_BYTES - 1);
    assert_true(image_has_vectors(&image)); /* without an address nobody can tell */
    image_clear(&image);
    assert_int_equal(image_make(raw, APP_FLASH_BYTES, as_linked, &image, &fail), CLI_FORMAT);
    assert_int_equal(image_make(raw, 0, as_linked, &image, &fail), CLI_FORMAT);
}

static void the_reset_vector_is_judged(void **state)
{
    static const struct {
        uint32_t vector;
        bool good;
    } cases[] = {
        { BASE + 9, true }, { BASE + 8, false }, { BASE + 17, false }, { 0x28200001, false }, { 0, false }
    };
    struct elf_fake_segment one = { LOAD, BASE, 16, 16, 0 };
    struct image image;

    (void)state;
    assert_int_equal(make_image(&one, 1, as_linked, &image), CLI_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        elf_fake_put32(image.data + 4, cases[i].vector);
        assert_int_equal(image_has_vectors(&image), cases[i].good);
    }
    image_clear(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_become_an_image_with_gaps_of_ones),
        cmocka_unit_test(images_of_the_original_board_are_known),
        cmocka_unit_test(bytes_outside_the_flash_are_refused),
        cmocka_unit_test(overlapping_segments_are_refused),
        cmocka_unit_test(wrong_headers_are_named),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(nothing_to_load_is_refused),
        cmocka_unit_test(raw_images_are_taken_as_they_are),
        cmocka_unit_test(the_reset_vector_is_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
