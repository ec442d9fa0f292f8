/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioning lines: any text on the console; the device answers, stores only what is right, and never prints its key. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/kv/kv.h"
#include "core/prov/prov.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/flash_fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct identity identity;
    static struct prov prov;
    static struct factory_test test;
    static struct identity_work work;
    bool completed = false;

    board_fake_reset(1);
    flash_fake_reset(true);
    if (kv_mount() != 0)
        abort();
    identity_load(&identity, &work);
    prov_init(&prov, &identity, &test, &work);
    while (size > 0) {
        size_t piece = size < 61 ? size : 61;

        completed = prov_take(&prov, (const char *)data, (uint32_t)piece) || completed;
        data += piece;
        size -= piece;
    }
    if (completed != identity.provisioned)
        abort();
    if (completed) { /* D2: durable, and for this device's own key */
        identity_load(&identity, &work);
        if (!identity.provisioned || strcmp(work.provision.device_sid, identity.sid) != 0)
            abort();
    }
    return 0;
}
