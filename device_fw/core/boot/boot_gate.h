/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate in front of the jump: it opens only when every decision was answered with yes, twice, in order.
 *
 * An attacker who disturbs the processor at the right moment (supply, clock, electromagnetic pulse) makes it skip an
 * instruction or see one wrong value. Therefore no decision is one bit, one branch or one call:
 *
 *  - yes is another word for each step, and no is its complement;
 *  - each step is evaluated in two rounds, by separate calls;
 *  - each answer is folded into the chain of its round. A chain that lacks an answer, has one twice, in another order, or
 *    one that is not yes, ends differently;
 *  - the address of the jump is sealed: only the right ends of both chains give it back (boot_gate_seal).
 *
 * Invariants:
 *  G1 after boot_gate_close() the gate is open only when boot_gate_answer() was called exactly once for each step and round,
 *     in each round in the order of the steps, with BOOT_YES of that step;
 *  G2 one answer that is wrong, missing, repeated or out of order leaves it closed, and the sealed address is another one.
 */
#ifndef CORE_BOOT_GATE_H
#define CORE_BOOT_GATE_H

#include <stdint.h>

#define BOOT_ROUNDS 2u

/* The decisions before a jump, in their order. */
enum boot_step {
    BOOT_STEP_SLOT,      /* the trailer allows this slot in this role */
    BOOT_STEP_HEADER,    /* the header is one of this board's */
    BOOT_STEP_RATCHET,   /* the image is not older than the device allows */
    BOOT_STEP_SIGNATURE, /* a root key signed header and body */
    BOOT_STEP_VECTORS,   /* it can be started */
    BOOT_STEP_TRY,       /* confirmed, or the try is counted */
    BOOT_STEPS
};

/* Any two of these differ in at least 12 of 32 bits, and in as many from 0 and from all ones. */
#define BOOT_YES(step) (0x5AC3963Cu ^ 0x3774B235u * (uint32_t)(step))
#define BOOT_NO(step)  (~BOOT_YES(step))

/* Both chains. The jump reads them in assembly. */
extern volatile uint32_t boot_gate[BOOT_ROUNDS];

/* Forgets all answers. */
void boot_gate_close(void);

/* Takes an answer. Returns what is the yes of no step, so that no stale yes stays in the register of results. */
uint32_t boot_gate_answer(enum boot_step step, uint32_t round, uint32_t answer);

/* BOOT_YES(BOOT_STEPS), or its complement. */
uint32_t boot_gate_is_open(void);

/* The address less what both chains are at the end of a full list of yes: plus both chains it is the address again. */
uint32_t boot_gate_seal(uint32_t address);

#endif
