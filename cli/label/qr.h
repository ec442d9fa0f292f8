/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes (ISO/IEC 18004) as a matrix of modules; the library stays behind this header. */
#ifndef LABEL_QR_H
#define LABEL_QR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

struct qr {
    size_t size;            /* modules per side, without the quiet zone */
    unsigned char *modules; /* size * size, 1 = dark */
};

/* Encodes text with error correction level M. CLI_FORMAT when it is too long. qr_clear frees in any case. */
int qr_make(const char *text, struct qr *out, struct fail *fail);
bool qr_is_dark(const struct qr *qr, size_t x, size_t y); /* false outside */
void qr_clear(struct qr *qr);

#endif
