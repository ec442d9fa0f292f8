/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes by libqrencode; the only file that knows it. */
#include "label/qr.h"

#include <string.h>

#include <qrencode.h>

#include "base/mem.h"
#include "base/status.h"

#define MODULE_DARK 1 /* lowest bit of the library's bytes */

int qr_make(const char *text, struct qr *out, struct fail *fail)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

    *out = (struct qr){ 0 };
    if (!code)
        return fail_set(fail, CLI_FORMAT, "%zu characters do not fit a QR code", strlen(text));
    out->size = (size_t)code->width;
    out->modules = mem_new(out->size * out->size);
    for (size_t i = 0; i < out->size * out->size; i++)
        out->modules[i] = code->data[i] & MODULE_DARK;
    QRcode_free(code);
    return CLI_OK;
}

bool qr_is_dark(const struct qr *qr, size_t x, size_t y)
{
    return x < qr->size && y < qr->size && qr->modules[y * qr->size + x] != 0;
}

void qr_clear(struct qr *qr)
{
    mem_free(qr->modules);
    *qr = (struct qr){ 0 };
}
