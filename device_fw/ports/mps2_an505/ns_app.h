/* SPDX-License-Identifier: Apache-2.0 */
/* What the fault handler and the main loop need to know of the application's life (port_ns.h has the rest).
 */
#ifndef MPS2_AN505_NS_APP_H
#define MPS2_AN505_NS_APP_H

#include "port/port_ns.h"

/* The application has faulted: takes the core from it and wakes the thread. Fault handler only. */
void ns_app_faulted(const struct port_fault *fault);

/* Finishes in the thread what the fault handler could not do. Before each sleep. */
void ns_app_settle(void);

#endif
