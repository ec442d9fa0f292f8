/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that provisioning hands to a device: any bytes may be refused, nothing else may happen. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "port/port_crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t any_key[65] = { 0x04 };
    uint8_t *exact = malloc(size > 0 ? size : 1); /* the sanitizer guards its end */

    if (exact == NULL) {
        return 0;
    }
    memcpy(exact, data, size);
    (void)port_cert_is_ca(exact, (uint32_t)size, NULL);
    (void)port_cert_matches(exact, (uint32_t)size, any_key, "UV00112233445566778899aabbccddeeff");
    free(exact);
    return 0;
}
