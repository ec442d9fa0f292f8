/* SPDX-License-Identifier: Apache-2.0 */
/* The device's side of recovery, line by line (V1 to V4 of core/boot/boot_recovery.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/base64.h"
#include "core/base/crc.h"
#include "core/boot/boot_recovery.h"
#include "port/port_status.h"

#define ROOM 1024u

static struct {
    uint8_t image[ROOM];
    uint32_t kept; /* highest byte, plus one */
    enum boot_image_fault fault;
    int stored;
    uint32_t judged, installed;
    char said[512];
} world_state;

static struct boot_recovery recovery;

static void say(const char *text)
{
    assert_true(strlen(world_state.said) + strlen(text) < sizeof(world_state.said));
    strcat(world_state.said, text);
}

static void keep(uint32_t offset, const uint8_t *data, uint32_t length)
{
    assert_int_equal(offset, recovery.have); /* V2: without a gap */
    assert_true(offset + length <= recovery.total && recovery.total <= ROOM);
    memcpy(world_state.image + offset, data, length);
    world_state.kept = offset + length;
}

static enum boot_image_fault judge(uint32_t image_bytes, uint32_t *number)
{
    assert_int_equal(image_bytes, world_state.kept);
    world_state.judged++;
    *number = 42;
    return world_state.fault;
}

static int install(void)
{
    assert_int_equal(world_state.fault, BOOT_IMAGE_OK); /* V1 */
    world_state.installed++;
    return world_state.stored;
}

static const struct boot_recovery_world world = {
    .board = "board",
    .image_bytes_max = ROOM,
    .say = say,
    .keep = keep,
    .judge = judge,
    .install = install,
};

static int setup(void **state)
{
    (void)state;
    memset(&world_state, 0, sizeof(world_state));
    boot_recovery_start(&recovery, &world);
    return 0;
}

/* What was answered, without its checksum, which must be right. */
static const char *answer(void)
{
    size_t length = strlen(world_state.said);
    unsigned crc = 0;

    if (length > 0) {
        assert_true(length > 10 && world_state.said[length - 10] == ' ');
        assert_int_equal(sscanf(world_state.said + length - 9, "%8x", &crc), 1);
        assert_int_equal(crc, crc_update(0, world_state.said, (uint32_t)length - 10));
        memcpy(world_state.said + length - 10, "\n", 2);
    }
    return world_state.said;
}

/* Sends a line; what was answered. */
static const char *tell(const char *line)
{
    world_state.said[0] = '\0';
    for (; *line != '\0'; line++) {
        assert_false(boot_recovery_take(&recovery, *line));
    }
    (void)boot_recovery_take(&recovery, '\n');
    return answer();
}

static const char *tell_sealed(const char *line)
{
    char sealed[512];

    (void)snprintf(sealed, sizeof(sealed), "%s %08x", line, crc_update(0, line, (uint32_t)strlen(line)));
    return tell(sealed);
}

static const char *tell_data(uint32_t offset, const uint8_t *data, uint32_t length)
{
    char line[512];
    int head = snprintf(line, sizeof(line), "OTR1 DATA %u ", offset);

    line[(uint32_t)head + base64_encode(data, length, line + head)] = '\0';
    return tell_sealed(line);
}

static void send_image(uint32_t bytes)
{
    static uint8_t piece[RECOVERY_PIECE_MAX_BYTES];
    char line[64];

    (void)snprintf(line, sizeof(line), "OTR1 IMAGE %u", bytes);
    (void)tell_sealed(line);
    for (uint32_t at = 0; at < bytes;) {
        uint32_t count = bytes - at < sizeof(piece) ? bytes - at : (uint32_t)sizeof(piece);

        memset(piece, (int)(at / 7), sizeof(piece));
        (void)tell_data(at, piece, count);
        at += count;
    }
}

static void an_image_is_taken_judged_and_installed(void **state)
{
    (void)state;
    assert_string_equal(tell("OTR1 HELLO"), "OTR1 STATE board boot0 recovery 1024\n");
    assert_string_equal(tell_sealed("OTR1 IMAGE 500"), "OTR1 HAVE 0 500\n");
    send_image(500);
    assert_string_equal(world_state.said, "OTR1 HAVE 500 500\n");
    assert_string_equal(tell_sealed("OTR1 INSTALL"), "OTR1 OK 42\n");
    assert_true(recovery.installed);
    assert_int_equal(world_state.installed, 1);
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    static const char *const lines[] = { "OTR1 IMAGE 0",    "OTR1 IMAGE 319",        "OTR1 IMAGE 1025",
                                         "OTR1 IMAGE",      "OTR1 IMAGE ",           "OTR1 IMAGE 500 ",
                                         "OTR1 IMAGE -500", "OTR1 IMAGE 4294967796", "OTR1 IMAGE 500x" };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_non_null(strstr(tell_sealed(lines[i]), "OTR1 ERR "));
        assert_int_equal(recovery.total, 0);
    }
    assert_string_equal(tell_sealed("OTR1 IMAGE 320"), "OTR1 HAVE 0 320\n");
    assert_string_equal(tell_sealed("OTR1 IMAGE 1024"), "OTR1 HAVE 0 1024\n");
}

/* V3, V4: altered, repeated, early and late lines are answered by what is there. */
static void what_does_not_fit_is_answered_by_what_is_there(void **state)
{
    static const uint8_t bytes[RECOVERY_PIECE_MAX_BYTES + 3] = { 1 };

    (void)state;
    assert_string_equal(tell_data(0, bytes, 9), "OTR1 HAVE 0 0\n"); /* nothing was announced */
    (void)tell_sealed("OTR1 IMAGE 400");
    assert_string_equal(tell_data(3, bytes, 9), "OTR1 HAVE 0 400\n");
    assert_string_equal(tell_data(0, bytes, 9), "OTR1 HAVE 9 400\n");
    assert_string_equal(tell_data(0, bytes, 9), "OTR1 HAVE 9 400\n");
    assert_string_equal(tell_data(9, bytes, sizeof(bytes)), "OTR1 HAVE 9 400\n"); /* longer than a piece */
    assert_string_equal(tell("OTR1 DATA 9 AAAA 00000000"), "OTR1 HAVE 9 400\n");
    assert_string_equal(tell("OTR1 DATA"), "OTR1 HAVE 9 400\n");
    assert_string_equal(tell("OTR1 "), "OTR1 HAVE 9 400\n");
    assert_string_equal(tell_sealed("OTR1 DATA 9"), "OTR1 HAVE 9 400\n");
    assert_string_equal(tell_sealed("OTR1 DATA 9 AAA"), "OTR1 HAVE 9 400\n");
    assert_string_equal(tell_sealed("OTR1 DATA  AAAA"), "OTR1 HAVE 9 400\n");
    assert_string_equal(tell_data(9, bytes, 192), "OTR1 HAVE 201 400\n");
    assert_string_equal(tell_data(201, bytes, 192), "OTR1 HAVE 393 400\n");
    assert_string_equal(tell_data(393, bytes, 9), "OTR1 HAVE 393 400\n"); /* more than was announced */
    assert_string_equal(tell_sealed("OTR1 INSTALL"), "OTR1 ERR incomplete the image is not there yet\n");
    assert_string_equal(tell_data(393, bytes, 7), "OTR1 HAVE 400 400\n");
    assert_string_equal(tell_sealed("OTR1 NONSENSE"),
                        "OTR1 ERR unknown commands are HELLO, IMAGE, DATA and INSTALL\n");
    assert_int_equal(world_state.judged, 0);
}

static void every_altered_character_is_noticed(void **state)
{
    static const uint8_t bytes[24] = { 7, 8, 9 };
    char line[96], sealed[128];
    int head = snprintf(line, sizeof(line), "OTR1 DATA 0 ");

    (void)state;
    line[(uint32_t)head + base64_encode(bytes, sizeof(bytes), line + head)] = '\0';
    (void)snprintf(sealed, sizeof(sealed), "%s %08x", line, crc_update(0, line, (uint32_t)strlen(line)));
    (void)tell_sealed("OTR1 IMAGE 400");
    for (size_t at = 0; sealed[at] != '\0'; at++) {
        for (int bit = 0; bit < 8; bit++) {
            char altered[sizeof(sealed)];

            memcpy(altered, sealed, sizeof(sealed));
            altered[at] = (char)(altered[at] ^ 1 << bit);
            for (size_t i = 0; i < strlen(sealed); i++) {
                (void)boot_recovery_take(&recovery, altered[i]);
            }
            (void)tell("");
            assert_int_equal(recovery.have, 0);
            assert_int_equal(recovery.total, 400);
        }
    }
    assert_string_equal(tell(sealed), "OTR1 HAVE 24 400\n");
}

static void other_text_is_nobodys_business(void **state)
{
    (void)state;
    assert_string_equal(tell(""), "");
    assert_string_equal(tell("hello"), "");
    assert_string_equal(tell("OTR1"), "");
    assert_string_equal(tell("OTR2 HELLO"), "");
    assert_string_equal(tell(" OTR1 HELLO"), "");
    assert_string_equal(tell("OTR1 HELLO\r"), "OTR1 STATE board boot0 recovery 1024\n");
}

static void long_lines_are_bounded(void **state)
{
    (void)state;
    for (uint32_t chars = BOOT_RECOVERY_LINE_CHARS - 2; chars < 3 * BOOT_RECOVERY_LINE_CHARS; chars++) {
        world_state.said[0] = '\0';
        for (uint32_t i = 0; i < chars; i++) {
            (void)boot_recovery_take(&recovery, i < 5 ? "OTR1 "[i] : 'x');
        }
        assert_true(boot_recovery_take(&recovery, '\n'));
        assert_string_equal(answer(), "OTR1 HAVE 0 0\n");
    }
    assert_string_equal(tell("OTR1 HELLO"), "OTR1 STATE board boot0 recovery 1024\n");
}

static void a_refusal_says_why_and_begins_again(void **state)
{
    static const struct {
        enum boot_image_fault fault;
        const char *answer;
    } cases[] = {
        { BOOT_IMAGE_BLANK, "OTR1 ERR format the slot is blank\n" },
        { BOOT_IMAGE_BAD_SIZE, "OTR1 ERR size body size out of range\n" },
        { BOOT_IMAGE_OLD, "OTR1 ERR old security ratchet too low\n" },
        { BOOT_IMAGE_BAD_SIGNATURE, "OTR1 ERR signature signature is wrong\n" },
        { BOOT_IMAGE_NO_RATCHET,
          "OTR1 ERR ratchet this device's security ratchet cannot be read: its flash is damaged\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        world_state.fault = cases[i].fault;
        send_image(400);
        assert_string_equal(tell_sealed("OTR1 INSTALL"), cases[i].answer);
        assert_string_equal(tell_sealed("OTR1 INSTALL"), "OTR1 ERR incomplete the image is not there yet\n");
    }
    assert_int_equal(world_state.installed, 0);
    world_state.fault = BOOT_IMAGE_OK;
    world_state.stored = PORT_EIO;
    send_image(400);
    assert_string_equal(tell_sealed("OTR1 INSTALL"),
                        "OTR1 ERR flash the image could not be stored in either slot\n");
    assert_false(recovery.installed);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(an_image_is_taken_judged_and_installed),
        TEST(sizes_that_cannot_be_are_refused),
        TEST(what_does_not_fit_is_answered_by_what_is_there),
        TEST(every_altered_character_is_noticed),
        TEST(other_text_is_nobodys_business),
        TEST(long_lines_are_bounded),
        TEST(a_refusal_says_why_and_begins_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
