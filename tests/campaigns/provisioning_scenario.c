/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenario of the factory: a blank device makes its key, is given its certificate over the serial port, and checks in.
 * Progress 1: the device has answered with its request; 2: it has said OK.
 *
 *  D-1 the key of a request that was answered is the device's key for ever (KEYGEN is idempotent, PROTOCOL.md section 8);
 *  D-2 a device that said OK is provisioned, with the SID that it said;
 *  D-3 it always ends up provisioned and connected.
 */
#include <stdio.h>
#include <string.h>

#include "campaigns/scenarios.h"
#include "port/port_main.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/factory_fake.h"
#include "tests/unit/device/provision_fake.h"
#include "tests/unit/device/server_fake.h"

#define LIMIT_MS 60000u

static char
    sid_of_request[SID_CHARS + 1]; /* of the first run: entropy is the same in all runs of progress 0 */

static const char *provision(uint32_t progress)
{
    static char line[PROVISION_FAKE_LINE_BYTES];
    uint8_t request[PROVISION_FAKE_REQUEST_BYTES];
    const char *sid = (const char *)request + P256_POINT_BYTES;
    const char *answer = factory_fake_ask("OTR1 KEYGEN\n", "OTR1 CSR ");

    if (answer == NULL || !provision_fake_request(answer, request))
        return "D-3 no request for a certificate";
    if (sid_of_request[0] == '\0')
        strcpy(sid_of_request, sid);
    if (progress == 1 && strcmp(sid_of_request, sid) != 0)
        return "D-1 another key than that of the request";
    if (progress == 0)
        campaign_progress(1);
    provision_fake_line(request, BUNDLE_FAKE_SIGNER, line);
    if (factory_fake_ask(line, "OTR1 OK ") == NULL)
        return "D-3 the certificate was refused";
    campaign_progress(2);
    return NULL;
}

static const char *run(uint32_t progress)
{
    const char *broken, *state;

    scenario_power_on(NULL);
    board_fake_reset(1 + progress); /* a key that is made again would be another one */
    microvisor_init();
    state = factory_fake_ask("OTR1 HELLO\n", " provisioned ");
    if (state == NULL && progress == 2)
        return "D-2 the identity is gone";
    broken = state == NULL ? provision(progress) : NULL;
    if (broken != NULL)
        return broken;
    state = factory_fake_ask("OTR1 HELLO\n", " provisioned ");
    if (state == NULL || strncmp(state, sid_of_request, SID_CHARS) != 0)
        return "D-2 provisioned as somebody else";
    if (!device_fake_run(server_fake_connected, LIMIT_MS))
        return "D-3 the device does not check in";
    return flash_fake_violation();
}

static void prepare(void)
{
    scenario_small_flash();
    board_fake_reset(1);
    flash_fake_reset(false);
}

const struct campaign_scenario scenario_provisioning = { "provisioning", prepare, run, 2 };
