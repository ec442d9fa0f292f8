/* SPDX-License-Identifier: Apache-2.0 */
/* The scenarios of this folder, and what they share: a small flash, and switching on a whole simulated device. */
#ifndef CAMPAIGNS_SCENARIOS_H
#define CAMPAIGNS_SCENARIOS_H

#include "campaigns/scenario.h"
#include "tests/unit/device/bundle_fake.h"

extern const struct campaign_scenario scenario_install, scenario_staged, scenario_in_place;
extern const struct campaign_scenario scenario_staged_whole, scenario_in_place_whole, scenario_repair;
extern const struct campaign_scenario scenario_file_system, scenario_file_system_half_staged;
extern const struct campaign_scenario scenario_file_system_in_place;
extern const struct campaign_scenario scenario_encrypted, scenario_encrypted_in_place;
extern const struct campaign_scenario scenario_store, scenario_crash_store, scenario_provisioning;
extern const struct campaign_scenario scenario_key_rotation;
extern const struct campaign_scenario scenario_factory, scenario_factory_provisioned;
extern const struct campaign_scenario scenario_self_into_b, scenario_self_into_a, scenario_self_with_app;
extern const struct campaign_scenario scenario_self_mute, scenario_self_crash, scenario_self_refused,
    scenario_self_decay;
extern const struct campaign_scenario scenario_ratchet;

/* Not one of the device: it must fail (naive_scenario.c). */
extern const struct campaign_scenario scenario_naive;

/* Areas as small as they can be: pairs of cuts are the square of what happens. Before flash_fake_reset(). */
void scenario_small_flash(void);

/* Power on with the flash as it is, in reach of a server that wants target (NULL: nothing). */
void scenario_power_on(const struct bundle_fake *target);

#endif
