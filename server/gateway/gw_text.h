/* SPDX-License-Identifier: Apache-2.0 */
/* Text of stored log lines: device text made valid UTF-8, and the lines that the gateway words itself. */
#ifndef GATEWAY_GW_TEXT_H
#define GATEWAY_GW_TEXT_H

#include <stddef.h>

#include "proto/limits.h"
#include "wire.pb.h"

/* Copies text as UTF-8 (RFC 3629): each byte that does not belong to a well-formed sequence, and each NUL,
 * becomes U+FFFD. Cut at a character's end when it would not fit. out is NUL-terminated; the length is
 * returned. */
size_t gw_text_utf8(const unsigned char *text, size_t len, char out[LOG_TEXT_MAX_BYTES + 1]);

/* "CRASH cause=secure_violation pc=0x... lr=0x... address=0x... count=n restart_in_ms=n". */
size_t gw_text_crash(const otr_Crash *crash, char *out, size_t cap);

/* Type of a stored line: app_logging, ota_update, app_crash or microvisor. Static memory. */
const char *gw_text_log_type(otr_LogKind kind);

#endif
