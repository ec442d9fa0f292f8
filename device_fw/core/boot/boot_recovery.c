/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of recovery; boot_recovery.h has the diagram and the invariants V1 to V4. */
#include "core/boot/boot_recovery.h"

#include <string.h>

#include "core/base/base64.h"
#include "core/base/crc.h"
#include "port/port_status.h"

#define MARK           "OTR1 "
#define MARK_CHARS     5u
#define CHECKSUM_CHARS 9u /* a space and eight digits */

/* Adds to the answer under way. */
static void add(struct boot_recovery *recovery, const char *text)
{
    size_t chars = strlen(text);
    size_t room = sizeof(recovery->answer) - 1 - recovery->answer_length;

    chars = chars < room ? chars : room;
    memcpy(recovery->answer + recovery->answer_length, text, chars);
    recovery->answer_length += (uint32_t)chars;
    recovery->answer[recovery->answer_length] = '\0';
}

static void add_number(struct boot_recovery *recovery, uint32_t value)
{
    char digits[11];
    char *at = digits + sizeof(digits) - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    add(recovery, at);
}

static void answer_begin(struct boot_recovery *recovery, const char *word)
{
    recovery->answer_length = 0;
    add(recovery, MARK);
    add(recovery, word);
}

static void answer_end(struct boot_recovery *recovery)
{
    uint32_t crc = crc_update(0, recovery->answer, recovery->answer_length);
    char checksum[CHECKSUM_CHARS + 2] = " ";

    for (uint32_t i = 0; i < 8; i++) {
        checksum[1 + i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15];
    }
    checksum[CHECKSUM_CHARS] = '\n';
    recovery->world->say(recovery->answer);
    recovery->world->say(checksum);
}

static void say_have(struct boot_recovery *recovery)
{
    answer_begin(recovery, "HAVE ");
    add_number(recovery, recovery->have);
    add(recovery, " ");
    add_number(recovery, recovery->total);
    answer_end(recovery);
}

static void say_error(struct boot_recovery *recovery, const char *code, const char *words)
{
    answer_begin(recovery, "ERR ");
    add(recovery, code);
    add(recovery, " ");
    add(recovery, words);
    answer_end(recovery);
}

void boot_recovery_announce(struct boot_recovery *recovery)
{
    answer_begin(recovery, "STATE ");
    add(recovery, recovery->world->board);
    add(recovery, " boot0 recovery ");
    add_number(recovery, recovery->world->image_bytes_max);
    answer_end(recovery);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Does the line end in the checksum of what stands before it (V3)? Cuts it off. */
static bool checksum_take(struct boot_recovery *recovery)
{
    if (recovery->length < MARK_CHARS + CHECKSUM_CHARS) {
        return false;
    }
    uint32_t length = recovery->length - CHECKSUM_CHARS;
    uint32_t said = 0;

    for (uint32_t i = length + 1; i < recovery->length; i++) {
        int digit = hex_digit(recovery->line[i]);
        if (digit < 0) {
            return false;
        }
        said = said << 4 | (uint32_t)digit;
    }
    if (recovery->line[length] != ' ' || said != crc_update(0, recovery->line, length)) {
        return false;
    }
    recovery->line[length] = '\0';
    return true;
}

/* A decimal number of at most nine digits at *at, which is moved behind it. */
static bool number_take(const char **at, uint32_t *out)
{
    const char *digit = *at;

    for (*out = 0; *digit >= '0' && *digit <= '9' && digit - *at < 9; digit++) {
        *out = *out * 10 + (uint32_t)(*digit - '0');
    }
    if (digit == *at) {
        return false;
    }
    *at = digit;
    return true;
}

static void on_image(struct boot_recovery *recovery, const char *rest)
{
    uint32_t total;

    recovery->total = recovery->have = 0;
    if (!number_take(&rest, &total) || *rest != '\0' ||
        total < BOOT_IMAGE_HEADER_BYTES + BOOT_IMAGE_BODY_BYTES_MIN ||
        total > recovery->world->image_bytes_max) {
        say_error(recovery, "size", "no image of this board has that size");
        return;
    }
    recovery->total = total;
    say_have(recovery);
}

static void on_data(struct boot_recovery *recovery, const char *rest)
{
    uint8_t piece[RECOVERY_PIECE_MAX_BYTES];
    struct base64_decoder decoder;
    uint32_t offset;

    if (!number_take(&rest, &offset) || *rest++ != ' ' || offset != recovery->have) {
        return;
    }
    uint32_t left = recovery->total - recovery->have;
    base64_decoder_start(&decoder, piece, left < sizeof(piece) ? left : (uint32_t)sizeof(piece));
    for (; *rest != '\0'; rest++) {
        base64_decoder_take(&decoder, *rest);
    }
    if (base64_decoder_finish(&decoder)) {
        recovery->world->keep(offset, piece, decoder.length);
        recovery->have += decoder.length;
    }
}

static void say_fault(struct boot_recovery *recovery, enum boot_image_fault fault)
{
    const char *code = fault == BOOT_IMAGE_OLD             ? "old"
                       : fault == BOOT_IMAGE_BAD_SIGNATURE ? "signature"
                       : fault == BOOT_IMAGE_BAD_SIZE      ? "size"
                       : fault == BOOT_IMAGE_NO_RATCHET    ? "ratchet"
                                                           : "format";

    say_error(recovery, code, boot_image_fault_text(fault));
}

static void on_install(struct boot_recovery *recovery)
{
    uint32_t number = 0;

    if (recovery->total == 0 || recovery->have != recovery->total) {
        say_error(recovery, "incomplete", "the image is not there yet");
        return;
    }
    enum boot_image_fault fault = recovery->world->judge(recovery->total, &number);
    recovery->total = recovery->have = 0;
    if (fault != BOOT_IMAGE_OK) {
        say_fault(recovery, fault);
        return;
    }
    if (recovery->world->install() != PORT_OK) {
        say_error(recovery, "flash", "the image could not be stored in either slot");
        return;
    }
    recovery->installed = true;
    answer_begin(recovery, "OK ");
    add_number(recovery, number);
    answer_end(recovery);
}

/* The rest of the line when it begins with the word. */
static const char *after(const struct boot_recovery *recovery, const char *word)
{
    size_t chars = strlen(word);

    return strncmp(recovery->line + MARK_CHARS, word, chars) == 0 ? recovery->line + MARK_CHARS + chars
                                                                  : NULL;
}

static void line_run(struct boot_recovery *recovery)
{
    const char *rest;

    if (strcmp(recovery->line, MARK "HELLO") == 0) {
        boot_recovery_announce(recovery);
    } else if (recovery->length > BOOT_RECOVERY_LINE_CHARS || !checksum_take(recovery)) {
        say_have(recovery);
    } else if ((rest = after(recovery, "IMAGE ")) != NULL) {
        on_image(recovery, rest);
    } else if ((rest = after(recovery, "DATA ")) != NULL) {
        on_data(recovery, rest);
        say_have(recovery);
    } else if (strcmp(recovery->line, MARK "INSTALL") == 0) {
        on_install(recovery);
    } else {
        say_error(recovery, "unknown", "commands are HELLO, IMAGE, DATA and INSTALL");
    }
}

void boot_recovery_start(struct boot_recovery *recovery, const struct boot_recovery_world *world)
{
    memset(recovery, 0, sizeof(*recovery));
    recovery->world = world;
}

bool boot_recovery_take(struct boot_recovery *recovery, char c)
{
    if (c != '\n') {
        if (recovery->length < BOOT_RECOVERY_LINE_CHARS) {
            recovery->line[recovery->length] = c;
        }
        if (c != '\r' && recovery->length <= BOOT_RECOVERY_LINE_CHARS) {
            recovery->length++;
        }
        return false;
    }
    bool marked = recovery->length >= MARK_CHARS && memcmp(recovery->line, MARK, MARK_CHARS) == 0;

    if (marked) {
        uint32_t end =
            recovery->length < BOOT_RECOVERY_LINE_CHARS ? recovery->length : BOOT_RECOVERY_LINE_CHARS;
        recovery->line[end] = '\0';
        line_run(recovery);
    }
    recovery->length = 0;
    return marked;
}
