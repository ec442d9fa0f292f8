/* SPDX-License-Identifier: Apache-2.0 */
/* Provision messages for tests; see provision_fake.h. */
#include "tests/unit/device/provision_fake.h"

#include <string.h>

#include "core/base/base64.h"
#include "tests/unit/device/crypto_fake.h"

void provision_fake_make(const uint8_t point[P256_POINT_BYTES], const char *sid, uint32_t signer,
                         otr_Provision *out)
{
    memset(out, 0, sizeof(*out));
    strcpy(out->device_sid, sid);
    out->device_cert.size = (pb_size_t)crypto_fake_certificate(point, sid, out->device_cert.bytes);
    out->server_ca.size = 1;
    out->server_ca.bytes[0] = 'A';
    strcpy(out->gateway_host, "127.0.0.1");
    out->gateway_port = 8883;
    strcpy(out->server_name, "server");
    out->app_signers_count = 1;
    out->app_signers[0].size = P256_POINT_BYTES;
    crypto_fake_point(signer, out->app_signers[0].bytes);
    out->wall_time_us = 1700000000000000ull;
}

bool provision_fake_request(const char *base64, uint8_t request[PROVISION_FAKE_REQUEST_BYTES])
{
    struct base64_decoder decoder;

    base64_decoder_start(&decoder, request, PROVISION_FAKE_REQUEST_BYTES - 1);
    while (*base64 != '\n' && *base64 != '\0')
        base64_decoder_take(&decoder, *base64++);
    request[PROVISION_FAKE_REQUEST_BYTES - 1] = '\0';
    return base64_decoder_finish(&decoder) && decoder.length == PROVISION_FAKE_REQUEST_BYTES - 1;
}

void provision_fake_line(const uint8_t request[PROVISION_FAKE_REQUEST_BYTES], uint32_t signer,
                         char line[PROVISION_FAKE_LINE_BYTES])
{
    static otr_Provision provision;
    static uint8_t bytes[KV_VALUE_MAX_BYTES];
    int length;

    provision_fake_make(request, (const char *)request + P256_POINT_BYTES, signer, &provision);
    length = codec_provision_encode(&provision, bytes, sizeof(bytes));
    strcpy(line, "OTR1 SET ");
    line += strlen(line);
    line += base64_encode(bytes, length < 0 ? 0 : (uint32_t)length, line);
    strcpy(line, "\n");
}
