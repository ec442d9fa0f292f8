/* SPDX-License-Identifier: Apache-2.0 */
/* The possibilities of a cut; cut.h says which. */
#include "campaigns/cut.h"

#include <stdbool.h>
#include <string.h>

#define UNIT_BYTES   PORT_FLASH_UNIT_BYTES
#define SECTOR_BYTES PORT_FLASH_SECTOR_BYTES
/* Marks and headers decide about a device's fate: they are torn in more ways than data, which has a hash. */
#define SMALL_UNITS    6u
#define SMALL_TEARINGS 8u
#define LARGE_TEARINGS 1u
#define MIXTURES       2u
#define ERASE_TEARINGS 2u

/* One program unit as it is, or could be. */
struct unit {
    uint8_t bytes[UNIT_BYTES];
    uint8_t flags;
};

uint64_t cut_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ull;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ull;
    return x ^ x >> 32;
}

static uint64_t unit_hash(uint32_t at, const struct unit *unit)
{
    uint64_t half[2];

    memcpy(half, unit->bytes, sizeof(half));
    return cut_mix(half[0] + cut_mix(half[1] + cut_mix((uint64_t)at << 8 | unit->flags)));
}

static uint64_t sector_hash(uint32_t at, bool unstable)
{
    return unstable ? cut_mix(~(uint64_t)at) : 0;
}

static struct unit unit_get(const struct flash_fake_state *state, uint32_t at)
{
    struct unit unit = { .flags = state->units[at / UNIT_BYTES] };

    memcpy(unit.bytes, state->bytes + at, UNIT_BYTES);
    return unit;
}

static void unit_put(struct flash_fake_state *state, uint32_t at, const struct unit *unit)
{
    memcpy(state->bytes + at, unit->bytes, UNIT_BYTES);
    state->units[at / UNIT_BYTES] = unit->flags;
}

static bool unit_blank(const uint8_t *bytes)
{
    for (uint32_t i = 0; i < UNIT_BYTES; i++)
        if (bytes[i] != 0xff)
            return false;
    return true;
}

static struct unit unit_done(const uint8_t *data)
{
    struct unit unit = { .flags = FLASH_FAKE_PROGRAMMED };

    memcpy(unit.bytes, data, UNIT_BYTES);
    return unit;
}

static uint64_t random_of(uint32_t seed, uint32_t at, uint32_t word)
{
    return cut_mix((uint64_t)seed << 32 ^ (uint64_t)at << 1 ^ word);
}

/* Some of the bits that were to be cleared are. */
static struct unit unit_torn(const struct unit *old, const uint8_t *data, uint32_t at, uint32_t seed)
{
    uint64_t keep[2] = { random_of(seed, at, 0), random_of(seed, at, 1) };
    struct unit unit = { .flags = FLASH_FAKE_PROGRAMMED };
    uint8_t mask[UNIT_BYTES];

    memcpy(mask, keep, sizeof(mask));
    for (uint32_t i = 0; i < UNIT_BYTES; i++)
        unit.bytes[i] = old->bytes[i] & (uint8_t)(data[i] | mask[i]);
    if (unit_blank(unit.bytes))
        unit.flags = 0;
    return unit;
}

/* Some of its bits are ones already; a unit may also be as it was, or erased. */
static struct unit unit_shaken(const struct unit *old, uint32_t at, uint32_t seed)
{
    uint64_t ones[2] = { random_of(seed, at, 0), random_of(seed, at, 1) };
    struct unit unit = *old;
    uint8_t mask[UNIT_BYTES];

    memcpy(mask, ones, sizeof(mask));
    if (ones[0] % 3 == 0)
        memset(mask, 0xff, sizeof(mask));
    for (uint32_t i = 0; i < UNIT_BYTES && ones[0] % 3 != 1; i++)
        unit.bytes[i] |= mask[i];
    unit.flags = FLASH_FAKE_PROGRAMMED; /* not to be programmed before the next erase */
    return unit;
}

/* What a fate makes of one unit of a program. */
static struct unit unit_of_fate(const struct unit *old, const uint8_t *data, uint32_t at,
                                const struct cut *cut)
{
    struct unit poisoned = { .flags = FLASH_FAKE_PROGRAMMED | FLASH_FAKE_POISONED };

    if (unit_blank(data))
        return *old;
    if (cut->fate == CUT_TORN)
        return unit_torn(old, data, at, cut->seed);
    if (cut->fate == CUT_POISONED)
        return poisoned;
    switch (random_of(cut->seed, at, 2) % 3) {
    case 0:
        return *old;
    case 1:
        return unit_done(data);
    default:
        return unit_torn(old, data, at, cut->seed);
    }
}

static struct unit unit_of_erase(const struct unit *old, uint32_t at, const struct cut *cut)
{
    struct unit unit = unit_shaken(old, at, cut->seed);

    if (cut->fate == CUT_POISONED)
        unit.flags |= FLASH_FAKE_POISONED;
    return unit;
}

static void found(struct cut_walk *walk, const struct flash_fake_op *op, enum cut_fate fate, uint32_t at,
                  uint32_t seed)
{
    const struct cut cut = { fate, at, seed };
    uint32_t first = at, end = at;
    uint64_t hash = walk->hash;

    if (fate == CUT_TORN || (fate == CUT_POISONED && op->kind == FLASH_FAKE_PROGRAM))
        end = at + UNIT_BYTES;
    else if (fate == CUT_MIXED)
        end = at + op->len;
    else if (fate == CUT_UNSTABLE || fate == CUT_POISONED)
        end = at + SECTOR_BYTES;
    for (; at < end; at += UNIT_BYTES) {
        struct unit old = unit_get(walk->state, at);
        struct unit new = op->kind == FLASH_FAKE_ERASE
                              ? unit_of_erase(&old, at, &cut)
                              : unit_of_fate(&old, op->data + (at - op->offset), at, &cut);

        hash ^= unit_hash(at, &old) ^ unit_hash(at, &new);
    }
    if (op->kind == FLASH_FAKE_ERASE && end != first)
        hash ^= sector_hash(first, walk->state->unstable[first / SECTOR_BYTES]) ^ sector_hash(first, true);
    walk->found(walk, op, &cut, hash);
}

void cut_apply(struct flash_fake_state *state, const struct flash_fake_op *op, const struct cut *cut)
{
    uint32_t end = cut->at;

    if (cut->fate == CUT_NOTHING || cut->fate == CUT_ALL)
        return;
    if (op->kind == FLASH_FAKE_ERASE) {
        end += SECTOR_BYTES;
        state->unstable[cut->at / SECTOR_BYTES] = true;
    } else {
        end += cut->fate == CUT_MIXED ? op->len : UNIT_BYTES;
    }
    for (uint32_t at = cut->at; at < end; at += UNIT_BYTES) {
        struct unit old = unit_get(state, at);
        struct unit new = op->kind == FLASH_FAKE_ERASE
                              ? unit_of_erase(&old, at, cut)
                              : unit_of_fate(&old, op->data + (at - op->offset), at, cut);

        unit_put(state, at, &new);
    }
}

static void replace(struct cut_walk *walk, uint32_t at, const struct unit *new)
{
    struct unit old = unit_get(walk->state, at);

    walk->hash ^= unit_hash(at, &old) ^ unit_hash(at, new);
    unit_put(walk->state, at, new);
}

static void walk_program(struct cut_walk *walk, const struct flash_fake_op *op)
{
    bool small = op->len <= SMALL_UNITS * UNIT_BYTES;
    uint32_t tearings = small ? SMALL_TEARINGS : LARGE_TEARINGS;

    for (uint32_t i = 0; i < MIXTURES && op->len > UNIT_BYTES; i++)
        found(walk, op, CUT_MIXED, op->offset, walk->seed + i);
    for (uint32_t done = 0; done < op->len; done += UNIT_BYTES) {
        struct unit unit = unit_done(op->data + done);

        if (unit_blank(op->data + done)) /* clears no bit: a driver skips it */
            continue;
        for (uint32_t i = 0; i < tearings; i++)
            found(walk, op, CUT_TORN, op->offset + done, walk->seed + i);
        found(walk, op, CUT_POISONED, op->offset + done, walk->seed);
        replace(walk, op->offset + done, &unit);
    }
}

static void walk_erase(struct cut_walk *walk, const struct flash_fake_op *op)
{
    struct unit blank = { .flags = 0 };

    memset(blank.bytes, 0xff, sizeof(blank.bytes));
    for (uint32_t at = op->offset; at < op->offset + op->len; at += SECTOR_BYTES) {
        bool *unstable = &walk->state->unstable[at / SECTOR_BYTES];

        for (uint32_t i = 0; i < ERASE_TEARINGS; i++)
            found(walk, op, CUT_UNSTABLE, at, walk->seed + i);
        found(walk, op, CUT_POISONED, at, walk->seed);
        for (uint32_t unit = at; unit < at + SECTOR_BYTES; unit += UNIT_BYTES)
            replace(walk, unit, &blank);
        walk->hash ^= sector_hash(at, *unstable);
        *unstable = false;
    }
}

/* No operation of the core's: an unstable sector reads like this since the last restart. */
static void walk_settled(struct cut_walk *walk, const struct flash_fake_op *op)
{
    for (uint32_t done = 0; done < op->len; done += UNIT_BYTES) {
        struct unit unit = unit_get(walk->state, op->offset + done);

        memcpy(unit.bytes, op->data + done, UNIT_BYTES);
        replace(walk, op->offset + done, &unit);
    }
}

void cut_walk_op(struct cut_walk *walk, const struct flash_fake_op *op)
{
    if (op->kind == FLASH_FAKE_SETTLED) {
        walk_settled(walk, op);
        return;
    }
    found(walk, op, CUT_NOTHING, op->offset, 0);
    if (op->kind == FLASH_FAKE_PROGRAM)
        walk_program(walk, op);
    else
        walk_erase(walk, op);
    found(walk, op, CUT_ALL, op->offset, 0);
}

const char *cut_fate_name(enum cut_fate fate)
{
    static const char *const names[CUT_FATES] = { "not done",       "torn unit",      "poisoned",
                                                  "units in a mix", "erase unstable", "done" };

    return names[fate];
}
