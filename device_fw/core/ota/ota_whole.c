/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers of the slot without a signed block list (state WHOLE): fetched whole, verified by fetch_hash and
 * measurement_hash, and a block list computed on the way, so that everything after this state works as if
 * there had been one. A cut starts them again.
 */
#include <string.h>

#include "core/img/digest.h"
#include "core/ota/ota_work.h"
#include "port/port_power.h"
#include "port/port_status.h"

static struct block_place target_place(uint32_t block)
{
    return ota_has_staging() ? ota_staging_place(block) : block_place(block);
}

void ota_whole_enter(struct ota *ota)
{
    ota->cursor = 0;
}

/* Takes one block; length is less than a block only at the end of the layer. */
otr_UpdateError ota_whole_take(struct ota *ota, struct ota_fetch *fetch, uint8_t *block, uint32_t length)
{
    uint8_t digest[SHA256_BYTES];

    if (fetch->next_block >= fetch->end_block)
        return otr_UpdateError_UPDATE_LAYER_REGION;
    port_sha256_update(&ota->whole.fetch, block, length);
    memset(block + length, 0xff, BLOCK_BYTES - length);
    port_sha256_update(&ota->whole.measurement, block, BLOCK_BYTES);
    digest_bytes(block, BLOCK_BYTES, digest);
    if (ota_block_write(target_place(fetch->next_block), block) != 0 ||
        ota_record_write_hash(ota->target_index, fetch->next_block, digest) != 0)
        return otr_UpdateError_UPDATE_FLASH;
    fetch->next_block++;
    ota->bytes_done += length;
    return otr_UpdateError_UPDATE_OK;
}

static otr_UpdateError layer_finished(struct ota *ota, struct ota_fetch *fetch)
{
    const struct manifest_layer *layer = &ota->target.layers[fetch->layer];
    uint8_t *block = ota_fetch_buffer(ota, fetch);
    uint8_t fetched[SHA256_BYTES];
    uint8_t measured[SHA256_BYTES];

    memset(block, 0xff, BLOCK_BYTES);
    for (uint32_t i = fetch->next_block; i < fetch->end_block; i++) {
        port_sha256_update(&ota->whole.measurement, block, BLOCK_BYTES);
        port_watchdog_kick();
    }
    port_sha256_finish(&ota->whole.fetch, fetched);
    port_sha256_finish(&ota->whole.measurement, measured);
    fetch->kind = OTA_FETCH_NONE;
    if (memcmp(fetched, layer->fetch_hash, SHA256_BYTES) != 0)
        return otr_UpdateError_UPDATE_LAYER_HASH;
    if (memcmp(measured, layer->measurement_hash, SHA256_BYTES) != 0)
        return otr_UpdateError_UPDATE_MEASUREMENT;
    return otr_UpdateError_UPDATE_OK;
}

static int fetch_layer(struct ota *ota, uint32_t index)
{
    const struct manifest_layer *layer = &ota->target.layers[index];
    struct ota_fetch *fetch = &ota->fetches[0];
    int status;

    fetch->kind = OTA_FETCH_WHOLE;
    fetch->layer = index;
    fetch->next_block = layer->first;
    fetch->end_block = layer->first + layer->blocks;
    status = ota_fetch_begin(ota, fetch, layer->fetch_hash, 0, layer->blocks * BLOCK_BYTES);
    if (status == 0) {
        port_sha256_start(&ota->whole.fetch);
        port_sha256_start(&ota->whole.measurement);
    }
    return status;
}

static void all_layers_fetched(struct ota *ota)
{
    if (ota_record_mark(ota->target_index, OTA_MARK_LISTED) != 0) {
        ota_fail(ota, otr_UpdateError_UPDATE_FLASH);
        return;
    }
    ota->records[ota->target_index].listed = true;
    ota->target_usable = true;
    ota_emit(ota, OTA_EV_GOT, otr_UpdateError_UPDATE_OK);
}

uint64_t ota_whole_step(struct ota *ota)
{
    struct ota_fetch *fetch = &ota->fetches[0];
    otr_UpdateError error = otr_UpdateError_UPDATE_OK;

    if (!ota_has_staging() && ota_target_claim(ota) != 0)
        error = otr_UpdateError_UPDATE_FLASH;
    else if (fetch->kind == OTA_FETCH_WHOLE && fetch->ended)
        error = layer_finished(ota, fetch);
    if (error != otr_UpdateError_UPDATE_OK) {
        ota_fail(ota, error);
        return ota->now_us;
    }
    if (fetch->kind != OTA_FETCH_NONE)
        return OTA_WAIT_EVENT;
    while (ota->cursor < ota->target.layer_count && ota->target.layers[ota->cursor].has_list)
        ota->cursor++;
    if (ota->cursor == ota->target.layer_count) {
        all_layers_fetched(ota);
        return ota->now_us;
    }
    if (!ota->link_up)
        return OTA_WAIT_EVENT;
    if (fetch_layer(ota, ota->cursor) != 0)
        return ota->now_us + OTA_WAIT_CHANNEL_US;
    ota->cursor++;
    return OTA_WAIT_EVENT;
}
