/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of 64-bit hashes in memory that processes share: which flash states are known already. Insertion is atomic, so of all
 * processes exactly one gets to run a state. It never grows; full is the end of the program, not a wrong answer.
 */
#ifndef CAMPAIGNS_STATE_SET_H
#define CAMPAIGNS_STATE_SET_H

#include <stdbool.h>
#include <stdint.h>

struct state_set;

/* Room for 2^bits hashes; made before the processes fork. */
struct state_set *state_set_new(unsigned bits);

/* True if the hash was not in the set before. */
bool state_set_insert(struct state_set *set, uint64_t hash);

uint64_t state_set_count(const struct state_set *set);

void state_set_clear(struct state_set *set);

#endif
