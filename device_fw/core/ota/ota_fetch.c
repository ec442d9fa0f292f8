/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetches of the update engine: bytes of a blob stream are collected into blocks and handed to the work of
 * the state. Each fetch has its own block buffer, so two streams may deliver in any mixture.
 */
#include <string.h>

#include "core/ota/ota_work.h"

struct ota_fetch *ota_fetch_free(struct ota *ota)
{
    for (uint32_t i = 0; i < OTA_FETCHES; i++)
        if (ota->fetches[i].kind == OTA_FETCH_NONE)
            return &ota->fetches[i];
    return NULL;
}

bool ota_fetch_busy(const struct ota *ota)
{
    for (uint32_t i = 0; i < OTA_FETCHES; i++)
        if (ota->fetches[i].kind != OTA_FETCH_NONE)
            return true;
    return false;
}

static uint32_t number_of(const struct ota *ota, const struct ota_fetch *fetch)
{
    return (uint32_t)(fetch - ota->fetches);
}

uint8_t *ota_fetch_buffer(struct ota *ota, const struct ota_fetch *fetch)
{
    return ota->blocks[number_of(ota, fetch)];
}

int ota_fetch_begin(struct ota *ota, struct ota_fetch *fetch, const uint8_t sha256[SHA256_BYTES],
                    uint32_t offset, uint32_t length)
{
    int status = ota->owner->fetch_open(ota->context, number_of(ota, fetch), sha256, offset, length);

    fetch->ended = false;
    fetch->filled = 0;
    fetch->total = 0;
    fetch->heard_us = ota->now_us;
    if (status != 0)
        fetch->kind = OTA_FETCH_NONE;
    return status;
}

void ota_fetch_drop_all(struct ota *ota)
{
    for (uint32_t i = 0; i < OTA_FETCHES; i++) {
        if (ota->fetches[i].kind != OTA_FETCH_NONE && !ota->fetches[i].ended)
            ota->owner->fetch_cancel(ota->context, i);
        ota->fetches[i].kind = OTA_FETCH_NONE;
    }
}

static bool total_fits(const struct ota *ota, const struct ota_fetch *fetch, otr_UpdateError *error)
{
    const struct manifest_layer *layer = &ota->target.layers[fetch->layer];

    switch (fetch->kind) {
    case OTA_FETCH_LIST:
        *error = otr_UpdateError_UPDATE_BLOCK_LIST;
        return bundle_list_length_valid(fetch->total, layer->blocks * BLOCK_BYTES);
    case OTA_FETCH_WHOLE:
        *error = otr_UpdateError_UPDATE_LAYER_REGION;
        return fetch->total > 0 && fetch->total <= layer->blocks * BLOCK_BYTES;
    default:
        return true;
    }
}

void ota_fetch_opened(struct ota *ota, uint32_t number, uint32_t total_bytes)
{
    struct ota_fetch *fetch = &ota->fetches[number];
    otr_UpdateError error;

    if (fetch->kind == OTA_FETCH_NONE)
        return;
    fetch->total = total_bytes;
    fetch->heard_us = ota->now_us;
    if (!total_fits(ota, fetch, &error))
        ota_fail(ota, error);
    else if (fetch->kind == OTA_FETCH_WHOLE)
        ota->bytes_total += total_bytes;
}

/* Hands a collected block, or the last part of one, to the work that wants it. */
static void flush(struct ota *ota, struct ota_fetch *fetch)
{
    uint8_t *block = ota_fetch_buffer(ota, fetch);
    uint32_t length = fetch->filled;
    otr_UpdateError error = otr_UpdateError_UPDATE_OK;

    if (length == 0 || fetch->kind == OTA_FETCH_MANIFEST)
        return;
    fetch->filled = 0;
    if (fetch->kind == OTA_FETCH_LIST)
        error = ota_lists_take(ota, fetch, block, length);
    else if (fetch->kind == OTA_FETCH_WHOLE)
        error = ota_whole_take(ota, fetch, block, length);
    else
        error = ota_run_take(ota, fetch, block, length);
    if (error != otr_UpdateError_UPDATE_OK)
        ota_fail(ota, error);
}

void ota_fetch_data(struct ota *ota, uint32_t number, const uint8_t *data, uint32_t length)
{
    struct ota_fetch *fetch = &ota->fetches[number];

    fetch->heard_us = ota->now_us;
    while (length > 0 && fetch->kind != OTA_FETCH_NONE && !fetch->ended) {
        uint32_t room = BLOCK_BYTES - fetch->filled;
        uint32_t count = length < room ? length : room;

        memcpy(ota_fetch_buffer(ota, fetch) + fetch->filled, data, count);
        fetch->filled += count;
        data += count;
        length -= count;
        if (fetch->filled == BLOCK_BYTES)
            flush(ota, fetch);
    }
}

void ota_fetch_closed(struct ota *ota, uint32_t number, otr_StreamStatus reason)
{
    struct ota_fetch *fetch = &ota->fetches[number];

    if (fetch->kind == OTA_FETCH_NONE)
        return;
    fetch->ended = true; /* before a failure: the stream needs no cancelling any more */
    if (reason != otr_StreamStatus_STREAM_OK) {
        ota_fail(ota, otr_UpdateError_UPDATE_NOT_FOUND);
        return;
    }
    flush(ota, fetch);
}
