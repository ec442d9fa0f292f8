/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated first stage; see boot_fake.h. */
#include "tests/unit/device/boot_fake.h"

static const struct port_boot_build build = { BOOT_FAKE_VERSION, BOOT_FAKE_NUMBER, 0, 900000 };

const struct port_boot_build *port_boot_build(void)
{
    return &build;
}
