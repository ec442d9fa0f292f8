/* SPDX-License-Identifier: Apache-2.0 */
/* Devices as JSON. */
#include "api/device_json.h"

#include <stdio.h>
#include <string.h>

#include "api/key_json.h"
#include "api/microvisor_json.h"
#include "api/update_json.h"
#include "base/clock.h"
#include "model/update.h"

static void app_object(struct json_out *j, const struct store_device *dev, const struct model_progress *p)
{
    json_put_object(j, "app");
    json_put_text_or_null(j, "target_sid", dev->target_sid);
    json_put_hash(j, "target_hash", dev->target_sha256);
    json_put_time(j, "date_targeted", dev->targeted_us);
    json_put_text(j, "update_status", model_update_status_name(p->status));
    json_put_number(j, "update_error_code", p->error_code);
    json_put_text_or_null(j, "reported_sid", dev->reported_sid);
    json_put_time(j, "date_reported", dev->reported_us);
    json_put_object_end(j);
}

static void logging_object(struct json_out *j, const struct store_device *dev, int64_t now_us)
{
    bool enabled = dev->logging_until_us > now_us;
    json_put_object(j, "logging");
    json_put_bool(j, "enabled", enabled);
    json_put_time(j, "date_expires", enabled ? dev->logging_until_us : 0);
    json_put_object_end(j);
}

static void status_object(struct json_out *j, const struct store_device *dev, const struct model_progress *p)
{
    json_put_object(j, "status");
    json_put_bool(j, "online", dev->online);
    json_put_time(j, "last_seen", dev->last_seen_us);
    json_put_bool(j, "revoked", dev->revoked);
    json_put_text_or_null(j, "board", dev->board);
    json_put_text_or_null(j, "microvisor_version", dev->microvisor_version);
    json_put_number(j, "boot_count", dev->boot_count);
    json_put_text(j, "app_state", model_app_state_name(dev->app_state));
    json_put_hash(j, "reported_hash", dev->reported_sha256);
    json_put_number(j, "crash_count", dev->crash_count);
    device_keys_json(j, dev);
    update_json(j, p);
    json_put_object_end(j);
}

static void links_object(struct json_out *j, const struct request *q, const struct store_device *dev)
{
    char url[REQUEST_BASE_MAX + 64];
    json_put_object(j, "links");
    (void)snprintf(url, sizeof(url), "%s/v1/Devices/%s/Configs", q->base_url, dev->sid);
    json_put_text(j, "device_configs", url);
    (void)snprintf(url, sizeof(url), "%s/v1/Devices/%s/Secrets", q->base_url, dev->sid);
    json_put_text(j, "device_secrets", url);
    (void)snprintf(url, sizeof(url), "%s/v1/Devices/%s/Crashes", q->base_url, dev->sid);
    json_put_text(j, "device_crashes", url);
    json_put_object_end(j);
}

void device_json_members(struct json_out *j, const struct request *q, const struct store_device *dev,
                         int64_t now_us)
{
    const struct model_update update = { .has_target = dev->target_sid[0] != '\0',
                                         .target_sha256 = dev->target_sha256,
                                         .reported_sha256 = dev->reported_sha256,
                                         .update_sha256 = dev->update_sha256,
                                         .phase = dev->update_phase,
                                         .error = dev->update_error,
                                         .bytes_done = dev->bytes_done,
                                         .bytes_total = dev->bytes_total };
    struct model_progress progress;
    char url[REQUEST_BASE_MAX + 64];
    model_update_judge(&update, &progress);
    (void)snprintf(url, sizeof(url), "%s/v1/Devices/%s", q->base_url, dev->sid);
    json_put_text(j, "sid", dev->sid);
    json_put_text_or_null(j, "unique_name", dev->unique_name);
    json_put_text(j, "account_sid", dev->account_sid);
    app_object(j, dev, &progress);
    logging_object(j, dev, now_us);
    json_put_time(j, "date_created", dev->created_us);
    json_put_time(j, "date_updated", dev->updated_us);
    json_put_text(j, "url", url);
    links_object(j, q, dev);
    microvisor_device_json(j, dev);
    status_object(j, dev, &progress);
}

void device_reply(const struct request *q, struct reply *r, unsigned status, const struct store_device *dev)
{
    struct json_out j = reply_json(r, status);
    json_put_object(&j, NULL);
    device_json_members(&j, q, dev, clock_wall_us());
    json_put_object_end(&j);
}
