/* SPDX-License-Identifier: Apache-2.0 */
/* Formats words about failures; never lets a control character from a server or a device reach the terminal.
 */
#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void make_visible(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

int fail_set(struct fail *fail, int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(fail->text, sizeof(fail->text), format, args); /* cut text is still text */
    va_end(args);
    make_visible(fail->text);
    return status;
}

void fail_prefix(struct fail *fail, const char *words)
{
    char rest[FAIL_TEXT_BYTES];

    memcpy(rest, fail->text, sizeof(rest));
    (void)snprintf(fail->text, sizeof(fail->text), "%.200s: %.560s", words,
                   rest); /* both parts have their share */
    make_visible(fail->text);
}

void fail_warn(const char *format, ...)
{
    char text[FAIL_TEXT_BYTES];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    make_visible(text);
    fprintf(stderr, "outrigger: warning: %s\n", text);
}
