/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's label: its SID, its claim code, and both as a QR code, on a terminal and as an SVG file.
 *
 * The code holds PREFIX SID "/" CLAIM, so that with a prefix like https://example.com/claim/ a telephone opens the right page.
 */
#ifndef LABEL_LABEL_H
#define LABEL_LABEL_H

#include <stdio.h>

#include "base/fail.h"
#include "label/qr.h"

struct label {
    const char *sid, *claim; /* borrowed */
    struct qr qr;
};

/* prefix: NULL = none. CLI_FORMAT when SID or claim code are not such, or the prefix is too long. label_clear frees in any case. */
int label_make(const char *sid, const char *claim, const char *prefix, struct label *out, struct fail *fail);
void label_clear(struct label *label);

/* Two modules per character cell, light modules drawn: right for terminals with a dark background. */
void label_print_terminal(FILE *out, const struct label *label);

/* Makes a new SVG file; an existing one is not replaced. */
int label_write_svg(const struct label *label, const char *path, struct fail *fail);

#endif
