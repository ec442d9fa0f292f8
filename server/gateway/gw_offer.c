/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for the names of server CAs in an ALPN list. */
#include "gateway/gw_offer.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAME_CHARS 19u /* "ca/" and 16 hex digits */

static bool is_named(uint64_t id, const unsigned char *alpn, size_t len)
{
    char name[NAME_CHARS + 1];

    (void)snprintf(name, sizeof name, "ca/%016llx", (unsigned long long)id);
    for (size_t at = 2; at < len;
         at += 1u + alpn[at]) /* behind the length of the list, which says nothing new */
        if (alpn[at] == NAME_CHARS && len - at > NAME_CHARS && memcmp(alpn + at + 1, name, NAME_CHARS) == 0)
            return true;
    return false;
}

unsigned gw_offer_choose(const struct gw_offer *offer, const unsigned char *alpn, size_t len)
{
    for (unsigned i = 0; i < offer->count; i++)
        if (is_named(offer->ids[i], alpn, len))
            return i;
    return offer->oldest;
}
