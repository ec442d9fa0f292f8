/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a power cut during one flash operation can leave behind, one possibility after the other.
 *
 * A program of several units: nothing done; each unit torn with those before it done; each unit poisoned with those before it
 * done; all units in a random mixture of done, torn and untouched; all done. Small programs (marks, headers) are torn in several
 * ways. An erase: each sector unstable or poisoned with those before it done; all done. (F1 of port_flash.h.)
 * The hash of a state is kept by adding up what changed, so a possibility costs a few hashes of 16 bytes.
 */
#ifndef CAMPAIGNS_CUT_H
#define CAMPAIGNS_CUT_H

#include <stdint.h>

#include "tests/unit/device/flash_fake.h"

enum cut_fate { CUT_NOTHING, CUT_TORN, CUT_POISONED, CUT_MIXED, CUT_UNSTABLE, CUT_ALL, CUT_FATES };

struct cut {
    enum cut_fate fate;
    uint32_t at; /* unit or sector of the fate, as offset in the state */
    uint32_t seed;
};

struct cut_walk {
    struct flash_fake_state *state;
    uint64_t hash; /* of state, relative to where the walk began */
    uint32_t seed;
    void (*found)(struct cut_walk *walk, const struct flash_fake_op *op, const struct cut *cut,
                  uint64_t hash);
};

/* Tells found() each possibility; state then holds what cut_apply() needs. Afterwards the operation is done in state. */
void cut_walk_op(struct cut_walk *walk, const struct flash_fake_op *op);

/* Makes what found() was told in a copy of the state of that moment. */
void cut_apply(struct flash_fake_state *state, const struct flash_fake_op *op, const struct cut *cut);

const char *cut_fate_name(enum cut_fate fate);

/* A good mixture of the bits of x. */
uint64_t cut_mix(uint64_t x);

#endif
