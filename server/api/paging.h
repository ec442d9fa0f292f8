/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: the page that a request asks for, and the meta object of the answer (rest-api.md section 1.3). */
#ifndef API_PAGING_H
#define API_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "api/request.h"
#include "model/page.h"
#include "store/store.h"

/* Reads PageSize, Page and PageToken of the query. False when the reply says what is wrong with them. */
bool paging_read(const struct request *q, struct reply *r, struct model_page *page);

/* The rows to read for it: one more than are shown. */
struct store_page paging_ask(const struct model_page *page);

/* What was read for a page: up to size + 1 rows, so that one knows whether there are more. */
struct paging_rows {
    uint32_t read, first, count; /* rows to show are first .. first + count - 1 of those that were read */
    bool more_before, more_after;
};
struct paging_rows paging_rows(const struct model_page *page, uint32_t read);

/* Writes "meta". path: of the list, already percent-encoded. key: name of the array. before and after: positions of the first and
 * the last row shown (0 without rows). extra: further parameters for the URLs, "&Name=value..." or "". */
void paging_meta(struct json_out *j, const struct request *q, const char *path, const char *key,
                 const struct model_page *page, const struct paging_rows *rows, int64_t before, int64_t after,
                 const char *extra);

#endif
