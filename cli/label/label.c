/* SPDX-License-Identifier: Apache-2.0 */
/* Labels as text and SVG 1.1. Nothing of what is drawn needs escaping: SID and claim code were checked. */
#include "label/label.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "proto/codec/codec.h"

#define QUIET_MODULES 4 /* ISO/IEC 18004 section 5.3.8 */
#define CLAIM_CHARS   19
#define CLAIM_GROUP   5 /* four characters and a dash */
#define TEXT_LINES    3
#define SID_HALF      17

/* XXXX-XXXX-XXXX-XXXX in Crockford's base 32. */
static bool claim_is_valid(const char *claim)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    if (strlen(claim) != CLAIM_CHARS)
        return false;
    for (size_t i = 0; i < CLAIM_CHARS; i++)
        if (i % CLAIM_GROUP == CLAIM_GROUP - 1 ? claim[i] != '-' : !strchr(alphabet, claim[i]))
            return false;
    return true;
}

int label_make(const char *sid, const char *claim, const char *prefix, struct label *out, struct fail *fail)
{
    char *text;
    int status;

    *out = (struct label){ .sid = sid, .claim = claim };
    if (!codec_sid_valid(sid) || strncmp(sid, "UV", 2) != 0)
        return fail_set(fail, CLI_FORMAT,
                        "\"%s\" is not a device's SID (UV and 32 lower-case hexadecimal digits)", sid);
    if (!claim_is_valid(claim))
        return fail_set(fail, CLI_FORMAT,
                        "\"%s\" is not a claim code (four groups of four digits and upper-case letters, "
                        "without I, L, O and U)",
                        claim);
    text = mem_format("%s%s/%s", prefix ? prefix : "", sid, claim);
    status = qr_make(text, &out->qr, fail);
    mem_free(text);
    return status;
}

void label_clear(struct label *label)
{
    qr_clear(&label->qr);
}

/* Coordinates with the quiet zone; a dark module is one of the code, everything around is light. */
static bool is_light(const struct qr *qr, size_t x, size_t y)
{
    return x < QUIET_MODULES || y < QUIET_MODULES || !qr_is_dark(qr, x - QUIET_MODULES, y - QUIET_MODULES);
}

void label_print_terminal(FILE *out, const struct label *label)
{
    static const char *const cells[] = { " ", "\u2584", "\u2580", "\u2588" }; /* none, lower, upper, both */
    size_t side = label->qr.size + 2 * QUIET_MODULES;

    for (size_t y = 0; y < side; y += 2) {
        for (size_t x = 0; x < side; x++) {
            bool upper = is_light(&label->qr, x, y), lower = y + 1 < side && is_light(&label->qr, x, y + 1);

            fputs(cells[upper * 2 + lower], out);
        }
        fputc('\n', out);
    }
}

static void write_line(FILE *out, size_t side, size_t number, const char *text, size_t chars)
{
    fprintf(out,
            "<text x=\"%d\" y=\"%zu.5\" textLength=\"%zu\" lengthAdjust=\"spacingAndGlyphs\" font-size=\"3\" "
            "font-family=\"monospace\">%.*s</text>\n",
            QUIET_MODULES, side + 4 * number, side - 2 * QUIET_MODULES, (int)chars, text);
}

/* One path of a square per dark module, then the text below. */
static void write_svg(FILE *out, const struct label *label)
{
    size_t side = label->qr.size + 2 * QUIET_MODULES, height = side + 4 * TEXT_LINES;

    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%zumm\" height=\"%zumm\" "
            "viewBox=\"0 0 %zu %zu\">\n"
            "<rect width=\"%zu\" height=\"%zu\" fill=\"#fff\"/>\n<path fill=\"#000\" "
            "shape-rendering=\"crispEdges\" d=\"",
            side, height, side, height, side, height);
    for (size_t y = 0; y < label->qr.size; y++)
        for (size_t x = 0; x < label->qr.size; x++)
            if (qr_is_dark(&label->qr, x, y))
                fprintf(out, "M%zu %zuh1v1h-1z", x + QUIET_MODULES, y + QUIET_MODULES);
    fputs("\"/>\n", out);
    write_line(out, side, 0, label->sid, SID_HALF);
    write_line(out, side, 1, label->sid + SID_HALF, SID_HALF);
    write_line(out, side, 2, label->claim, CLAIM_CHARS);
    fputs("</svg>\n", out);
}

int label_write_svg(const struct label *label, const char *path, struct fail *fail)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    int status;

    if (!out)
        return fail_set(fail, CLI_FAILED, "out of memory");
    write_svg(out, label);
    status = fclose(out) == 0 ? file_create(path, true, text, len, fail)
                              : fail_set(fail, CLI_FAILED, "out of memory");
    free(text);
    return status;
}
