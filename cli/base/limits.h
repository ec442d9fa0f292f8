/* SPDX-License-Identifier: Apache-2.0 */
/* Caps of the command line tool, each with its reason. What device and server share is in proto/limits.h. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* ELF with debug information of a 1 MiB image in C++ stays far below. */
#define ELF_FILE_MAX_BYTES 0x8000000u /* 128 MiB */

/* Bundle as the server takes it (its UPLOAD_MAX_BYTES). */
#define BUNDLE_FILE_MAX_BYTES 0x2000000u /* 32 MiB */

/* Layer for external flash of the largest board. Also bounds what a zip may inflate to. */
#define LAYER_MAX_BYTES 0x800000u /* 8 MiB */

/* PEM files hold one key or certificate, maybe with text around it. */
#define PEM_FILE_MAX_BYTES 65536u

/* Configuration and credentials are a few lines. */
#define CONF_FILE_MAX_BYTES 65536u

/* Answer of the server: 1,000 log lines of 1,024 bytes, each byte escaped as \u00XX, and their fields. */
#define ANSWER_MAX_BYTES 0x1000000u /* 16 MiB */

/* Paging ends here even if a server never does: a million rows. */
#define PAGES_MAX 1000u

/* Rows asked for at once, the server's own limit. */
#define PAGE_ROWS 1000u

/* Serial line: PROTOCOL.md section 8. */
#define SERIAL_LINE_MAX_CHARS 4608u

#endif
