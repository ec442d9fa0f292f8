/* SPDX-License-Identifier: Apache-2.0 */
/* Chained hash table over the digits of the SID, which are a hash already. */
#include "gateway/gw_registry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

#define FIRST_BUCKETS 256u

int gw_registry_init(struct gw_registry *r)
{
    r->count = 0;
    r->buckets = FIRST_BUCKETS;
    r->bucket = calloc(r->buckets, sizeof(struct gw_entry *));
    return r->bucket != NULL ? ST_OK : ST_NO_MEMORY;
}

void gw_registry_clear(struct gw_registry *r)
{
    free(r->bucket);
    r->bucket = NULL;
    r->buckets = 0;
    r->count = 0;
}

static uint32_t hash(const char *sid)
{
    uint32_t h = 2166136261u; /* FNV-1a */

    for (; *sid != '\0'; sid++)
        h = (h ^ (unsigned char)*sid) * 16777619u;
    return h;
}

static struct gw_entry **bucket_of(const struct gw_registry *r, const char *sid)
{
    return &r->bucket[hash(sid) & (r->buckets - 1)];
}

static void link_entry(struct gw_entry **head, struct gw_entry *e)
{
    e->next = *head;
    e->link = head;
    if (e->next != NULL)
        e->next->link = &e->next;
    *head = e;
}

static void grow(struct gw_registry *r)
{
    struct gw_registry larger = { .buckets = r->buckets * 2, .count = r->count };

    larger.bucket = calloc(larger.buckets, sizeof(struct gw_entry *));
    if (larger.bucket == NULL)
        return;
    for (uint32_t i = 0; i < r->buckets; i++) {
        struct gw_entry *next;

        for (struct gw_entry *e = r->bucket[i]; e != NULL; e = next) {
            next = e->next;
            link_entry(bucket_of(&larger, e->sid), e);
        }
    }
    free(r->bucket);
    *r = larger;
}

struct gw_entry *gw_registry_find(const struct gw_registry *r, const char *sid)
{
    struct gw_entry *e = *bucket_of(r, sid);

    while (e != NULL && strcmp(e->sid, sid) != 0)
        e = e->next;
    return e;
}

void gw_registry_add(struct gw_registry *r, struct gw_entry *e, const char *sid)
{
    assert(e->link == NULL && gw_registry_find(r, sid) == NULL);
    if (r->count >= r->buckets)
        grow(r);
    e->sid = sid;
    link_entry(bucket_of(r, sid), e);
    r->count++;
}

void gw_registry_remove(struct gw_registry *r, struct gw_entry *e)
{
    if (e->link == NULL)
        return;
    *e->link = e->next;
    if (e->next != NULL)
        e->next->link = e->link;
    e->link = NULL;
    e->next = NULL;
    r->count--;
}
