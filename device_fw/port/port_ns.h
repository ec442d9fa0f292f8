/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The non-secure world: the application's memory and its life.
 *
 *   OFF --load, start--> RUNNING --stop--> OFF
 *                           |  fault         ^
 *                           +--> FAULTED ----+ stop
 *
 * Invariants every implementation keeps:
 *  N1 the application reaches its own windows and assigned peripherals, nothing else;
 *  N2 whatever it does, the microvisor's thread gets the core when it is ready;
 *  N3 after port_ns_stop returns not one instruction of it runs until the next start;
 *  N4 a started application finds the reset state: masks, MPU, SysTick, interrupts and FPU as after a reset.
 */
#ifndef PORT_NS_H
#define PORT_NS_H

#include <stdbool.h>
#include <stdint.h>

#include "port/port_fault.h"

/* Writes len bytes of the application's code window at offset; only while OFF. On boards that execute in place this
 * only checks that the slot holds the same bytes. */
int port_ns_load(uint32_t offset, const void *data, uint32_t len);

/* Fills the code window from offset to its end with 0xff; only while OFF. */
int port_ns_load_finish(uint32_t offset);

/* Starts from the vector table at the window's start. PORT_EINVAL: its first two words do not point into the
 * application's RAM and code. */
int port_ns_start(void);

/* Stops it for good (also when faulted) and clears its RAM when wipe_ram. */
void port_ns_stop(bool wipe_ram);

enum port_ns_state { PORT_NS_OFF, PORT_NS_RUNNING, PORT_NS_FAULTED };

enum port_ns_state port_ns_state(void);

/* The fault that led to FAULTED; PORT_ENOENT otherwise. Its stack can be read with port_ns_read() until the stop. */
int port_ns_fault(struct port_fault *out);

/* Where a RUNNING application was when it last lost the core: its registers, the rest 0. For the report of one that
 * makes no progress. PORT_ENOENT when it does not run or its stack cannot be read. */
int port_ns_place(struct port_fault *out);

/* Access to the application's memory on behalf of a system call, by application address. The whole range must lie in
 * one window (code window: read only), else PORT_EINVAL and nothing is touched. */
int port_ns_read(uint32_t address, void *buf, uint32_t len);
int port_ns_write(uint32_t address, const void *buf, uint32_t len);
bool port_ns_readable(uint32_t address, uint32_t len);
bool port_ns_writable(uint32_t address, uint32_t len);

/* Pends an application interrupt. PORT_EINVAL: that line does not belong to the application. */
int port_ns_irq_pend(uint32_t irq);
bool port_ns_irq_valid(uint32_t irq);

#endif
