/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a bundle: reading, judging and showing it must stay inside its memory. */
#include <stdint.h>
#include <stdlib.h>

#include "bundle/pack.h"
#include "bundle/pack_zip.h"
#include "cmd/manifest_view.h"
#include "json/doc.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct pack *pack)
{
    struct fail fail;

    for (unsigned i = 0; i < pack->body.layers_count; i++)
        (void)pack_layer_file(pack, &pack->body.layers[i]);
    if (pack_check(pack, &fail) == 0 && pack->file_count == 0)
        abort(); /* a bundle without a layer must not pass */
    doc_free(manifest_view_doc(pack));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pack pack;
    struct fail fail;

    if (pack_zip_read(data, size, &pack, &fail) == 0)
        look_at(&pack);
    pack_clear(&pack);
    /* Mutations rarely survive the zip's checksums: the manifest decoder gets the bytes directly as well. */
    if (pack_decode(&pack, data, size, &fail) == 0)
        look_at(&pack);
    pack_clear(&pack);
    return 0;
}
