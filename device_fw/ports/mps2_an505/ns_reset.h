/* SPDX-License-Identifier: Apache-2.0 */
/* Putting the non-secure half of the core into its reset state. Thread only, while the application may not
 * run. */
#ifndef MPS2_AN505_NS_RESET_H
#define MPS2_AN505_NS_RESET_H

#include <stdint.h>

/* Bytes below the initial stack pointer that a start may need for unwinding. */
#define NS_RESET_STACK_BYTES 512u

/* Silences the application's interrupt sources: what is pending would keep the core from sleeping. */
void ns_reset_quiesce(void);

/* Reset state, then arranges that the application's next turn begins at the vector table's entry point. */
void ns_reset_start(uint32_t initial_sp, uint32_t entry);

#endif
