/* SPDX-License-Identifier: Apache-2.0 */
/* Which slot is started; boot_decision.h has the diagram and the invariants E1 to E6. */
#include "core/boot/boot_decision.h"

#include "core/boot/boot_gate.h"
#include "port/port_status.h"

_Static_assert(PORT_FLASH_MICROVISOR_A == 0 && PORT_FLASH_MICROVISOR_B == 1, "a slot is its own index");

enum boot_role boot_decision_role(enum port_flash_area slot, const struct boot_trailer *trailer)
{
    if (trailer->blank && slot == PORT_FLASH_MICROVISOR_A) {
        return BOOT_ROLE_CONFIRMED;
    }
    if (!trailer->valid || trailer->refused) {
        return BOOT_ROLE_NONE;
    }
    if (trailer->confirmed) {
        return BOOT_ROLE_CONFIRMED;
    }
    return trailer->pending && trailer->tries < BOOT_TRIES_MAX ? BOOT_ROLE_TRIAL : BOOT_ROLE_NONE;
}

/* Both have a role (E4). */
static bool is_before(const struct boot_trailer *a, enum boot_role role_a, const struct boot_trailer *b,
                      enum boot_role role_b)
{
    if (a->sequence != b->sequence) {
        return a->sequence > b->sequence;
    }
    return role_a == BOOT_ROLE_CONFIRMED || role_b != BOOT_ROLE_CONFIRMED;
}

struct boot_decision boot_decision_next(const struct boot_trailer trailers[BOOT_SLOTS],
                                        const bool rejected[BOOT_SLOTS])
{
    struct boot_decision best = { BOOT_ROLE_NONE, PORT_FLASH_AREA_COUNT };

    for (uint32_t i = BOOT_SLOTS; i-- > 0;) { /* A last: it wins among equals */
        enum port_flash_area slot = (enum port_flash_area)i;
        enum boot_role role = boot_decision_role(slot, &trailers[i]);

        if (rejected[i] || role == BOOT_ROLE_NONE) {
            continue;
        }
        if (best.role == BOOT_ROLE_NONE || is_before(&trailers[i], role, &trailers[best.slot], best.role)) {
            best = (struct boot_decision){ role, slot };
        }
    }
    return best;
}

static void trailers_read(struct boot_trailer trailers[BOOT_SLOTS])
{
    for (uint32_t i = 0; i < BOOT_SLOTS; i++) {
        (void)boot_trailer_read((enum port_flash_area)i, &trailers[i]); /* unreadable: no role */
    }
}

/* Decides once more, from what the flash says now. */
static void slot_answer(uint32_t round, const struct boot_decision *decision, const bool rejected[BOOT_SLOTS])
{
    struct boot_trailer trailers[BOOT_SLOTS];

    trailers_read(trailers);
    struct boot_decision again = boot_decision_next(trailers, rejected);
    bool same = again.role == decision->role && again.slot == decision->slot;

    (void)boot_gate_answer(BOOT_STEP_SLOT, round, same ? BOOT_YES(BOOT_STEP_SLOT) : BOOT_NO(BOOT_STEP_SLOT));
}

static void try_answer(uint32_t round, const struct boot_decision *decision, uint32_t tries_before)
{
    struct boot_trailer now;
    bool good = false;

    (void)boot_trailer_read(decision->slot, &now); /* unreadable: neither confirmed nor counted */
    if (decision->role == BOOT_ROLE_CONFIRMED) {
        good = boot_decision_role(decision->slot, &now) == BOOT_ROLE_CONFIRMED;
    } else if (decision->role == BOOT_ROLE_TRIAL) {
        good = now.tries == tries_before + 1;
    }
    (void)boot_gate_answer(BOOT_STEP_TRY, round, good ? BOOT_YES(BOOT_STEP_TRY) : BOOT_NO(BOOT_STEP_TRY));
}

/* E6: the slot that would come first, if it falls and there is another one to have its turn; else PORT_FLASH_AREA_COUNT. */
static enum port_flash_area fallen(uint32_t falls)
{
    struct boot_trailer trailers[BOOT_SLOTS];
    bool rejected[BOOT_SLOTS] = { false, false };

    if (falls / BOOT_FALLS_MAX % 2 == 0) {
        return PORT_FLASH_AREA_COUNT;
    }
    trailers_read(trailers);
    struct boot_decision first = boot_decision_next(trailers, rejected);
    if (first.role != BOOT_ROLE_CONFIRMED) {
        return PORT_FLASH_AREA_COUNT;
    }
    rejected[first.slot] = true;
    return boot_decision_next(trailers, rejected).role == BOOT_ROLE_CONFIRMED ? first.slot
                                                                              : PORT_FLASH_AREA_COUNT;
}

/* One round: judges what comes next of the slots that are not rejected. True: *decision stands. */
static bool round_decides(uint32_t (*judge)(void *context, enum port_flash_area slot), void *context,
                          const bool rejected[BOOT_SLOTS], struct boot_decision *decision)
{
    struct boot_trailer trailers[BOOT_SLOTS];

    boot_gate_close();
    trailers_read(trailers);
    *decision = boot_decision_next(trailers, rejected);
    if (decision->role == BOOT_ROLE_NONE) {
        return true;
    }
    slot_answer(0, decision, rejected);
    slot_answer(1, decision, rejected);
    bool good = judge(context, decision->slot) == BOOT_YES(BOOT_STEP_SIGNATURE);
    if (good && decision->role == BOOT_ROLE_TRIAL) {
        good = boot_trailer_count_try(decision->slot) == PORT_OK;
    }
    if (good) {
        try_answer(0, decision, trailers[decision->slot].tries);
        try_answer(1, decision, trailers[decision->slot].tries);
    }
    return good;
}

struct boot_decision boot_decision_make(uint32_t (*judge)(void *context, enum port_flash_area slot),
                                        void *context, uint32_t falls)
{
    enum port_flash_area aside = fallen(falls);
    bool rejected[BOOT_SLOTS] = { aside == PORT_FLASH_MICROVISOR_A, aside == PORT_FLASH_MICROVISOR_B };
    struct boot_decision decision;

    for (;;) {
        bool decided = round_decides(judge, context, rejected, &decision);

        if (decided && decision.role == BOOT_ROLE_NONE && aside != PORT_FLASH_AREA_COUNT) {
            rejected[aside] = false; /* the other one is no good: back to the one that falls */
            aside = PORT_FLASH_AREA_COUNT;
        } else if (decided) {
            return decision;
        } else {
            rejected[decision.slot] = true;
        }
    }
}
