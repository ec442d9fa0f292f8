/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of microvisor images, held against the format that the boot loader has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/boot/boot_image.h"
#include "proto/bundle/bundle_image.h"

_Static_assert(IMAGE_HEADER_BYTES == BOOT_IMAGE_HEADER_BYTES, "header");
_Static_assert(IMAGE_SIGNED_BYTES == BOOT_IMAGE_SIGNED_BYTES, "signed part");
_Static_assert(IMAGE_BODY_BYTES_MIN == BOOT_IMAGE_BODY_BYTES_MIN, "least body");

#define BODY_BYTES 1000u
#define FILE_BYTES (IMAGE_HEADER_BYTES + BODY_BYTES)

static struct boot_image_header header;
static struct bundle_image got;

static int set_up(void **state)
{
    (void)state;
    memset(&header, 0, sizeof(header));
    memset(&got, 0x5a, sizeof(got));
    header.magic = BOOT_IMAGE_MAGIC;
    header.format = BOOT_IMAGE_FORMAT;
    header.header_bytes = BOOT_IMAGE_HEADER_BYTES;
    header.body_bytes = BODY_BYTES;
    header.load_address = 0x10203040;
    header.number = 10203;
    header.ratchet = 7;
    for (unsigned i = 0; i < sizeof(header.signature); i++)
        header.signature[i] = (uint8_t)(i + 1);
    return 0;
}

static enum bundle_image_fault read_header(uint32_t file_bytes)
{
    return bundle_image_read((const uint8_t *)&header, file_bytes, &got);
}

static void test_what_the_boot_loader_writes_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_header(FILE_BYTES), IMAGE_OK);
    assert_int_equal(got.body_bytes, BODY_BYTES);
    assert_int_equal(got.load_address, 0x10203040);
    assert_int_equal(got.number, 10203);
    assert_int_equal(got.ratchet, 7);
    assert_memory_equal(got.signature, header.signature, 64);
}

static void refused(uint32_t file_bytes, enum bundle_image_fault fault)
{
    const struct bundle_image before = got;

    assert_int_equal(read_header(file_bytes), fault);
    assert_memory_equal(&got, &before, sizeof(got));
    (void)set_up(NULL);
}

static void test_others_are_refused(void **state)
{
    (void)state;
    refused(255, IMAGE_NOT_IMAGE);
    header.magic ^= 1;
    refused(FILE_BYTES, IMAGE_NOT_IMAGE);
    header.format = 2;
    refused(FILE_BYTES, IMAGE_FORMAT);
    header.header_bytes = 192;
    refused(FILE_BYTES, IMAGE_FORMAT);
    refused(FILE_BYTES - 1, IMAGE_SIZE);
    refused(FILE_BYTES + 1, IMAGE_SIZE);
    header.body_bytes = UINT32_MAX;
    refused(IMAGE_HEADER_BYTES - 1, IMAGE_NOT_IMAGE);
    header.body_bytes = UINT32_MAX - 255; /* a sum that overflows to nothing */
    refused(0, IMAGE_NOT_IMAGE);
    header.body_bytes = IMAGE_BODY_BYTES_MIN - 1;
    refused(IMAGE_HEADER_BYTES + IMAGE_BODY_BYTES_MIN - 1, IMAGE_SIZE);
    header.body_bytes = IMAGE_BODY_BYTES_MIN;
    assert_int_equal(read_header(IMAGE_HEADER_BYTES + IMAGE_BODY_BYTES_MIN), IMAGE_OK);
    header.body_bytes = MICROVISOR_IMAGE_MAX_BYTES - IMAGE_HEADER_BYTES;
    assert_int_equal(read_header(MICROVISOR_IMAGE_MAX_BYTES), IMAGE_OK);
    header.body_bytes++;
    refused(MICROVISOR_IMAGE_MAX_BYTES + 1, IMAGE_SIZE);
}

static void test_words(void **state)
{
    (void)state;
    assert_non_null(strstr(bundle_image_fault_text(IMAGE_SIZE), "520192"));
    assert_int_equal(MICROVISOR_IMAGE_MAX_BYTES, 520192);
    assert_int_equal(IMAGE_HEADER_BYTES + IMAGE_BODY_BYTES_MIN, 320);
    assert_string_equal(bundle_image_fault_text((enum bundle_image_fault)99), "unknown fault");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_the_boot_loader_writes_is_read, set_up),
        cmocka_unit_test_setup(test_others_are_refused, set_up),
        cmocka_unit_test_setup(test_words, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
