/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a record and its blocks in one go; see ota_preinstall.h. */
#include "core/ota/ota_preinstall.h"

#include <string.h>

#include "core/img/digest.h"
#include "core/ota/ota.h"
#include "core/ota/ota_work.h"
#include "port/port_status.h"

static int write_block(const struct ota_preinstall *app, uint32_t block, const uint8_t *bytes,
                       uint32_t length)
{
    uint8_t data[BLOCK_BYTES];
    uint8_t digest[SHA256_BYTES];
    int status;

    memset(data, 0xff, sizeof(data));
    memcpy(data, bytes, length);
    digest_bytes(data, sizeof(data), digest);
    if (app->place == OTA_PREINSTALL_STAGED && !ota_staging_is_own(block))
        return PORT_EINVAL;
    status = ota_block_write(
        app->place == OTA_PREINSTALL_STAGED ? ota_staging_place(block) : block_place(block), data);
    return status == 0 ? ota_record_write_hash(app->index, block, digest) : status;
}

static int write_layer(const struct ota_preinstall *app, const struct manifest_layer *layer,
                       const struct ota_preinstall_layer *content)
{
    int status = content->length > 0 && content->length <= layer->blocks * BLOCK_BYTES ? 0 : PORT_EINVAL;

    for (uint32_t done = 0; done < content->length && status == 0; done += BLOCK_BYTES) {
        uint32_t left = content->length - done;

        status = write_block(app, layer->first + done / BLOCK_BYTES, content->bytes + done,
                             left < BLOCK_BYTES ? left : BLOCK_BYTES);
    }
    return status;
}

static int write_marks(const struct ota_preinstall *app)
{
    int status = ota_has_whole_layer(app->manifest) ? ota_record_mark(app->index, OTA_MARK_LISTED) : 0;

    if (app->place == OTA_PREINSTALL_STAGED)
        return status;
    if (status == 0)
        status = ota_record_mark(app->index, OTA_MARK_INSTALLING);
    return status == 0 ? ota_record_mark(app->index, OTA_MARK_COMPLETE) : status;
}

int ota_preinstall_write(const struct ota_preinstall *app)
{
    struct ota_record record = { .generation = app->place == OTA_PREINSTALL_STAGED ? 2 : 1,
                                 .manifest_bytes = app->manifest_length };
    int status = app->place == OTA_PREINSTALL_STAGED && !ota_has_staging() ? PORT_EINVAL : 0;

    memcpy(record.sha256, app->manifest->sha256, SHA256_BYTES);
    for (uint32_t i = 0; i < app->manifest->layer_count && status == 0; i++)
        status = write_layer(app, &app->manifest->layers[i], &app->layers[i]);
    if (status == 0)
        status = ota_record_write_manifest(app->index, app->manifest_bytes, app->manifest_length);
    if (status == 0)
        status = ota_record_commit(app->index, &record);
    return status == 0 ? write_marks(app) : status;
}
