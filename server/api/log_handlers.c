/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines of a device. Newest first by default, with the paging of all lists; Order=asc, or After=ID for whoever follows, gives
 * them oldest first, and next_page_url then goes on with After.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handlers.h"
#include "api/paging.h"
#include "api/service.h"
#include "base/status.h"
#include "model/number.h"

static const char *const types[] = { "app_logging", "ota_update", "app_crash", "microvisor", "connection" };

struct log_query {
    struct model_page page;
    bool ascending;
    uint64_t after;
    const char *type;
};

static bool order_read(const struct request *q, struct reply *r, struct log_query *out)
{
    const char *order = form_field_value(&q->query, "Order");
    const char *after = form_field_value(&q->query, "After");
    out->ascending = after != NULL || (order != NULL && strcmp(order, "asc") == 0);
    if (order != NULL && strcmp(order, "asc") != 0 && strcmp(order, "desc") != 0) {
        reply_bad_parameter(q, r, "Order", order, "asc or desc");
        return false;
    }
    if (after != NULL && order != NULL && strcmp(order, "desc") == 0) {
        reply_bad_parameter(q, r, "Order", order, "asc, because After asks for what came later");
        return false;
    }
    if (after != NULL && model_number_parse(after, INT64_MAX, &out->after) != ST_OK) {
        reply_bad_parameter(q, r, "After", after, "the id of a log line, or 0");
        return false;
    }
    if (out->ascending && (out->page.has_token || out->page.number > 0)) {
        reply_error(q, r, 400, 20001,
                    "Lines in ascending order are paged by After; leave out Page and PageToken");
        return false;
    }
    if (out->page.number > 0 && !out->page.has_token) {
        reply_error(q, r, 400, 20001, "Pages of log lines are found by PageToken; follow next_page_url");
        return false;
    }
    if (out->page.has_token && out->page.backwards) {
        reply_bad_parameter(q, r, "PageToken", form_field_value(&q->query, "PageToken"),
                            "the token of next_page_url");
        return false;
    }
    return true;
}

static bool type_read(const struct request *q, struct reply *r, struct log_query *out)
{
    const char *type = form_field_value(&q->query, "Type");
    out->type = type ? type : "";
    if (type == NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i], type) == 0) {
            return true;
        }
    }
    reply_bad_parameter(q, r, "Type", type, "app_logging, ota_update, app_crash, microvisor or connection");
    return false;
}

static void line_json(struct json_out *j, const struct store_log *line)
{
    char boot[17];
    (void)snprintf(boot, sizeof(boot), "%016" PRIx64, line->boot_id); /* too large for JavaScript's numbers */
    json_put_object(j, NULL);
    json_put_number(j, "id", line->id);
    json_put_text(j, "device_sid", line->device_sid);
    json_put_time_us(j, "timestamp", line->received_us);
    json_put_number(j, "device_us", (int64_t)line->device_us);
    json_put_text(j, "boot_id", boot);
    json_put_number(j, "seq", line->seq);
    json_put_text(j, "type", line->type);
    json_put_text(j, "text", line->text);
    json_put_number(j, "dropped", line->dropped);
    json_put_object_end(j);
}

static void url_write(struct json_out *j, const char *name, const struct request *q, const char *path,
                      const struct log_query *ask, uint64_t after)
{
    char url[REQUEST_BASE_MAX + 300];
    (void)snprintf(url, sizeof(url), "%s%s?PageSize=%u&Order=asc&After=%" PRIu64 "%s%s", q->base_url, path,
                   ask->page.size, after, ask->type[0] ? "&Type=" : "", ask->type);
    json_put_text(j, name, url);
}

/* Meta of ascending lines: the same keys as everywhere, by id instead of by page. */
static void ascending_meta(struct json_out *j, const struct request *q, const char *path,
                           const struct log_query *ask, bool more, int64_t last_id)
{
    json_put_object(j, "meta");
    json_put_number(j, "page", 0);
    json_put_number(j, "page_size", ask->page.size);
    url_write(j, "first_page_url", q, path, ask, 0);
    json_put_null(j, "previous_page_url");
    url_write(j, "url", q, path, ask, ask->after);
    if (more) {
        url_write(j, "next_page_url", q, path, ask, (uint64_t)last_id);
    } else {
        json_put_null(j, "next_page_url");
    }
    json_put_text(j, "key", "logs");
    json_put_object_end(j);
}

static void list_write(const struct request *q, struct reply *r, const char *device_sid,
                       const struct log_query *ask, const struct store_log *lines, uint32_t read)
{
    struct paging_rows rows = paging_rows(&ask->page, read);
    int64_t last_id = rows.count ? lines[rows.count - 1].id : 0;
    char path[80], extra[60];
    struct json_out j = reply_json(r, 200);
    rows.more_before = false; /* newer lines are there by asking again */
    (void)snprintf(path, sizeof(path), "/v1/Devices/%s/Logs", device_sid);
    (void)snprintf(extra, sizeof(extra), "&Order=desc%s%s", ask->type[0] ? "&Type=" : "", ask->type);
    json_put_object(&j, NULL);
    json_put_array(&j, "logs");
    for (uint32_t i = 0; i < rows.count; i++) {
        line_json(&j, &lines[i]);
    }
    json_put_array_end(&j);
    if (ask->ascending) {
        ascending_meta(&j, q, path, ask, rows.more_after, last_id);
    } else {
        paging_meta(&j, q, path, "logs", &ask->page, &rows, 0, last_id, extra);
    }
    json_put_object_end(&j);
}

static void lines_reply(struct worker *w, struct request *q, struct reply *r, const char *device_sid,
                        const struct log_query *ask)
{
    uint32_t n = 0;
    struct store_log *lines = calloc(ask->page.size + 1, sizeof(*lines));
    int64_t from = ask->ascending ? (int64_t)ask->after : ask->page.position;
    int rc = lines == NULL ? ST_NO_MEMORY
                           : store_log_list(w->store, device_sid, from, !ask->ascending, ask->type,
                                            ask->page.size + 1, lines, &n);
    if (rc == ST_OK) {
        list_write(q, r, device_sid, ask, lines, n);
    } else {
        reply_store_failed(q, r, rc);
    }
    free(lines);
}

void device_log_list(struct worker *w, struct request *q, struct reply *r)
{
    struct log_query ask = { 0 };
    struct store_device dev;
    int rc = store_device_get(w->store, q->account_sid, q->path.segment[2], &dev);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    } else if (paging_read(q, r, &ask.page) && order_read(q, r, &ask) && type_read(q, r, &ask)) {
        lines_reply(w, q, r, dev.sid, &ask);
    }
}
