/* SPDX-License-Identifier: Apache-2.0 */
/* The chains of answers before a jump; boot_gate.h says why, and has the invariants G1 and G2. */
#include "core/boot/boot_gate.h"

#define SEED(round)   (0x6B8B4567u ^ 0x2AE8944Au * (round))
#define ROTATED(word) ((word) << 7 | (word) >> 25)

/* What a chain is after a step, and at the end. */
#define AFTER(chain, step) (ROTATED(chain) + BOOT_YES(step))

volatile uint32_t boot_gate[BOOT_ROUNDS];

/* The end of a round with nothing but yes; a constant after compilation. */
static inline uint32_t chain_end(uint32_t round)
{
    uint32_t chain = SEED(round);

    chain = AFTER(chain, BOOT_STEP_SLOT);
    chain = AFTER(chain, BOOT_STEP_HEADER);
    chain = AFTER(chain, BOOT_STEP_RATCHET);
    chain = AFTER(chain, BOOT_STEP_SIGNATURE);
    chain = AFTER(chain, BOOT_STEP_VECTORS);
    return AFTER(chain, BOOT_STEP_TRY);
}
_Static_assert(BOOT_STEPS == 6, "chain_end names each step");

void boot_gate_close(void)
{
    boot_gate[0] = SEED(0u);
    boot_gate[1] = SEED(1u);
}

uint32_t boot_gate_answer(enum boot_step step, uint32_t round, uint32_t answer)
{
    uint32_t chain = boot_gate[round % BOOT_ROUNDS];

    boot_gate[round % BOOT_ROUNDS] = ROTATED(chain) + answer;
    return BOOT_NO(step);
}

uint32_t boot_gate_is_open(void)
{
    uint32_t wrong = (boot_gate[0] ^ chain_end(0)) | (boot_gate[1] ^ chain_end(1));

    return wrong == 0 ? BOOT_YES(BOOT_STEPS) : BOOT_NO(BOOT_STEPS);
}

uint32_t boot_gate_seal(uint32_t address)
{
    return address - chain_end(0) - chain_end(1);
}
