/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paging of lists: PageSize, Page and PageToken of a request, and the tokens of the pages around it.
 *
 * A token is "PA" (after) or "PB" (before) and the position of a row in 16 hexadecimal digits. It alone
 * decides which rows come; Page then only counts for people. Without a token, Page counts rows from the
 * newest.
 */
#ifndef MODEL_PAGE_H
#define MODEL_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_TOKEN_BYTES 19 /* with the NUL */
#define PAGE_NUMBER_MAX  1000000u

struct model_page {
    uint32_t size;
    uint32_t number;
    bool has_token;
    bool backwards;   /* of the token */
    int64_t position; /* of the token */
};

void model_page_defaults(struct model_page *page);

/* Takes one query parameter. ST_OK, ST_NOT_FOUND if it is none of paging's, ST_INVALID with what would be
 * right in why (static memory). */
int model_page_set(struct model_page *page, const char *name, const char *value, const char **why);

void model_page_token(bool backwards, int64_t position, char out[PAGE_TOKEN_BYTES]);

/* Rows to pass over: those of the pages before when there is no token. */
uint32_t model_page_skip(const struct model_page *page);

#endif
