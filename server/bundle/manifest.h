/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of a bundle: from its bytes to checked plain values, with precise words about what is wrong.
 */
#ifndef BUNDLE_MANIFEST_H
#define BUNDLE_MANIFEST_H

#include "bundle/check.h"

/* Decodes contents->manifest into the other fields and the layers' signed values. ST_OK or ST_INVALID with
 * words. */
int bundle_manifest_read(struct bundle_contents *contents, char why[BUNDLE_WHY_BYTES]);

/* Encodes signer, body and signature into contents->manifest. ST_OK or ST_TOO_LARGE. */
int bundle_manifest_write(struct bundle_contents *contents);

#endif
