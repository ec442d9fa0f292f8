/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crash reports of a device: list and show. What is secret in a report was sealed by the device to a key of the bundle's author,
 * and is handed on as it came.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handlers.h"
#include "api/paging.h"
#include "api/service.h"
#include "base/status.h"
#include "crypto/base64.h"
#include "model/crash.h"

#define WORD_BYTES 4u

static void word_put(struct json_out *j, const char *key, uint32_t value)
{
    char text[11];
    (void)snprintf(text, sizeof(text), "0x%08" PRIx32, value);
    json_put_text(j, key, text);
}

static void id_put(struct json_out *j, const char *key, uint64_t value)
{
    char text[17];
    (void)snprintf(text, sizeof(text), "%016" PRIx64, value); /* too large for JavaScript's numbers */
    json_put_text(j, key, text);
}

static void bytes_put(struct json_out *j, const char *key, const unsigned char *bytes, size_t len)
{
    char text[CRYPTO_BASE64_CHARS(CRASH_SEALED_MAX_BYTES) + 1];
    if (len == 0) {
        json_put_null(j, key);
        return;
    }
    crypto_base64_encode(bytes, len, text); /* the stack is shorter than what is sealed */
    json_put_text(j, key, text);
}

static void registers_put(struct json_out *j, const struct store_crash *c)
{
    if (c->registers_len != WORD_BYTES * CRASH_REGISTER_WORDS) {
        json_put_null(j, "registers");
        return;
    }
    json_put_object(j, "registers");
    for (unsigned i = 0; i < CRASH_REGISTER_WORDS; i++) {
        const unsigned char *at =
            c->registers + WORD_BYTES * i; /* little-endian, as they lie in the device */
        uint32_t value =
            (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        word_put(j, model_crash_register_name(i), value);
    }
    json_put_object_end(j);
}

static void fault_members(struct json_out *j, const struct store_crash *c)
{
    json_put_text(j, "cause", model_crash_cause_name(c->cause));
    json_put_text(j, "cause_text", model_crash_cause_text(c->cause));
    word_put(j, "pc", c->pc);
    word_put(j, "lr", c->lr);
    word_put(j, "xpsr", c->xpsr);
    if (c->address_known) {
        word_put(j, "address", c->address);
    } else {
        json_put_null(j, "address");
    }
    word_put(j, "fault_status", c->fault_status);
    word_put(j, "secure_fault_status", c->secure_fault_status);
    json_put_number(j, "restart_in_ms", c->restart_in_ms);
    json_put_number(j, "count", c->count);
}

static void crash_json(struct json_out *j, const struct request *q, const struct store_crash *c)
{
    char url[REQUEST_BASE_MAX + 128];
    json_put_object(j, NULL);
    json_put_text(j, "sid", c->sid);
    json_put_text(j, "device_sid", c->device_sid);
    id_put(j, "report_id", c->report_id);
    json_put_text(j, "origin", model_crash_origin_name(c->origin));
    json_put_time_us(j, "timestamp", c->received_us);
    id_put(j, "boot_id", c->boot_id);
    json_put_number(j, "device_us", (int64_t)c->device_us);
    json_put_text_or_null(j, "app_sid", c->app_sid);
    json_put_number(j, "microvisor_number", c->microvisor_number);
    fault_members(j, c);
    registers_put(j, c);
    bytes_put(j, "stack", c->stack, c->stack_len);
    bytes_put(j, "sealed", c->sealed, c->sealed_len);
    (void)snprintf(url, sizeof(url), "%s/v1/Devices/%s/Crashes/%s", q->base_url, c->device_sid, c->sid);
    json_put_text(j, "url", url);
    json_put_object_end(j);
}

static void list_write(struct request *q, struct reply *r, const char *device_sid,
                       const struct model_page *page, const struct store_crash *crashes, uint32_t read)
{
    const struct paging_rows rows = paging_rows(page, read);
    const struct store_crash *shown = crashes + rows.first;
    char path[80];
    struct json_out j = reply_json(r, 200);
    (void)snprintf(path, sizeof(path), "/v1/Devices/%s/Crashes", device_sid);
    json_put_object(&j, NULL);
    json_put_array(&j, "crashes");
    for (uint32_t i = 0; i < rows.count; i++) {
        crash_json(&j, q, &shown[i]);
    }
    json_put_array_end(&j);
    paging_meta(&j, q, path, "crashes", page, &rows, rows.count ? shown[0].position : 0,
                rows.count ? shown[rows.count - 1].position : 0, "");
    json_put_object_end(&j);
}

/* SID of the device that the path names; false when the reply says that there is none. */
static bool device_of_path(struct worker *w, struct request *q, struct reply *r, char sid[SID_BYTES])
{
    struct store_device dev;
    int rc = store_device_get(w->store, q->account_sid, q->path.segment[2], &dev);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
        return false;
    }
    memcpy(sid, dev.sid, SID_BYTES);
    return true;
}

void device_crash_list(struct worker *w, struct request *q, struct reply *r)
{
    struct model_page page;
    char sid[SID_BYTES];
    uint32_t n = 0;
    if (!device_of_path(w, q, r, sid) || !paging_read(q, r, &page)) {
        return;
    }
    const struct store_page ask = paging_ask(&page);
    struct store_crash *crashes = calloc(ask.limit, sizeof(*crashes));
    int rc = crashes == NULL ? ST_NO_MEMORY : store_crash_list(w->store, sid, &ask, crashes, &n);
    if (rc == ST_OK) {
        list_write(q, r, sid, &page, crashes, n);
    } else {
        reply_store_failed(q, r, rc);
    }
    free(crashes);
}

void device_crash_get(struct worker *w, struct request *q, struct reply *r)
{
    struct store_crash crash;
    char sid[SID_BYTES];
    if (!device_of_path(w, q, r, sid)) {
        return;
    }
    int rc = store_crash_get(w->store, sid, q->path.segment[4], &crash);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
        return;
    }
    struct json_out j = reply_json(r, 200);
    crash_json(&j, q, &crash);
}
