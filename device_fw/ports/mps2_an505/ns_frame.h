/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exception frame of the interrupted application, and reading its memory safely.
 *
 * Every address that comes from the non-secure world passes through ns_window_*: the architecture's own range
 * check (TT, cmse_check_address_range) accepts the private peripheral bus, where a secure access would reach
 * the secure bank.
 */
#ifndef MPS2_AN505_NS_FRAME_H
#define MPS2_AN505_NS_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "port/port_fault.h"

/* Pushed by the hardware (DDI0553 B3.19). */
struct ns_frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/* Whether the whole range lies in the application's code window, or in its RAM. */
bool ns_window_is_code(uint32_t address, uint32_t len);
bool ns_window_is_ram(uint32_t address, uint32_t len);

/* The frame that belongs to an EXC_RETURN value of the application, or NULL when its stack pointer is not in
 * its own memory. Only while the application does not run: in a secure handler that interrupted it, or in the
 * thread. */
struct ns_frame *ns_frame_get(uint32_t exc_return);

/* Fills in the registers of the application at its interruption. r4_r11: as they were found. False: its frame cannot be
 * read, and what should be in it is left as it is. */
bool ns_frame_registers(uint32_t exc_return, const uint32_t r4_r11[8], struct port_fault *out);

/* Whether it was interrupted in WFI. False when unsure. */
bool ns_frame_is_in_wfi(uint32_t exc_return);

/* Whether an enabled interrupt or a system exception of the application is pending: what would end its WFI.
 */
bool ns_frame_irq_is_pending(void);

#endif
