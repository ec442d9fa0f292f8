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
#include "core/base/core_limits.h"
#include "core/prov/base64.h"
#include "port/port_main.h"
#include "proto/codec/codec.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/server_fake.h"

#define ANSWER_MS 1000u
#define LIMIT_MS  60000u

static char
    sid_of_request[SID_CHARS + 1]; /* of the first run: entropy is the same in all runs of progress 0 */
static const char *awaited;

static bool answered(void)
{
    const char *at = strstr(board_fake_console(), awaited);

    return at != NULL && strchr(at, '\n') != NULL;
}

/* Sends a line, returns what follows the awaited words in the answer; NULL when there is none. */
static const char *ask(const char *line, const char *answer)
{
    board_fake_console_clear();
    board_fake_type(line);
    awaited = answer;
    if (!device_fake_run(answered, ANSWER_MS))
        return NULL;
    return strstr(board_fake_console(), answer) + strlen(answer);
}

static bool decode(const char *text, uint8_t *out, uint32_t room, uint32_t *length)
{
    struct base64_decoder decoder;

    base64_decoder_start(&decoder, out, room);
    for (; *text != '\n'; text++)
        base64_decoder_take(&decoder, *text);
    *length = decoder.length;
    return base64_decoder_finish(&decoder);
}

/* The Provision message for the point and SID of a request, as a line. */
static void set_line(const uint8_t *point, const char *sid, char *line)
{
    static otr_Provision provision;
    static uint8_t bytes[KV_VALUE_MAX_BYTES];
    int length;

    memset(&provision, 0, sizeof(provision));
    strcpy(provision.device_sid, sid);
    provision.device_cert.size = (pb_size_t)crypto_fake_certificate(point, sid, provision.device_cert.bytes);
    provision.server_ca.size = 1;
    provision.server_ca.bytes[0] = 'A';
    strcpy(provision.gateway_host, "127.0.0.1");
    provision.gateway_port = 8883;
    strcpy(provision.server_name, "server");
    provision.app_signers_count = 1;
    provision.app_signers[0].size = P256_POINT_BYTES;
    crypto_fake_point(BUNDLE_FAKE_SIGNER, provision.app_signers[0].bytes);
    provision.wall_time_us = 1700000000000000ull;
    length = codec_provision_encode(&provision, bytes, sizeof(bytes));
    strcpy(line, "OTR1 SET ");
    line += strlen(line);
    line += base64_encode(bytes, length < 0 ? 0 : (uint32_t)length, line);
    strcpy(line, "\n");
}

static const char *provision(uint32_t progress)
{
    static char line[PROV_LINE_MAX_CHARS + 16];
    static uint8_t request[256];
    uint32_t length;
    const char *answer = ask("OTR1 KEYGEN\n", "OTR1 CSR ");

    if (answer == NULL || !decode(answer, request, sizeof(request) - 1, &length) ||
        length <= P256_POINT_BYTES)
        return "D-3 no request for a certificate";
    request[length] = '\0'; /* ends in the SID */
    if (sid_of_request[0] == '\0')
        strcpy(sid_of_request, (const char *)request + P256_POINT_BYTES);
    if (progress == 1 && strcmp(sid_of_request, (const char *)request + P256_POINT_BYTES) != 0)
        return "D-1 another key than that of the request";
    if (progress == 0)
        campaign_progress(1);
    set_line(request, (const char *)request + P256_POINT_BYTES, line);
    if (ask(line, "OTR1 OK ") == NULL)
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
    state = ask("OTR1 HELLO\n", " provisioned ");
    if (state == NULL && progress == 2)
        return "D-2 the identity is gone";
    broken = state == NULL ? provision(progress) : NULL;
    if (broken != NULL)
        return broken;
    state = ask("OTR1 HELLO\n", " provisioned ");
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
