/* SPDX-License-Identifier: Apache-2.0 */
/* Paging by tokens; the page number goes along for people who count. */
#include "api/paging.h"

#include <stdio.h>
#include <string.h>

#include "base/status.h"

#define URL_MAX (REQUEST_BASE_MAX + 600u)

bool paging_read(const struct request *q, struct reply *r, struct model_page *page)
{
    model_page_defaults(page);
    for (size_t i = 0; i < q->query.count; i++) {
        const struct form_field *f = &q->query.field[i];
        const char *why = NULL;
        if (model_page_set(page, f->name, f->value, &why) == ST_INVALID) {
            reply_bad_parameter(q, r, f->name, f->value, why);
            return false;
        }
    }
    return true;
}

struct store_page paging_ask(const struct model_page *page)
{
    return (struct store_page){ .position = page->position,
                                .backwards = page->backwards,
                                .skip = model_page_skip(page),
                                .limit = page->size + 1 };
}

struct paging_rows paging_rows(const struct model_page *page, uint32_t read)
{
    struct paging_rows rows = { .read = read };
    bool more = read > page->size;
    rows.count = more ? page->size : read;
    if (page->has_token && page->backwards) {
        rows.first = more ? 1 : 0; /* the row too many is the newest one */
        rows.more_before = more;
        rows.more_after = true;
    } else {
        rows.more_before = page->has_token || page->number > 0;
        rows.more_after = more;
    }
    return rows;
}

static void url_write(struct json_out *j, const char *name, const struct request *q, const char *path,
                      const struct model_page *page, uint32_t number, const char *token, const char *extra)
{
    char url[URL_MAX];
    (void)snprintf(url, sizeof(url), "%s%s?PageSize=%u&Page=%u%s%s%s", q->base_url, path, page->size, number,
                   token[0] ? "&PageToken=" : "", token, extra);
    json_put_text(j, name, url);
}

static void own_url_write(struct json_out *j, const struct request *q, const char *path,
                          const struct model_page *page, const char *extra)
{
    char token[PAGE_TOKEN_BYTES] = "";
    if (page->has_token) {
        model_page_token(page->backwards, page->position, token);
    }
    url_write(j, "url", q, path, page, page->number, token, extra);
}

void paging_meta(struct json_out *j, const struct request *q, const char *path, const char *key,
                 const struct model_page *page, const struct paging_rows *rows, int64_t before, int64_t after,
                 const char *extra)
{
    char token[PAGE_TOKEN_BYTES];
    json_put_object(j, "meta");
    json_put_number(j, "page", page->number);
    json_put_number(j, "page_size", page->size);
    url_write(j, "first_page_url", q, path, page, 0, "", extra);
    if (rows->more_before && before != 0) {
        model_page_token(true, before, token);
        url_write(j, "previous_page_url", q, path, page, page->number > 0 ? page->number - 1 : 0, token,
                  extra);
    } else {
        json_put_null(j, "previous_page_url");
    }
    own_url_write(j, q, path, page, extra);
    if (rows->more_after && after != 0) {
        model_page_token(false, after, token);
        url_write(j, "next_page_url", q, path, page, page->number + 1, token, extra);
    } else {
        json_put_null(j, "next_page_url");
    }
    json_put_text(j, "key", key);
    json_put_object_end(j);
}
