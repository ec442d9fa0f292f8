/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines. Each is built in one buffer and written with one write(2), so lines of several threads and
 * processes on the same pipe never mix (up to PIPE_BUF bytes, which is the cap).
 *
 * Invariants: L1 an event is exactly one line; L2 only printable ASCII and well-placed UTF-8 bytes leave,
 * everything else is escaped; L3 a line that is too long is cut and ends in "...".
 */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"

#define LOG_LINE_MAX_BYTES PIPE_BUF

static const char *log_role = "outriggerd";
static enum log_level log_least = LOG_LEVEL_INFO;

struct line {
    char text[LOG_LINE_MAX_BYTES];
    size_t len;
    bool cut;
};

void log_init(const char *role, enum log_level least)
{
    log_role = role;
    log_least = least;
}

static void line_add(struct line *line, const char *s, size_t len)
{
    const size_t room = sizeof line->text - sizeof "...\n" - line->len;

    if (line->cut || len > room) {
        line->cut = true;
        return;
    }
    memcpy(line->text + line->len, s, len);
    line->len += len;
}

static void line_add_text(struct line *line, const char *s)
{
    line_add(line, s, strlen(s));
}

static bool needs_quotes(const char *value)
{
    if (*value == '\0')
        return true;
    for (; *value != '\0'; value++) {
        const unsigned char c = (unsigned char)*value;

        if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
            return true;
    }
    return false;
}

static void line_add_escaped(struct line *line, unsigned char c)
{
    char text[5];

    switch (c) {
    case '\n':
        line_add(line, "\\n", 2);
        return;
    case '\t':
        line_add(line, "\\t", 2);
        return;
    case '"':
    case '\\':
        (void)snprintf(text, sizeof text, "\\%c", c);
        break;
    default:
        (void)snprintf(text, sizeof text, "\\x%02x", c);
        break;
    }
    line_add_text(line, text);
}

static void line_add_value(struct line *line, const char *value)
{
    if (!needs_quotes(value)) {
        line_add_text(line, value);
        return;
    }
    line_add(line, "\"", 1);
    for (; *value != '\0'; value++) {
        const unsigned char c = (unsigned char)*value;

        if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
            line_add_escaped(line, c);
        else
            line_add(line, value, 1);
    }
    line_add(line, "\"", 1);
}

static void line_begin(struct line *line, enum log_level level, const char *what)
{
    static const char *const level_names[] = { "error", "warn", "info", "debug" };
    char when[28];

    clock_iso8601_us(clock_wall_us(), when);
    line->len = 0;
    line->cut = false;
    line_add_text(line, when);
    line_add(line, " ", 1);
    line_add_text(line, log_role);
    line_add(line, " ", 1);
    line_add_text(line, level_names[level]);
    line_add(line, " ", 1);
    line_add_text(line, what);
}

static void line_write(struct line *line)
{
    size_t done = 0;

    if (line->cut) {
        memcpy(line->text + line->len, "...", 3);
        line->len += 3;
    }
    line->text[line->len++] = '\n';
    while (done < line->len) {
        const ssize_t n = write(STDERR_FILENO, line->text + done, line->len - done);

        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return; /* nowhere left to complain */
    }
}

void log_event(enum log_level level, const char *what, ...)
{
    const int saved_errno = errno; /* callers log first and look at errno later */
    struct line line;
    const char *key;
    va_list pairs;

    if (level > log_least)
        return;
    line_begin(&line, level, what);
    va_start(pairs, what);
    while ((key = va_arg(pairs, const char *)) != NULL) {
        const char *value = va_arg(pairs, const char *);

        line_add(&line, " ", 1);
        line_add_text(&line, key);
        line_add(&line, "=", 1);
        line_add_value(&line, value != NULL ? value : "-");
    }
    va_end(pairs);
    line_write(&line);
    errno = saved_errno;
}

const char *log_u64(char buf[24], unsigned long long v)
{
    (void)snprintf(buf, 24, "%llu", v);
    return buf;
}

const char *log_i64(char buf[24], long long v)
{
    (void)snprintf(buf, 24, "%lld", v);
    return buf;
}

const char *log_hex(char *buf, unsigned cap, const void *data, unsigned len)
{
    if (len > (cap - 1) / 2)
        len = (cap - 1) / 2;
    hex_encode(data, len, buf);
    return buf;
}
