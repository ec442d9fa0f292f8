/* SPDX-License-Identifier: Apache-2.0 */
/* Polls GET /v1/Devices/{sid}/Logs. Must not give a line out twice or swallow one. */
#include "logs/stream.h"

#include <errno.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/stop.h"
#include "http/url.h"
#include "json/doc.h"
#include "output/logline.h"
#include "rest/rest.h"

/* Logging stays on for 24 h; asking again every 12 keeps it on. */
#define STREAM_ENABLE_AGAIN_MS (12 * 3600 * 1000LL)

void stream_init(struct stream *s, struct rest *rest, const char *device)
{
    *s = (struct stream){ .rest = rest, .device = device, .wait_ms = STREAM_FAST_MS };
}

int stream_enable(struct stream *s, struct fail *fail)
{
    static const struct http_field on = { "LoggingEnabled", "true" };
    char *path = rest_path("/v1/Devices/", s->device, "");
    struct doc *answer = NULL;
    int status = rest_post(s->rest, path, &on, 1, &answer, fail);

    s->enabled_ms = stop_now_ms();
    doc_free(answer);
    mem_free(path);
    return status;
}

/* Path of a page of the log; free with mem_free. after: only lines with a larger id; negative = newest lines first. */
static char *log_path(const struct stream *s, int64_t after, uint32_t count)
{
    char *device = url_encode(s->device), *type = url_encode(s->type ? s->type : "");
    char *order = after < 0 ? mem_text("Order=desc") : mem_format("Order=asc&After=%lld", (long long)after);
    char *path = mem_format("/v1/Devices/%s/Logs?%s&PageSize=%u%s%s", device, order, count,
                            s->type ? "&Type=" : "", type);

    mem_free(order);
    mem_free(type);
    mem_free(device);
    return path;
}

static int check_output(struct fail *fail)
{
    if (fflush(stdout) == 0)
        return CLI_OK;
    return fail_set(fail, errno == EPIPE ? CLI_PIPE_CLOSED : CLI_IO, "cannot write to standard output");
}

static void print_line(struct stream *s, const struct doc *line)
{
    int64_t id = doc_int(line, "id", 0);

    if (id > s->last_id)
        s->last_id = id;
    if (s->is_json)
        doc_print(stdout, line, false);
    else
        logline_print(stdout, doc_text(line, "timestamp", "-"), doc_text(line, "type", "-"),
                      doc_text(line, "text", ""), doc_int(line, "dropped", 0));
}

/* Pages back from the newest line until there are count of them. */
static int collect_newest(struct stream *s, uint32_t count, struct doc *lines, struct fail *fail)
{
    char *path = log_path(s, -1, count < PAGE_ROWS ? count : PAGE_ROWS);
    int status = CLI_OK;

    while (path && !status && doc_len(lines, "") < count) {
        struct doc *page = NULL;

        status = rest_get(s->rest, path, &page, fail);
        for (size_t i = 0; i < doc_len(page, "logs") && doc_len(lines, "") < count; i++)
            doc_add_borrowed(lines, doc_at(page, "logs", i));
        mem_free(path);
        path = doc_len(page, "logs") ? rest_next_page(page) : NULL;
        doc_free(page);
    }
    mem_free(path);
    return status;
}

int stream_tail(struct stream *s, uint32_t count, struct fail *fail)
{
    struct doc *lines = doc_new_array();
    int status = collect_newest(s, count ? count : 1, lines, fail);

    if (!status && count == 0)
        s->last_id = doc_int(doc_at(lines, "", 0), "id", 0);
    else if (!status)
        for (size_t i = doc_len(lines, ""); i-- > 0;) /* they are given out oldest first */
            print_line(s, doc_at(lines, "", i));
    doc_free(lines);
    return status ? status : check_output(fail);
}

static void slow_down(struct stream *s)
{
    s->wait_ms += s->wait_ms / 4;
    if (s->wait_ms > STREAM_SLOW_MS)
        s->wait_ms = STREAM_SLOW_MS;
}

static int take_page(struct stream *s, const struct doc *page, struct fail *fail)
{
    size_t count = doc_len(page, "logs");
    int64_t before = s->last_id;

    if (s->is_lost)
        fprintf(stderr, "outrigger: the server answers again\n");
    s->is_lost = false;
    for (size_t i = 0; i < count; i++)
        if (doc_int(doc_at(page, "logs", i), "id", 0) > s->last_id)
            print_line(s, doc_at(page, "logs", i));
    if (s->last_id > before)
        s->wait_ms = count < PAGE_ROWS ? STREAM_FAST_MS : 0;
    else
        slow_down(s);
    return check_output(fail);
}

static int take_loss(struct stream *s, struct fail *fail)
{
    if (!s->is_lost)
        fprintf(stderr, "outrigger: %s; trying again\n", fail->text);
    s->is_lost = true;
    slow_down(s);
    return CLI_OK;
}

/* 5xx and 429 pass by themselves. */
static bool is_passing(const struct stream *s, int status)
{
    long http = rest_status(s->rest);

    return status == CLI_UNREACHABLE || (status == CLI_REFUSED && (http >= 500 || http == 429));
}

int stream_poll(struct stream *s, struct fail *fail)
{
    char *path = log_path(s, s->last_id, PAGE_ROWS);
    struct doc *page = NULL;
    int status = CLI_OK;

    if (s->enabled_ms && stop_now_ms() - s->enabled_ms > STREAM_ENABLE_AGAIN_MS)
        status = stream_enable(s, fail);
    if (!status)
        status = rest_get(s->rest, path, &page, fail);
    mem_free(path);
    if (is_passing(s, status))
        return take_loss(s, fail);
    if (!status)
        status = take_page(s, page, fail);
    doc_free(page);
    return status;
}

int stream_follow(struct stream *s, struct fail *fail)
{
    for (;;) {
        int status = stream_poll(s, fail);

        if (status)
            return status;
        if (!stop_wait_ms(s->wait_ms))
            return fail_set(fail, CLI_INTERRUPTED, "%s", ""); /* how following is meant to end */
        if (s->wait_ms == 0)
            s->wait_ms = STREAM_FAST_MS;
    }
}
