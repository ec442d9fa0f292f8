/* SPDX-License-Identifier: Apache-2.0 */
/* Images of the host port's scripted application: every line ends inside the image, and reading them comes to an end. */
#include <stdint.h>
#include <stdlib.h>

#include "ports/host/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t len = (uint32_t)size;
    uint32_t offset = 0;
    struct script_line line;

    (void)script_valid(data, len);
    do {
        uint32_t before = offset;

        line = script_next(data, len, &offset);
        if (offset > len || (line.verb != SCRIPT_END && offset <= before)) {
            abort();
        }
        for (uint32_t i = 0; i < line.text_len; i++) {
            volatile char read = line.text[i]; /* the sanitizer looks whether it may be */

            (void)read;
        }
    } while (line.verb != SCRIPT_END);
    return 0;
}
