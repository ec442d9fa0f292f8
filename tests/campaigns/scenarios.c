/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all scenarios of the host campaign. */
#include "campaigns/scenarios.h"

#include <stddef.h>

const struct campaign_scenario *const campaign_scenarios[] = {
    &scenario_install,
    &scenario_staged,
    &scenario_in_place,
    &scenario_staged_whole,
    &scenario_in_place_whole,
    &scenario_repair,
    &scenario_file_system,
    &scenario_file_system_half_staged,
    &scenario_file_system_in_place,
    &scenario_encrypted,
    &scenario_encrypted_in_place,
    &scenario_store,
    &scenario_crash_store,
    &scenario_provisioning,
    &scenario_factory,
    &scenario_factory_provisioned,
    &scenario_key_rotation,
    &scenario_self_into_b,
    &scenario_self_into_a,
    &scenario_self_with_app,
    &scenario_self_mute,
    &scenario_self_crash,
    &scenario_self_decay,
    &scenario_self_refused,
    &scenario_ratchet,
    NULL,
};
