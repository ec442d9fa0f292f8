/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microvisor bundles (PROTOCOL.md section 9): manifest and image, always signed. The image's own header says which microvisor it is; the
 * manifest repeats it under its own signature, so that devices and servers can judge before they fetch.
 */
#ifndef BUNDLE_MICROVISOR_PACK_H
#define BUNDLE_MICROVISOR_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "bundle.pb.h"

struct p256_key;
struct pack;

struct microvisor_options {
    const char *version; /* for people, e.g. "0.2.0" */
    const char *board;   /* NULL: the known board that the image is linked for */
};

/* Makes and signs a bundle of a signed image. key: the boot root key that signed the image too. meta: what the manifest says. CLI_FORMAT
 * with words. The caller clears out in any case. */
int microvisor_pack_make(const unsigned char *image, size_t len, const struct microvisor_options *options,
                         const struct p256_key *key, struct pack *out, bundle_KernelMeta *meta,
                         struct fail *fail);

#endif
