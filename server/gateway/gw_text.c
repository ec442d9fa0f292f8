/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 repair and the wording of crash lines. */
#include "gateway/gw_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "model/crash.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
#define REPLACEMENT_BYTES 3u

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Bytes of the sequence that c begins, 0 if none begins with it (RFC 3629 section 4). */
static size_t sequence_bytes(unsigned char c)
{
    if (c < 0x80)
        return c == 0 ? 0 : 1;
    if (c >= 0xc2 && c <= 0xdf)
        return 2;
    if (c >= 0xe0 && c <= 0xef)
        return 3;
    if (c >= 0xf0 && c <= 0xf4)
        return 4;
    return 0;
}

/* The second byte has a narrower range after some first bytes: no overlong forms, no surrogates, nothing
 * above U+10FFFF. */
static bool second_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second <= 0x9f;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second <= 0x8f;
    default:
        return true;
    }
}

/* Length of the well-formed character at s, 0 if there is none. */
static size_t character_bytes(const unsigned char *s, size_t len)
{
    const size_t n = sequence_bytes(s[0]);

    if (n == 0 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if (!is_tail(s[i]))
            return 0;
    return n > 1 && !second_fits(s[0], s[1]) ? 0 : n;
}

size_t gw_text_utf8(const unsigned char *text, size_t len, char out[LOG_TEXT_MAX_BYTES + 1])
{
    size_t at = 0;
    size_t done = 0;

    while (at < len) {
        const size_t n = character_bytes(text + at, len - at);
        const void *from = n > 0 ? (const void *)(text + at) : replacement;
        const size_t bytes = n > 0 ? n : REPLACEMENT_BYTES;

        if (done + bytes > LOG_TEXT_MAX_BYTES)
            break;
        memcpy(out + done, from, bytes);
        done += bytes;
        at += n > 0 ? n : 1;
    }
    out[done] = '\0';
    return done;
}

size_t gw_text_crash(const otr_Crash *crash, char *out, size_t cap)
{
    const int n =
        snprintf(out, cap, "CRASH cause=%s pc=0x%08x lr=0x%08x address=0x%08x count=%u restart_in_ms=%u",
                 model_crash_cause_name(crash->cause), (unsigned)crash->pc, (unsigned)crash->lr,
                 (unsigned)crash->address, (unsigned)crash->count, (unsigned)crash->restart_in_ms);

    return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}

const char *gw_text_log_type(otr_LogKind kind)
{
    switch (kind) {
    case otr_LogKind_LOG_OTA:
        return "ota_update";
    case otr_LogKind_LOG_CRASH:
        return "app_crash";
    case otr_LogKind_LOG_MICROVISOR:
        return "microvisor";
    case otr_LogKind_LOG_APP:
    default:
        return "app_logging";
    }
}
