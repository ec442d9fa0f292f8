/* SPDX-License-Identifier: Apache-2.0 */
/* What this microvisor was built as: the values come from the build (mk/version.mk), one object per image. */
#include "core/base/core_limits.h"
#include "port/port_boot.h"

const struct port_boot_build microvisor_build = {
    .version = MICROVISOR_VERSION,
    .number = MICROVISOR_NUMBER,
    .ratchet = MICROVISOR_RATCHET,
    .trial_ms = MICROVISOR_TRIAL_MS,
};
