/* SPDX-License-Identifier: Apache-2.0 */
/* The frame parser: the same bytes in one piece and cut up must give the same items. First byte: size of the cuts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a run has produced: a digest over streams, bytes and ends of frames, and whether it broke. */
struct outcome {
    uint64_t digest;
    uint64_t bytes;
    int broken;
};

static void mix(struct outcome *outcome, uint64_t value)
{
    outcome->digest = (outcome->digest ^ value) * 0x100000001b3ull;
}

static void take(struct outcome *outcome, const struct frame_item *item)
{
    for (size_t i = 0; i < item->length; i++) {
        mix(outcome, item->stream_id);
        mix(outcome, item->data[i]);
    }
    outcome->bytes += item->length;
    if (item->last)
        mix(outcome, 0x10000);
}

static struct outcome run(const uint8_t *data, size_t size, size_t chunk)
{
    struct outcome outcome = { 0xcbf29ce484222325ull, 0, 0 };
    uint8_t buffer[CONTROL_MESSAGE_MAX_BYTES];
    struct frame_parser parser;
    struct frame_item item;
    enum frame_kind kind = FRAME_MORE;

    frame_parser_init(&parser, NULL);
    while (size > 0 && kind != FRAME_BROKEN) {
        const uint8_t *at = data;
        size_t left = size < chunk ? size : chunk;
        size_t piece = left;

        while ((kind = frame_parser_next(&parser, &at, &left, &item)) != FRAME_MORE && kind != FRAME_BROKEN) {
            if (kind == FRAME_WANT_BUFFER)
                frame_parser_lend(&parser, buffer);
            else
                take(&outcome, &item);
        }
        if (kind == FRAME_MORE && left != 0)
            abort(); /* P4 */
        data += piece;
        size -= piece;
    }
    outcome.broken = kind == FRAME_BROKEN;
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, cut;

    if (size < 2)
        return 0;
    whole = run(data + 1, size - 1, size);
    cut = run(data + 1, size - 1, 1u + data[0] % 64u);
    if (whole.digest != cut.digest || whole.bytes != cut.bytes || whole.broken != cut.broken)
        abort();
    return 0;
}
