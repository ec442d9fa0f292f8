/* SPDX-License-Identifier: Apache-2.0 */
/* The shared set of hashes; see state_set.h. Open addressing, linear probing, 0 marks a free place. */
#include "campaigns/state_set.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

struct state_set {
    uint64_t mask;
    _Atomic uint64_t count;
    _Atomic uint64_t places[];
};

struct state_set *state_set_new(unsigned bits)
{
    size_t bytes = sizeof(struct state_set) + (sizeof(uint64_t) << bits);
    struct state_set *set = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (set == MAP_FAILED) {
        perror("memory for the states");
        exit(2);
    }
    set->mask = (1ull << bits) - 1;
    return set;
}

static void check_room(const struct state_set *set)
{
    if (state_set_count(set) < set->mask / 8 * 7)
        return;
    fprintf(stderr, "more distinct states than the set has room for\n");
    exit(2);
}

bool state_set_insert(struct state_set *set, uint64_t hash)
{
    hash += hash == 0;
    for (uint64_t at = hash & set->mask;; at = (at + 1) & set->mask) {
        uint64_t found = 0;

        if (atomic_compare_exchange_strong(&set->places[at], &found, hash)) {
            atomic_fetch_add(&set->count, 1);
            check_room(set);
            return true;
        }
        if (found == hash)
            return false;
    }
}

uint64_t state_set_count(const struct state_set *set)
{
    return atomic_load(&set->count);
}

void state_set_clear(struct state_set *set)
{
    for (uint64_t at = 0; at <= set->mask; at++)
        atomic_store(&set->places[at], 0);
    atomic_store(&set->count, 0);
}
