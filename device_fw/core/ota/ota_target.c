/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a wanted hash to a usable record: manifest and signed block lists (states MANIFEST and LISTS), and the
 * same verification for records that are found in flash at start.
 */
#include <string.h>

#include "core/img/digest.h"
#include "core/img/layer_cipher.h"
#include "core/ota/ota_work.h"
#include "port/port_status.h"

bool ota_has_whole_layer(const struct manifest *manifest)
{
    for (uint32_t i = 0; i < manifest->layer_count; i++)
        if (!manifest->layers[i].has_list)
            return true;
    return false;
}

void ota_manifest_enter(struct ota *ota)
{
    ota->bytes_done = 0;
    ota->bytes_total = 0;
}

static uint32_t next_generation(const struct ota *ota)
{
    uint32_t newest = 0;

    for (uint32_t i = 0; i < OTA_RECORDS; i++)
        if (ota->records[i].valid && ota->records[i].generation > newest)
            newest = ota->records[i].generation;
    return newest + 1;
}

/* Room for the hashes and marks of all blocks of the target. */
static int erase_record(const struct ota *ota, uint32_t index)
{
    int status = ota_record_erase(index);

    for (uint32_t chapter = 1; chapter < ota_record_chapters() && status == 0; chapter++)
        if (manifest_touches(&ota->target, chapter * OTA_CHAPTER_BLOCKS, OTA_CHAPTER_BLOCKS))
            status = ota_record_erase_chapter(index, chapter);
    return status;
}

/* Begins a new record in the place that does not own the slot (R4). */
static int begin_record(struct ota *ota, const uint8_t *manifest, uint32_t length)
{
    uint32_t index = ota->owner_index == 0 ? 1 : 0;
    struct ota_record *record = &ota->records[index];
    uint32_t generation = next_generation(ota);
    int status;

    memset(record, 0, sizeof(*record));
    record->generation = generation;
    record->manifest_bytes = length;
    memcpy(record->app_sid, ota->active.app_sid, sizeof(record->app_sid));
    memcpy(record->sha256, ota->active.sha256, SHA256_BYTES);
    ota->target_index = index;
    ota->target_usable = false;
    status = erase_record(ota, index);
    return status == 0 ? ota_record_write_manifest(index, manifest, length) : status;
}

static void manifest_arrived(struct ota *ota, const struct ota_fetch *fetch)
{
    const uint8_t *bytes = ota_fetch_buffer(ota, fetch);
    otr_UpdateError error =
        manifest_verify(bytes, fetch->filled, ota->active.sha256, &ota->signers, &ota->target);

    if (error == otr_UpdateError_UPDATE_OK)
        error = ota_content_open(ota); /* without the key nothing is begun (E2) */
    if (error == otr_UpdateError_UPDATE_OK && begin_record(ota, bytes, fetch->filled) != 0)
        error = otr_UpdateError_UPDATE_FLASH;
    if (error == otr_UpdateError_UPDATE_OK)
        ota_emit(ota, OTA_EV_GOT, error);
    else
        ota_fail(ota, error);
}

uint64_t ota_manifest_step(struct ota *ota)
{
    struct ota_fetch *fetch = &ota->fetches[0];

    if (fetch->kind == OTA_FETCH_MANIFEST && fetch->ended) {
        manifest_arrived(ota, fetch);
        return ota->now_us;
    }
    if (fetch->kind != OTA_FETCH_NONE || !ota->link_up)
        return OTA_WAIT_EVENT;
    fetch->kind = OTA_FETCH_MANIFEST;
    if (ota_fetch_begin(ota, fetch, ota->active.sha256, 0, ota->active.manifest_bytes) != 0)
        return ota->now_us + OTA_WAIT_CHANNEL_US;
    return OTA_WAIT_EVENT;
}

void ota_lists_enter(struct ota *ota)
{
    ota->cursor = 0;
}

otr_UpdateError ota_lists_take(struct ota *ota, struct ota_fetch *fetch, uint8_t *data, uint32_t length)
{
    if (length % SHA256_BYTES != 0)
        return otr_UpdateError_UPDATE_BLOCK_LIST;
    layer_decrypt_list(&ota->target.layers[fetch->layer], ota->content_key, fetch->next_block, data, length);
    for (; length > 0; length -= SHA256_BYTES, data += SHA256_BYTES) {
        struct block_expected entry;

        memcpy(entry.hash, data, SHA256_BYTES);
        if (fetch->next_block >= fetch->end_block || block_expects_erased(&entry))
            return otr_UpdateError_UPDATE_BLOCK_LIST;
        if (ota_record_write_hash(ota->target_index, fetch->next_block, entry.hash) != 0)
            return otr_UpdateError_UPDATE_FLASH;
        fetch->next_block++;
    }
    return otr_UpdateError_UPDATE_OK;
}

/* Does the list that now stands in flash have the signed hash? */
static bool list_matches(uint32_t index, const struct manifest_layer *layer, uint32_t blocks)
{
    uint8_t digest[SHA256_BYTES];

    return blocks > 0 && ota_record_list_digest(index, layer->first, blocks, digest) == 0 &&
           memcmp(digest, layer->list_hash, SHA256_BYTES) == 0;
}

static bool take_finished_lists(struct ota *ota)
{
    for (uint32_t i = 0; i < OTA_FETCHES; i++) {
        struct ota_fetch *fetch = &ota->fetches[i];
        const struct manifest_layer *layer = &ota->target.layers[fetch->layer];

        if (fetch->kind != OTA_FETCH_LIST || !fetch->ended)
            continue;
        if (!list_matches(ota->target_index, layer, fetch->next_block - layer->first))
            return false;
        fetch->kind = OTA_FETCH_NONE;
    }
    return true;
}

static int fetch_list(struct ota *ota, struct ota_fetch *fetch, uint32_t index)
{
    const struct manifest_layer *layer = &ota->target.layers[index];

    fetch->kind = OTA_FETCH_LIST;
    fetch->layer = index;
    fetch->next_block = layer->first;
    fetch->end_block = layer->first + layer->blocks;
    return ota_fetch_begin(ota, fetch, layer->list_fetch_hash, 0, layer->blocks * SHA256_BYTES);
}

static void commit_record(struct ota *ota)
{
    struct ota_record *record = &ota->records[ota->target_index];

    if (ota_record_commit(ota->target_index, record) != 0) {
        ota_fail(ota, otr_UpdateError_UPDATE_FLASH);
        return;
    }
    record->valid = true;
    ota->target_usable = !ota_has_whole_layer(&ota->target);
    ota_emit(ota, OTA_EV_GOT, otr_UpdateError_UPDATE_OK);
}

uint64_t ota_lists_step(struct ota *ota)
{
    struct ota_fetch *fetch;

    if (!take_finished_lists(ota)) {
        ota_fail(ota, otr_UpdateError_UPDATE_BLOCK_LIST);
        return ota->now_us;
    }
    while (ota->cursor < ota->target.layer_count && !ota->target.layers[ota->cursor].has_list)
        ota->cursor++;
    if (ota->cursor == ota->target.layer_count) {
        if (ota_fetch_busy(ota))
            return OTA_WAIT_EVENT;
        commit_record(ota);
        return ota->now_us;
    }
    fetch = ota_fetch_free(ota);
    if (fetch == NULL || !ota->link_up)
        return OTA_WAIT_EVENT;
    if (fetch_list(ota, fetch, ota->cursor) != 0)
        return ota->now_us + OTA_WAIT_CHANNEL_US;
    ota->cursor++;
    return ota->now_us;
}

/* Number of hashes from the start of the region to the first erased one; the rest must be erased too. */
static bool count_hashes(uint32_t index, const struct manifest_layer *layer, uint32_t *blocks)
{
    struct block_expected entry;

    *blocks = 0;
    for (uint32_t i = 0; i < layer->blocks; i++) {
        if (ota_record_read_hash(index, layer->first + i, &entry) != 0)
            return false;
        if (block_expects_erased(&entry))
            continue;
        if (*blocks != i)
            return false;
        *blocks = i + 1;
    }
    return *blocks > 0;
}

bool ota_record_load(struct ota *ota, uint32_t index, struct manifest *out)
{
    const struct ota_record *record = &ota->records[index];
    uint8_t *bytes = ota->blocks[0];
    uint32_t blocks;

    if (!record->valid || ota_record_read_manifest(index, record, bytes) != 0)
        return false;
    if (manifest_verify(bytes, record->manifest_bytes, record->sha256, &ota->signers, out) !=
        otr_UpdateError_UPDATE_OK)
        return false;
    for (uint32_t i = 0; i < out->layer_count; i++) {
        const struct manifest_layer *layer = &out->layers[i];

        if (!layer->has_list && !record->listed)
            return false;
        if (!count_hashes(index, layer, &blocks) || (layer->has_list && !list_matches(index, layer, blocks)))
            return false;
    }
    return true;
}
