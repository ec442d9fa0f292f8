/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing of paging parameters. */
#include "model/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/status.h"
#include "model/number.h"

void model_page_defaults(struct model_page *page)
{
    *page = (struct model_page){ .size = PAGE_SIZE_DEFAULT };
}

static int token_parse(struct model_page *page, const char *value)
{
    unsigned char bytes[8];
    int64_t position = 0;
    bool backwards = strncmp(value, "PB", 2) == 0;
    if ((!backwards && strncmp(value, "PA", 2) != 0) ||
        hex_decode(value + 2, bytes, sizeof(bytes)) != ST_OK || bytes[0] > 0x7f) {
        return ST_INVALID;
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        position = position << 8 | bytes[i];
    }
    page->has_token = true;
    page->backwards = backwards;
    page->position = position;
    return position > 0 ? ST_OK : ST_INVALID;
}

int model_page_set(struct model_page *page, const char *name, const char *value, const char **why)
{
    uint64_t v = 0;
    if (strcmp(name, "PageSize") == 0) {
        *why = "a number from 1 to 1000";
        if (model_number_parse(value, PAGE_SIZE_MAX, &v) != ST_OK || v == 0) {
            return ST_INVALID;
        }
        page->size = (uint32_t)v;
        return ST_OK;
    }
    if (strcmp(name, "Page") == 0) {
        *why = "a number from 0 to 1000000";
        if (model_number_parse(value, PAGE_NUMBER_MAX, &v) != ST_OK) {
            return ST_INVALID;
        }
        page->number = (uint32_t)v;
        return ST_OK;
    }
    if (strcmp(name, "PageToken") == 0) {
        *why = "the token of next_page_url or previous_page_url, unchanged";
        return token_parse(page, value);
    }
    return ST_NOT_FOUND;
}

void model_page_token(bool backwards, int64_t position, char out[PAGE_TOKEN_BYTES])
{
    (void)snprintf(out, PAGE_TOKEN_BYTES, "%s%016" PRIx64, backwards ? "PB" : "PA", (uint64_t)position);
}

uint32_t model_page_skip(const struct model_page *page)
{
    return page->has_token ? 0 : page->number * page->size;
}
