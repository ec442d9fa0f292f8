/* SPDX-License-Identifier: Apache-2.0 */
/* Writing claim codes. */
#include "model/claim.h"

#include <stdint.h>

#define GROUP_CHARS 4u

void model_claim_write(const unsigned char random[CLAIM_RANDOM_BYTES], char plain[CLAIM_CHARS + 1],
                       char text[CLAIM_TEXT_BYTES])
{
    static const char alphabet[] =
        "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* without I, L, O, U: they are misread */
    uint32_t bits = 0, count = 0;
    unsigned at = 0;
    for (unsigned i = 0, next = 0; i < CLAIM_CHARS; i++) {
        while (count < 5) {
            bits = bits << 8 | random[next++];
            count += 8;
        }
        count -= 5;
        plain[i] = alphabet[bits >> count & 31u];
        if (i > 0 && i % GROUP_CHARS == 0) {
            text[at++] = '-';
        }
        text[at++] = plain[i];
    }
    plain[CLAIM_CHARS] = '\0';
    text[at] = '\0';
}
