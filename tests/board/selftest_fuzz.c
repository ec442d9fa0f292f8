/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random programs in the non-secure world: whatever they do, the board goes on.
 *
 * Each program is a valid vector table and some hundred halfwords: random ones, and words that matter (EXC_RETURN values,
 * addresses of secure memory, of the system control space and of the system-call page) with instructions that use them.
 * It gets a moment of the core; then its state is counted and the next one starts. A run is reproducible by its seed,
 * but for the moment at which a program is stopped.
 */
#include "port/port_clock.h"
#include "port/port_ns.h"
#include "port/port_status.h"
#include "board/selftest.h"

#include <stdlib.h>

#define PROGRAM_HALFWORDS 256u
#define TABLE_WORDS       104u
#define PROGRAM_OFFSET    (4u * TABLE_WORDS)
#define PROGRAM_US        500u
#define CODE_BASE         0x00200000u
#define RAM_END           0x28280000u
#define CAUSES            16u

static uint32_t random_state;
static uint32_t left;
static uint32_t running;
static uint32_t faults[CAUSES];
static uint64_t next_us;

static uint32_t random_word(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static uint32_t interesting_word(void)
{
    static const uint32_t words[] = {
        0xFFFFFFB0u, 0xFFFFFFB8u, 0xFFFFFFBCu, 0xFFFFFFBDu, 0xFFFFFFFDu, 0xFFFFFFF9u, 0xFFFFFF27u,
        0xFEFFFFFFu, 0x101FE001u, 0x101FE249u, 0x101FE003u, 0x10010001u, 0x38000000u, 0x80000000u,
        0x00300001u, 0x00300005u, 0xE000ED08u, 0xE000ED0Cu, 0xE000ED24u, 0xE000ED94u, 0xE000E100u,
        0xE000E200u, 0xE000E010u, 0xE000ED88u, 0x28200000u, 0x2827FFF8u, 0x00200000u, 0x40201000u,
        0x40200000u, 0xE002ED08u, 0x05FA0004u, 0x00000001u,
    };
    uint32_t word = words[random_word() % (sizeof(words) / sizeof(words[0]))];

    return random_word() % 8 == 0 ? word + random_word() % 64 : word;
}

/* movw, movt: loads a register with a whole word. */
static uint32_t emit_load(uint16_t *at, uint32_t reg, uint32_t value)
{
    for (uint32_t half = 0; half < 2; half++) {
        uint32_t imm = half == 0 ? value & 0xFFFFu : value >> 16;
        at[2 * half] = (uint16_t)(0xF240u | half << 7 | (imm >> 11 & 1u) << 10 | imm >> 12);
        at[2 * half + 1] = (uint16_t)((imm >> 8 & 7u) << 12 | reg << 8 | (imm & 0xFFu));
    }
    return 4;
}

static uint32_t emit_use(uint16_t *at, uint32_t reg)
{
    static const uint16_t msr_targets[] = { 0x8808, 0x8809, 0x880A, 0x880B, 0x8810,
                                            0x8811, 0x8813, 0x8814, 0x8898 };

    switch (random_word() % 8) {
    case 0:
        at[0] = (uint16_t)(0x4700u | reg << 3); /* bx */
        return 1;
    case 1:
        at[0] = (uint16_t)(0x4780u | reg << 3); /* blx */
        return 1;
    case 2:
        at[0] = (uint16_t)(0x6000u | (random_word() & 7u) | reg << 3); /* str rX, [reg] */
        return 1;
    case 3:
        at[0] = (uint16_t)(0x6800u | (random_word() & 7u) | reg << 3); /* ldr rX, [reg] */
        return 1;
    case 4:
        at[0] = (uint16_t)(0x4685u | reg << 3); /* mov sp, reg */
        return 1;
    case 5:
        at[0] = (uint16_t)(0x4686u | reg << 3); /* mov lr, reg */
        return 1;
    default:
        at[0] = (uint16_t)(0xF380u | reg); /* msr special, reg */
        at[1] = msr_targets[random_word() % (sizeof(msr_targets) / sizeof(msr_targets[0]))];
        return 2;
    }
}

/* Access to a register of the core, which is then forgotten: a stack pointer there makes the emulator (7.2) fail an assertion
 * of its own, when the frame it pushes overwrites the state of the exception that it is entering. */
static uint32_t emit_core_access(uint16_t *at, uint32_t reg, uint32_t address)
{
    uint32_t used = emit_load(at, reg, address);

    at[used++] = (uint16_t)((random_word() % 2 == 0 ? 0x6000u : 0x6800u) | ((reg + 1u) & 7u) | reg << 3);
    at[used++] = (uint16_t)(0x2000u | reg << 8);
    return used;
}

static uint32_t emit_random(uint16_t *at)
{
    static const uint16_t halfwords[] = { 0xDF00, 0xBE01, 0xB672, 0xB671, 0xB662, 0xB661, 0xBF30, 0xBF20,
                                          0xDE00, 0x4770, 0xBD00, 0xB500, 0xE7FE, 0xBF00, 0x4668, 0x4670 };

    at[0] = random_word() % 4 == 0 ? halfwords[random_word() % (sizeof(halfwords) / sizeof(halfwords[0]))]
                                   : (uint16_t)random_word();
    return 1;
}

static void program_write(void)
{
    static uint16_t code[PROGRAM_HALFWORDS + 8];
    static uint32_t table[TABLE_WORDS];
    uint32_t used = 0;

    while (used < PROGRAM_HALFWORDS) {
        uint32_t reg = random_word() & 7u;
        uint32_t word = interesting_word();
        if (random_word() % 3 != 0) {
            used += emit_random(&code[used]);
        } else if (word >> 28 == 0xEu) {
            used += emit_core_access(&code[used], reg, word);
        } else {
            used += emit_load(&code[used], reg, word);
            used += emit_use(&code[used], reg);
        }
    }
    table[0] = RAM_END;
    for (uint32_t i = 1; i < TABLE_WORDS; i++) {
        table[i] = (CODE_BASE + PROGRAM_OFFSET + 2u * (random_word() % PROGRAM_HALFWORDS)) | 1u;
    }
    (void)port_ns_load(0, table, sizeof(table)); /* cannot fail: the application is off */
    (void)port_ns_load(PROGRAM_OFFSET, code, PROGRAM_HALFWORDS * 2u);
}

static void program_count(void)
{
    struct port_fault fault;

    if (port_ns_fault(&fault) != PORT_OK) {
        running++;
    } else {
        faults[fault.cause % CAUSES]++;
    }
}

bool selftest_fuzz(const char *const args[])
{
    random_state = (uint32_t)strtoul(args[1], NULL, 0) | 1u;
    left = (uint32_t)strtoul(args[2], NULL, 0);
    running = 0;
    for (uint32_t i = 0; i < CAUSES; i++) {
        faults[i] = 0;
    }
    next_us = port_clock_us();
    port_ns_stop(true);
    return left > 0;
}

static void report(void)
{
    selftest_text("fuzzed");
    selftest_number("running", running);
    for (uint32_t i = 0; i < CAUSES; i++) {
        selftest_number("cause", faults[i]);
    }
    selftest_text(" done\n");
}

uint64_t selftest_fuzz_step(void)
{
    if (left == 0) {
        return UINT64_MAX;
    }
    if (port_clock_us() < next_us && port_ns_state() == PORT_NS_RUNNING) {
        return next_us;
    }
    if (port_ns_state() != PORT_NS_OFF) {
        program_count();
        port_ns_stop(false);
        if (--left == 0) {
            report();
            return UINT64_MAX;
        }
    }
    program_write();
    (void)port_ns_start(); /* the table is valid */
    next_us = port_clock_us() + PROGRAM_US;
    return next_us;
}
