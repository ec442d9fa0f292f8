/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claim codes: what stands on a device's label for whoever becomes its owner. 80 random bits as 16 characters of Crockford's
 * base 32 in groups of four; the store has the SHA-256 of the characters without the dashes.
 */
#ifndef MODEL_CLAIM_H
#define MODEL_CLAIM_H

#define CLAIM_RANDOM_BYTES 10u
#define CLAIM_CHARS        16u
#define CLAIM_TEXT_BYTES   20u /* with dashes and a NUL */

/* plain: CLAIM_CHARS characters and a NUL; text: the same for people. */
void model_claim_write(const unsigned char random[CLAIM_RANDOM_BYTES], char plain[CLAIM_CHARS + 1],
                       char text[CLAIM_TEXT_BYTES]);

#endif
