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

/* after: id to go on from, 0 = from the end of the order. */
static int fetch(struct stream *s, const char *order, int64_t after, uint32_t count, struct doc **page,
                 struct fail *fail)
{
    char *device = url_encode(s->device), *type = url_encode(s->type ? s->type : "");
    char *from = after ? mem_format("&After=%lld", (long long)after) : mem_text("");
    char *path = mem_format("/v1/Devices/%s/Logs?Order=%s&PageSize=%u%s%s%s", device, order, count, from,
                            s->type ? "&Type=" : "", type);
    int status = rest_get(s->rest, path, page, fail);

    mem_free(path);
    mem_free(from);
    mem_free(type);
    mem_free(device);
    return status;
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

/* Pages back from the newest line; gives the lines out oldest first. */
static int print_newest(struct stream *s, uint32_t count, struct fail *fail)
{
    struct doc *newest = doc_new_array();
    int64_t before = 0;
    size_t got = 1;
    int status = CLI_OK;

    while (!status && got && doc_len(newest, "") < count) {
        uint32_t left = count - (uint32_t)doc_len(newest, "");
        struct doc *page = NULL;

        status = fetch(s, "desc", before, left < PAGE_ROWS ? left : PAGE_ROWS, &page, fail);
        got = doc_len(page, "logs");
        for (size_t i = 0; i < got; i++)
            doc_add_borrowed(newest, doc_at(page, "logs", i));
        if (got)
            before = doc_int(doc_at(page, "logs", got - 1), "id", 0);
        doc_free(page);
        if (before <= 0)
            break; /* the server does not number its lines: there is no further page to ask for */
    }
    for (size_t i = doc_len(newest, ""); !status && i-- > 0;)
        print_line(s, doc_at(newest, "", i));
    doc_free(newest);
    return status ? status : check_output(fail);
}

int stream_tail(struct stream *s, uint32_t count, struct fail *fail)
{
    struct doc *page = NULL;
    int status;

    if (count)
        return print_newest(s, count, fail);
    status = fetch(s, "desc", 0, 1, &page, fail);
    if (!status)
        s->last_id = doc_int(doc_at(page, "logs", 0), "id", 0);
    doc_free(page);
    return status;
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
    struct doc *page = NULL;
    int status = CLI_OK;

    if (s->enabled_ms && stop_now_ms() - s->enabled_ms > STREAM_ENABLE_AGAIN_MS)
        status = stream_enable(s, fail);
    if (!status)
        status = fetch(s, "asc", s->last_id, PAGE_ROWS, &page, fail);
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
            return fail_set(fail, CLI_INTERRUPTED, "interrupted");
        if (s->wait_ms == 0)
            s->wait_ms = STREAM_FAST_MS;
    }
}
