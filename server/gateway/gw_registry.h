/* SPDX-License-Identifier: Apache-2.0 */
/* The open sessions of this process by device SID: at most one each. Entries are embedded in their owners. */
#ifndef GATEWAY_GW_REGISTRY_H
#define GATEWAY_GW_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "base/sid.h"

struct gw_entry {
    struct gw_entry *next, **link; /* link NULL: not registered */
    const char *sid;               /* borrowed from the owner */
};

struct gw_registry {
    struct gw_entry **bucket;
    uint32_t buckets; /* power of two */
    uint32_t count;
};

int gw_registry_init(struct gw_registry *r); /* ST_OK or ST_NO_MEMORY */
void gw_registry_clear(struct gw_registry *r);

struct gw_entry *gw_registry_find(const struct gw_registry *r, const char *sid);

/* The device must not be registered. Growing may fail silently: the table only gets slower. */
void gw_registry_add(struct gw_registry *r, struct gw_entry *e, const char *sid);
void gw_registry_remove(struct gw_registry *r, struct gw_entry *e); /* not registered: nothing */

#endif
