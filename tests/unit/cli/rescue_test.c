/* SPDX-License-Identifier: Apache-2.0 */
/* The recovery conversation of the tool: state machine, checks of the image (R1 to R3 of cli/recover/rescue.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "recover/rescue.h"

#define LEN 500u

static unsigned char image[LEN];
static struct rescue rescue;

static int setup(void **state)
{
    (void)state;
    memset(image, 0x5a, sizeof(image));
    memcpy(image, "OTRB", 4);
    image[12] = (LEN - 256) & 255;
    image[13] = (LEN - 256) >> 8;
    image[14] = image[15] = 0;
    rescue_init(&rescue, image, LEN);
    return 0;
}

/* A line of the device, with its checksum. */
static bool take(const char *line)
{
    char sealed[512];
    uint32_t crc = 0xffffffffu;

    for (const char *c = line; *c; c++) {
        crc ^= (unsigned char)*c;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    (void)snprintf(sealed, sizeof(sealed), "%s %08x", line, ~crc);
    return rescue_take(&rescue, sealed);
}

static void reach_sending(void)
{
    assert_true(take("OTR1 STATE board boot0 recovery 164096"));
    assert_true(take("OTR1 HAVE 0 500"));
    assert_int_equal(rescue.state, RESCUE_SENDING);
}

static void reach_installing(void)
{
    reach_sending();
    assert_true(take("OTR1 HAVE 192 500"));
    assert_true(take("OTR1 HAVE 384 500"));
    assert_true(take("OTR1 HAVE 500 500"));
    assert_int_equal(rescue.state, RESCUE_INSTALLING);
}

static void an_image_is_sent_piece_by_piece(void **state)
{
    (void)state;
    assert_string_equal(rescue.line, "\nOTR1 HELLO\n");
    assert_true(take("OTR1 STATE board boot0 recovery 164096"));
    assert_string_equal(rescue.board, "board");
    assert_string_equal(rescue.line, "OTR1 IMAGE 500 a2ca4be2\n");
    assert_true(take("OTR1 HAVE 0 500"));
    assert_memory_equal(rescue.line, "OTR1 DATA 0 T1RSQl", 18);
    assert_int_equal(strlen(rescue.line), 12 + 256 + 9 + 1);
    assert_true(take("OTR1 HAVE 192 500"));
    assert_memory_equal(rescue.line, "OTR1 DATA 192 ", 14);
    assert_true(take("OTR1 HAVE 384 500"));
    assert_int_equal(strlen(rescue.line), 14 + 156 + 9 + 1);
    assert_true(take("OTR1 HAVE 500 500"));
    assert_memory_equal(rescue.line, "OTR1 INSTALL ", 13);
    assert_true(take("OTR1 OK 7"));
    assert_int_equal(rescue.state, RESCUE_DONE);
    assert_string_equal(rescue.line, "");
    assert_false(take("OTR1 ERR flash late"));
}

/* R2: what the device has decides, in any order. */
static void the_last_have_decides(void **state)
{
    (void)state;
    reach_sending();
    assert_true(take("OTR1 HAVE 192 500"));
    assert_false(take("OTR1 HAVE 192 500")); /* an answer to a reminder */
    assert_true(take("OTR1 HAVE 384 500"));
    assert_true(take("OTR1 HAVE 192 500"));
    assert_memory_equal(rescue.line, "OTR1 DATA 192 ", 14);
    assert_false(take("OTR1 HAVE 501 500"));
    assert_false(take("OTR1 HAVE 384 501"));
    assert_false(take("OTR1 HAVE -1 500"));
    assert_false(take("OTR1 HAVE"));
    assert_true(take("OTR1 HAVE 500 500"));
    assert_true(take("OTR1 HAVE 384 500")); /* that was an altered one */
    assert_int_equal(rescue.state, RESCUE_SENDING);
}

static void a_device_that_starts_over_is_followed_a_while(void **state)
{
    (void)state;
    reach_sending();
    assert_true(take("OTR1 STATE board boot0 recovery 164096"));
    assert_int_equal(rescue.state, RESCUE_ANNOUNCING);
    assert_false(take("OTR1 STATE board boot0 recovery 164096"));
    assert_true(take("OTR1 HAVE 0 500"));
    assert_true(take("OTR1 HAVE 0 0"));
    assert_int_equal(rescue.state, RESCUE_ANNOUNCING);
    for (unsigned i = 2; i < RESCUE_RESTARTS_MAX; i++) {
        assert_true(take("OTR1 HAVE 0 500"));
        assert_true(take("OTR1 HAVE 500 500"));
        assert_true(take("OTR1 ERR incomplete the image is not there yet"));
        assert_int_equal(rescue.state, RESCUE_ANNOUNCING);
    }
    assert_true(take("OTR1 HAVE 0 500"));
    assert_true(take("OTR1 HAVE 0 0"));
    assert_int_equal(rescue.state, RESCUE_FAILED); /* R3 */
}

/* R1 */
static void a_lost_ok_is_made_good_by_what_starts(void **state)
{
    static const char *const lines[] = { "boot started slot=a role=confirmed image_number=7",
                                         "OTR1 STATE board 0.1.0 blank",
                                         "OTR1 STATE board 0.1.0 provisioned UV00" };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        setup(NULL);
        reach_installing();
        assert_true(rescue_take(&rescue, lines[i]));
        assert_int_equal(rescue.state, RESCUE_DONE);
        setup(NULL);
        reach_sending();
        assert_true(rescue_take(&rescue, lines[i]));
        assert_int_equal(rescue.state, RESCUE_FAILED);
        assert_non_null(strstr(rescue.fail.text, "not in recovery"));
    }
    setup(NULL);
    assert_false(rescue_take(&rescue, lines[0])); /* of before we came */
    assert_true(rescue_take(&rescue, lines[1]));
    assert_int_equal(rescue.state, RESCUE_FAILED);
}

static void refusals_are_told(void **state)
{
    (void)state;
    assert_false(take("OTR1 ERR signature of before"));
    reach_installing();
    assert_false(take("OTR1 ERR unknown noise"));
    assert_true(take("OTR1 ERR signature signature is wrong\033[2J"));
    assert_int_equal(rescue.state, RESCUE_FAILED);
    assert_string_equal(rescue.fail.text, "the device refused the image: signature signature is wrong?[2J");
    setup(NULL);
    assert_true(take("OTR1 STATE board boot0 recovery 499"));
    assert_int_equal(rescue.state, RESCUE_FAILED);
    assert_non_null(strstr(rescue.fail.text, "takes at most 499"));
}

static void what_is_no_message_changes_nothing(void **state)
{
    static const char *const noise[] = { "",
                                         "OTR1",
                                         "OTR1 ",
                                         "OTR1 STATE",
                                         "OTR1 STATE a b",
                                         "OTR1 STATE a b recovery",
                                         "OTR1 STATE a b recovery x",
                                         "OTR1 STATE a b else 5",
                                         "OTR1 OK 7",
                                         "OTR1 HAVE 0 500",
                                         "boot recovery",
                                         "OTR2 STATE a b recovery 9" };

    (void)state;
    for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++) {
        assert_false(rescue_take(&rescue, noise[i]));
        assert_false(take(noise[i]));
        assert_int_equal(rescue.state, RESCUE_ASKING);
    }
}

/* Every single altered character is noticed. */
static void noise_changes_nothing(void **state)
{
    static const char good[] = "OTR1 HAVE 192 500 98a6d0a4";

    (void)state;
    reach_sending();
    for (size_t at = 0; at < strlen(good); at++)
        for (int bit = 0; bit < 8; bit++) {
            char altered[sizeof(good)];

            memcpy(altered, good, sizeof(good));
            altered[at] = (char)(altered[at] ^ 1 << bit);
            assert_false(rescue_take(&rescue, altered));
        }
    assert_true(rescue_take(&rescue, good));
    assert_int_equal(rescue.have, 192);
}

static void files_that_are_no_images_are_told_apart(void **state)
{
    struct fail fail;

    (void)state;
    assert_int_equal(rescue_check_image(image, LEN, &fail), CLI_OK);
    assert_int_equal(rescue_check_image(image, LEN - 1, &fail), CLI_FORMAT);
    assert_string_equal(fail.text, "the image has 499 bytes, but its header says 500: was it cut?");
    assert_int_equal(rescue_check_image(image, 255, &fail), CLI_FORMAT);
    assert_int_equal(rescue_check_image(image, 0, &fail), CLI_FORMAT);
    assert_int_equal(rescue_check_image((const unsigned char *)"PK\3\4", 4, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "bundle"));
    memset(image + 12, 0xff, 4);
    assert_int_equal(rescue_check_image(image, LEN, &fail), CLI_FORMAT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(an_image_is_sent_piece_by_piece),
        TEST(the_last_have_decides),
        TEST(a_device_that_starts_over_is_followed_a_while),
        TEST(a_lost_ok_is_made_good_by_what_starts),
        TEST(refusals_are_told),
        TEST(what_is_no_message_changes_nothing),
        TEST(noise_changes_nothing),
        TEST(files_that_are_no_images_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
