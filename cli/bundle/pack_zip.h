/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles as zip files (APPNOTE.TXT). */
#ifndef BUNDLE_PACK_ZIP_H
#define BUNDLE_PACK_ZIP_H

#include <stddef.h>

#include "base/fail.h"

struct pack;

/* Writes (replaces, atomically) a zip. The same bundle gives the same bytes at any time and place. */
int pack_zip_write(const struct pack *pack, const char *path, struct fail *fail);

/* Reads a zip in memory: exactly one file "manifest", layers of bounded size. The content is decoded but not
 * judged: pack_check does that. The caller clears out in any case. */
int pack_zip_read(const unsigned char *zip, size_t len, struct pack *out, struct fail *fail);

/* The same for a file. Words name it. */
int pack_zip_load(const char *path, struct pack *out, struct fail *fail);

#endif
