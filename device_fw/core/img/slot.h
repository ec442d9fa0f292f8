/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring the application slot and loading it for a start.
 *
 * Invariant S1: a block of the slot is handed to the application's world only after it was found to have the
 * expected hash in this very start, and a start happens only if every block of the slot was found right.
 */
#ifndef CORE_SLOT_H
#define CORE_SLOT_H

#include <stdint.h>

#include "core/img/blocks.h"

/* Looks up what a block must hold; 0 or a port status. */
typedef int (*slot_expected_fn)(const void *context, uint32_t block, struct block_expected *out);

/* Measures the whole slot and loads it into the application's code window (which must be OFF). Returns the
 * number of wrong blocks: 0 means ready to start. PORT_EIO: flash or window failed. */
int slot_load(slot_expected_fn expected_of, const void *context);

#endif
