/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of the host port's application language. The image is untrusted in the sense that it came over the
 * network; it is read only within its length, and erased flash (0xff) or a zero byte ends it.
 */
#include "ports/host/script.h"

#include <string.h>

static const struct {
    const char *word;
    enum script_verb verb;
} verbs[] = {
    { "log", SCRIPT_LOG },       { "sleep", SCRIPT_SLEEP }, { "loop", SCRIPT_LOOP },
    { "repeat", SCRIPT_REPEAT }, { "crash", SCRIPT_CRASH }, { "restart", SCRIPT_RESTART },
    { "spin", SCRIPT_SPIN },     { "call", SCRIPT_CALL },
};

bool script_valid(const uint8_t *image, uint32_t len)
{
    return len >= sizeof SCRIPT_MAGIC - 1 && memcmp(image, SCRIPT_MAGIC, sizeof SCRIPT_MAGIC - 1) == 0;
}

static bool ends(uint8_t byte)
{
    return byte == 0 || byte == 0xff;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One decimal or 0x number at *at; anything else reads as 0 and stops the numbers. Overflow wraps. */
static bool number_next(const char **at, const char *end, uint32_t *out)
{
    int base = 10;
    const char *c = *at;
    bool any = false;

    *out = 0;
    while (c < end && *c == ' ') {
        c++;
    }
    if (end - c > 2 && c[0] == '0' && c[1] == 'x') {
        base = 16;
        c += 2;
    }
    for (; c < end && digit(*c) >= 0 && digit(*c) < base; c++) {
        *out = *out * (uint32_t)base + (uint32_t)digit(*c);
        any = true;
    }
    *at = c;
    return any;
}

static struct script_line parse(const char *text, uint32_t len)
{
    struct script_line line = { .verb = SCRIPT_BAD, .text = text, .text_len = len };
    const char *at;

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        uint32_t word_len = (uint32_t)strlen(verbs[i].word);

        if (len >= word_len && memcmp(text, verbs[i].word, word_len) == 0 &&
            (len == word_len || text[word_len] == ' ')) {
            line.verb = verbs[i].verb;
            line.text = len > word_len ? text + word_len + 1 : text + word_len;
            line.text_len = len > word_len ? len - word_len - 1 : 0;
        }
    }
    at = line.text;
    for (unsigned i = 0; i < 5 && number_next(&at, line.text + line.text_len, &line.number[i]); i++) {
    }
    return line;
}

struct script_line script_next(const uint8_t *image, uint32_t len, uint32_t *offset)
{
    while (*offset < len && !ends(image[*offset])) {
        uint32_t start = *offset;
        uint32_t end = start;

        while (end < len && image[end] != '\n' && !ends(image[end])) {
            end++;
        }
        *offset = end < len && image[end] == '\n' ? end + 1 : end;
        if (end > start && image[start] != '#') {
            if (end - start > SCRIPT_LINE_MAX_BYTES) {
                return (struct script_line){ .verb = SCRIPT_BAD };
            }
            return parse((const char *)image + start, end - start);
        }
    }
    return (struct script_line){ .verb = SCRIPT_END };
}
