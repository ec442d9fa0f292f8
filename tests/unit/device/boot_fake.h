/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulated device's first stage and build say about the microvisor that runs. */
#ifndef BOOT_FAKE_H
#define BOOT_FAKE_H

#include "port/port_boot.h"

#define BOOT_FAKE_NUMBER  10203u
#define BOOT_FAKE_VERSION "1.2.3"

#endif
