/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisors as JSON. */
#include "api/microvisor_json.h"

#include <stdio.h>

#include "api/device_microvisor.h"
#include "api/update_json.h"
#include "model/update.h"
#include "wire.pb.h"

void microvisor_json(struct json_out *j, const struct request *q, const struct store_microvisor *m)
{
    char url[REQUEST_BASE_MAX + 64];
    json_put_object(j, NULL);
    json_put_text(j, "sid", m->sid);
    json_put_text(j, "account_sid", m->account_sid);
    json_put_text_or_null(j, "unique_name", m->unique_name);
    json_put_hash(j, "hash", m->manifest_sha256);
    json_put_text(j, "board", m->board);
    json_put_text(j, "version", m->version);
    json_put_number(j, "number", m->number);
    json_put_number(j, "ratchet", m->ratchet);
    json_put_hash(j, "image_hash", m->image_sha256);
    json_put_number(j, "image_bytes", m->image_bytes);
    json_put_bool(j, "default", m->is_default);
    json_put_time(j, "date_created", m->created_us);
    json_put_time(j, "date_updated", m->updated_us);
    (void)snprintf(url, sizeof(url), "%s/v1/Microvisors/%s", q->base_url, m->sid);
    json_put_text(j, "url", url);
    json_put_object_end(j);
}

static const char *slot_name(uint32_t slot)
{
    return slot == otr_ImageSlot_SLOT_A ? "A" : slot == otr_ImageSlot_SLOT_B ? "B" : "";
}

/* What the device said; nulls where it said nothing. */
static void reported_members(struct json_out *j, const struct store_device *dev)
{
    const struct store_microvisor_status *v = &dev->microvisor;
    json_put_text_or_null(j, "version", dev->microvisor_version);
    json_put_number(j, "number", dev->microvisor_number);
    json_put_text_or_null(j, "slot", slot_name(v->slot));
    if (dev->microvisor_reported_us != 0) {
        json_put_bool(j, "confirmed", v->confirmed);
        json_put_number(j, "ratchet", v->ratchet);
    } else {
        json_put_null(j, "confirmed");
        json_put_null(j, "ratchet");
    }
    json_put_text_or_null(j, "reported_sid", dev->microvisor_sid);
    json_put_hash(j, "reported_hash", v->manifest_sha256);
    json_put_time(j, "date_reported", dev->microvisor_reported_us);
}

void microvisor_device_json(struct json_out *j, const struct store_device *dev)
{
    struct model_progress p;
    device_microvisor_progress(dev, &p);
    json_put_object(j, "microvisor");
    json_put_text_or_null(j, "target_sid", dev->wanted.sid);
    json_put_hash(j, "target_hash", dev->wanted.manifest_sha256);
    json_put_text(j, "target_source",
                  dev->wanted.position == 0 ? NULL
                  : dev->wanted_is_own      ? "device"
                                            : "default");
    json_put_bool(j, "target_now", store_device_is_urgent(dev));
    json_put_time(j, "date_targeted", dev->microvisor_targeted_us);
    json_put_text(j, "update_status", model_update_status_name(p.status));
    json_put_number(j, "update_error_code", p.error_code);
    reported_members(j, dev);
    update_json(j, &p);
    json_put_object_end(j);
}
