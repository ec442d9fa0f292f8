/* SPDX-License-Identifier: Apache-2.0 */
/* What the build says about the microvisor that runs. */
#include "port/port_boot.h"

const struct port_boot_build *port_boot_build(void)
{
    return &microvisor_build;
}
