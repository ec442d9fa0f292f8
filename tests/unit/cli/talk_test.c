/* SPDX-License-Identifier: Apache-2.0 */
/* The provisioning conversation: state machine, line assembler. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "prov/talk.h"
#include "serial/lines.h"

#define SID   "UV00112233445566778899aabbccddeeff"
#define OTHER "UVffeeddccbbaa99887766554433221100"

static struct talk talk;

static void reach_setting(void)
{
    talk_init(&talk);
    assert_true(talk_take(&talk, "OTR1 STATE mps2_an505 0.1.0 blank"));
    assert_true(talk_take(&talk, "OTR1 CSR Zm9v"));
    talk_certified(&talk, SID, (const unsigned char *)"bar", 3);
    assert_int_equal(talk.state, TALK_SETTING);
}

static void a_blank_device_is_provisioned(void **state)
{
    (void)state;
    talk_init(&talk);
    assert_string_equal(talk_line(&talk), "\nOTR1 HELLO\n");
    assert_false(talk_take(&talk, "boot0 version=1"));
    assert_true(talk_take(&talk, "OTR1 STATE mps2_an505 0.1.0 blank"));
    assert_int_equal(talk.state, TALK_KEYING);
    assert_string_equal(talk.board, "mps2_an505");
    assert_string_equal(talk.version, "0.1.0");
    assert_string_equal(talk_line(&talk), "OTR1 KEYGEN\n");
    assert_true(talk_take(&talk, "OTR1 CSR Zm9v"));
    assert_int_equal(talk.state, TALK_CERTIFYING);
    assert_int_equal(talk.csr_len, 3);
    assert_memory_equal(talk.csr, "foo", 3);
    talk_certified(&talk, SID, (const unsigned char *)"bar", 3);
    assert_string_equal(talk_line(&talk), "OTR1 SET YmFy\n");
    assert_true(talk_take(&talk, "OTR1 OK " SID));
    assert_int_equal(talk.state, TALK_DONE);
}

static void a_provisioned_device_is_left_alone(void **state)
{
    (void)state;
    talk_init(&talk);
    assert_true(talk_take(&talk, "OTR1 STATE mps2_an505 0.1.0 provisioned " OTHER));
    assert_int_equal(talk.state, TALK_LOCKED);
    assert_string_equal(talk.sid, OTHER);
}

/* T2: the device was reset after it had stored everything but before its OK arrived. */
static void a_lost_ok_is_made_good_by_the_state(void **state)
{
    (void)state;
    reach_setting();
    assert_string_equal(talk_reminder(&talk), "OTR1 HELLO\n");
    assert_true(talk_take(&talk, "OTR1 STATE mps2_an505 0.1.0 provisioned " SID));
    assert_int_equal(talk.state, TALK_DONE);
    reach_setting();
    assert_true(talk_take(&talk, "OTR1 STATE mps2_an505 0.1.0 provisioned " OTHER));
    assert_int_equal(talk.state, TALK_LOCKED);
}

/* T3: the device was reset before it had stored anything. */
static void set_is_repeated_only_to_a_blank_device(void **state)
{
    (void)state;
    reach_setting();
    assert_false(talk.must_set_again);
    assert_true(talk_take(&talk, "OTR1 STATE mps2_an505 0.1.0 blank"));
    assert_true(talk.must_set_again);
    assert_int_equal(talk.state, TALK_SETTING);
    assert_string_equal(talk_line(&talk), "OTR1 SET YmFy\n");
}

static void refusals_are_told(void **state)
{
    (void)state;
    reach_setting();
    assert_true(talk_take(&talk, "OTR1 ERR certificate not for this key\033[2J"));
    assert_int_equal(talk.state, TALK_FAILED);
    assert_string_equal(talk.fail.text, "the device refused: certificate not for this key?[2J");
    reach_setting();
    assert_true(talk_take(&talk, "OTR1 OK " OTHER));
    assert_int_equal(talk.state, TALK_FAILED);
}

static void a_device_in_recovery_needs_another_command(void **state)
{
    (void)state;
    talk_init(&talk);
    assert_true(talk_take(&talk, "OTR1 STATE mps2_an505 boot0 recovery 164096"));
    assert_int_equal(talk.state, TALK_FAILED);
    assert_non_null(strstr(talk.fail.text, "outrigger recover"));
}

static void an_error_before_the_first_answer_is_somebody_elses(void **state)
{
    (void)state;
    talk_init(&talk);
    assert_true(talk_take(&talk, "OTR1 ERR unknown half a line of before"));
    assert_int_equal(talk.state, TALK_ASKING);
}

static void messages_that_are_wrong_or_late_change_nothing(void **state)
{
    static const char *const noise[] = {
        "OTR1 STATE",
        "OTR1 STATE board",
        "OTR1 STATE board version",
        "OTR1 STATE board version else",
        "OTR1 STATE board version provisioned",
        "OTR1 STATE board version provisioned UVshort",
        "OTR1 STATE board version provisioned KA00112233445566778899aabbccddeeff",
        "OTR1 STATE a_board_with_a_name_that_is_too_long 0.1.0 blank",
        "OTR1 CSR Zm9v",
        "OTR1 OK " SID,
        "OTR1 ERR flash x",
        "OTR1 ",
        "OTR1",
        "OTR2 STATE b v blank",
        "OTR1 HELLO",
        ""
    };

    (void)state;
    talk_init(&talk);
    for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++) {
        (void)talk_take(&talk, noise[i]);
        assert_int_equal(talk.state, TALK_ASKING);
    }
}

static void a_request_that_is_no_base64_ends_it(void **state)
{
    (void)state;
    talk_init(&talk);
    assert_true(talk_take(&talk, "OTR1 STATE b v blank"));
    assert_true(talk_take(&talk, "OTR1 CSR Zm9"));
    assert_int_equal(talk.state, TALK_FAILED);
    talk_init(&talk);
    assert_true(talk_take(&talk, "OTR1 STATE b v blank"));
    assert_true(talk_take(&talk, "OTR1 CSR "));
    assert_int_equal(talk.state, TALK_FAILED);
}

static void the_largest_provision_fits_and_a_larger_one_is_refused(void **state)
{
    static unsigned char provision[4096];
    size_t most = (SERIAL_LINE_MAX_CHARS - strlen("OTR1 SET ")) / 4 * 3;

    (void)state;
    reach_setting();
    talk_certified(&talk, SID, provision, most);
    assert_int_equal(talk.state, TALK_SETTING);
    assert_true(strlen(talk_line(&talk)) <= SERIAL_LINE_MAX_CHARS + 1);
    talk_certified(&talk, SID, provision, most + 1);
    assert_int_equal(talk.state, TALK_FAILED);
}

static size_t feed(struct lines *lines, const char *bytes, size_t len, char seen[][16], size_t cap)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        if (lines_take(lines, bytes[i]) && n < cap)
            strncpy(seen[n++], lines->text, 15);
    return n;
}

static void bytes_become_lines(void **state)
{
    static struct lines lines;
    char seen[8][16] = { { 0 } };

    (void)state;
    assert_int_equal(feed(&lines, "one\r\n\ntw\0o\n", 11, seen, 8), 3);
    assert_string_equal(seen[0], "one");
    assert_string_equal(seen[1], "");
    assert_string_equal(seen[2], "two");
    assert_int_equal(feed(&lines, "half", 4, seen, 8), 0);
    assert_int_equal(feed(&lines, " line\n", 6, seen, 8), 1);
    assert_string_equal(seen[0], "half line");
}

static void overlong_lines_are_dropped_whole(void **state)
{
    static struct lines lines;

    (void)state;
    for (unsigned i = 0; i < SERIAL_LINE_MAX_CHARS; i++)
        assert_false(lines_take(&lines, 'x'));
    assert_true(lines_take(&lines, '\n'));
    assert_int_equal(strlen(lines.text), SERIAL_LINE_MAX_CHARS);
    for (unsigned i = 0; i < 3 * SERIAL_LINE_MAX_CHARS; i++)
        assert_false(lines_take(&lines, 'x'));
    assert_false(lines_take(&lines, '\n'));
    assert_false(lines_take(&lines, 'a'));
    assert_true(lines_take(&lines, '\n'));
    assert_string_equal(lines.text, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blank_device_is_provisioned),
        cmocka_unit_test(a_provisioned_device_is_left_alone),
        cmocka_unit_test(a_lost_ok_is_made_good_by_the_state),
        cmocka_unit_test(set_is_repeated_only_to_a_blank_device),
        cmocka_unit_test(refusals_are_told),
        cmocka_unit_test(a_device_in_recovery_needs_another_command),
        cmocka_unit_test(an_error_before_the_first_answer_is_somebody_elses),
        cmocka_unit_test(messages_that_are_wrong_or_late_change_nothing),
        cmocka_unit_test(a_request_that_is_no_base64_ends_it),
        cmocka_unit_test(the_largest_provision_fits_and_a_larger_one_is_refused),
        cmocka_unit_test(bytes_become_lines),
        cmocka_unit_test(overlong_lines_are_dropped_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
