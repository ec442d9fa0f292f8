/* SPDX-License-Identifier: Apache-2.0 */
/* The factory for tests; see factory_fake.h. */
#include "tests/unit/device/factory_fake.h"

#include <stdlib.h>
#include <string.h>

#include "core/kv/kv.h"
#include "core/ota/ota_preinstall.h"
#include "core/factory/factory.h"
#include "port/port_stream.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/provision_fake.h"
#include "tests/unit/device/server_fake.h"

#define ANSWER_MS 1000u

static uint8_t signers[1][P256_POINT_BYTES];

static void preinstall(const struct bundle_fake *bundle, uint32_t index, enum ota_preinstall_place place)
{
    const struct manifest_signers accepted = { (const uint8_t(*)[P256_POINT_BYTES])signers, 1, 0, NULL };
    struct ota_preinstall_layer layers[APP_LAYERS_MAX];
    struct manifest manifest;
    const struct ota_preinstall app = {
        index, place, &manifest, bundle->manifest.bytes, bundle->manifest.length, layers
    };

    if (manifest_verify(bundle->manifest.bytes, bundle->manifest.length, bundle->manifest.sha256, &accepted,
                        &manifest) != otr_UpdateError_UPDATE_OK)
        abort();
    for (uint32_t i = 0; i < manifest.layer_count; i++) {
        const struct bundle_fake_blob *blob = bundle_fake_find(bundle, manifest.layers[i].fetch_hash);

        layers[i] = (struct ota_preinstall_layer){ blob->bytes, blob->length };
    }
    if (ota_preinstall_write(&app) != 0)
        abort();
}

void factory_fake_flash(bool has_staging, const struct bundle_fake *tested,
                        const struct bundle_fake *production)
{
    struct factory_test test = { .state = FACTORY_TEST_PENDING };

    flash_fake_reset(has_staging);
    crypto_fake_point(BUNDLE_FAKE_SIGNER, signers[0]);
    if (kv_mount() != 0 || factory_signers_store((const uint8_t(*)[P256_POINT_BYTES])signers, 1) != 0)
        abort();
    if (tested != NULL) {
        memcpy(test.manifest_sha256, tested->manifest.sha256, SHA256_BYTES);
        if (factory_test_store(&test) != 0)
            abort();
        preinstall(tested, 0, OTA_PREINSTALL_INSTALLED);
    }
    if (production != NULL)
        preinstall(production, tested != NULL,
                   tested != NULL ? OTA_PREINSTALL_STAGED : OTA_PREINSTALL_INSTALLED);
}

void factory_fake_new(const struct bundle_fake *tested, const struct bundle_fake *production)
{
    board_fake_reset(1);
    ns_fake_reset();
    server_fake_reset();
    port_stream_close();
    factory_fake_flash(true, tested, production);
}

static const char *awaited;

static bool answered(void)
{
    const char *at = strstr(board_fake_console(), awaited);

    return at != NULL && strchr(at, '\n') != NULL;
}

const char *factory_fake_ask(const char *line, const char *answer)
{
    board_fake_console_clear();
    board_fake_type(line);
    awaited = answer;
    if (!device_fake_run(answered, ANSWER_MS))
        return NULL;
    return strstr(board_fake_console(), answer) + strlen(answer);
}

bool factory_fake_provision(uint32_t signer)
{
    static char line[PROVISION_FAKE_LINE_BYTES];
    uint8_t request[PROVISION_FAKE_REQUEST_BYTES];
    const char *answer = factory_fake_ask("OTR1 KEYGEN\n", "OTR1 CSR ");

    if (answer == NULL || !provision_fake_request(answer, request))
        return false;
    provision_fake_line(request, signer, line);
    return factory_fake_ask(line, "OTR1 OK ") != NULL;
}
