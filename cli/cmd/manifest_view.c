/* SPDX-License-Identifier: Apache-2.0 */
/* A manifest as lines for people and as JSON. Only shows; bundle/pack_check.c judges. */
#include "cmd/manifest_view.h"

#include "base/base16.h"
#include "bundle/pack.h"
#include "crypto/sha256.h"
#include "json/doc.h"
#include "output/fields.h"
#include "proto/bundle/bundle.h"

/* Number policies by their JSON name; those that are 0 are defaults. */
struct policy {
    const char *name;
    uint32_t value;
};

#define POLICIES 8

static void read_policies(const bundle_AppBody *b, struct policy out[POLICIES])
{
    const struct policy all[POLICIES] = {
        { "minimum_restart_ms", b->crash.minimum_restart_ms },
        { "maximum_restart_ms", b->crash.maximum_restart_ms },
        { "watchdog_ms", b->crash.watchdog_ms },
        { "include_stack_bytes", b->crash.include_stack_bytes },
        { "maximum_politeness_time_sec", b->update.maximum_politeness_time_sec },
        { "minimum_microvisor_version", b->update.minimum_kernel_version },
        { "connection_grace_time_sec", b->connectivity.connection_grace_time_sec },
        { "minimum_check_in_time_sec", b->connectivity.minimum_check_in_time_sec },
    };

    for (int i = 0; i < POLICIES; i++)
        out[i] = all[i];
}

static void manifest_hash(const struct pack *pack, char hex[SHA256_HEX_BYTES])
{
    unsigned char digest[SHA256_BYTES];

    sha256_of(pack->manifest_bytes, pack->manifest_len, digest);
    base16_encode(digest, SHA256_BYTES, hex);
}

static void key_id_text(uint64_t id, char text[17])
{
    (void)snprintf(text, 17, "%016llx", (unsigned long long)id);
}

static void print_layer(FILE *out, const struct pack *pack, unsigned index)
{
    const bundle_AppLayerReference *l = &pack->body.layers[index];
    const struct pack_file *file = pack_layer_file(pack, l);
    char hex[SHA256_HEX_BYTES], id[17];
    struct bundle_region region;

    (void)bundle_layer_region(l, &region); /* zeros are shown for a region of an unknown kind */
    fields_print_format(out, "layer", "%u", index);
    fields_print(out, "  flash", region.external ? "external" : "internal");
    key_id_text(l->encrypted_with_key_id, id);
    fields_print(out, "  encrypted with", l->encrypted_with_key_id ? id : NULL);
    fields_print_format(out, "  region", "0x%08x..0x%08llx", region.start,
                        (unsigned long long)region.start + region.size);
    if (file)
        fields_print_format(out, "  bytes", "%zu", file->len);
    base16_encode(l->fetch_hash.bytes, l->fetch_hash.size, hex);
    fields_print(out, "  fetch hash", hex);
    base16_encode(l->measurement_hash.bytes, l->measurement_hash.size, hex);
    fields_print(out, "  measurement hash", hex);
    base16_encode(l->block_list_hash.bytes, l->block_list_hash.size, hex);
    fields_print(out, "  block list hash", hex);
}

static void print_key(FILE *out, const char *name, const uint8_t *key, size_t len)
{
    char hex[2 * P256_POINT_BYTES + 1];

    if (len == 0)
        return;
    base16_encode(key, len, hex);
    fields_print(out, name, hex);
}

void manifest_view_print(FILE *out, const struct pack *pack)
{
    const bundle_AppBody *b = &pack->body;
    struct policy policies[POLICIES];
    char hex[SHA256_HEX_BYTES];

    manifest_hash(pack, hex);
    fields_print_format(out, "manifest", "sha256:%s (%zu bytes)", hex, pack->manifest_len);
    if (pack_is_signed(pack))
        fields_print_format(out, "signer", "%016llx", (unsigned long long)pack->manifest.signer_id);
    else
        fields_print(out, "signer", "unsigned");
    for (unsigned i = 0; i < b->layers_count; i++)
        print_layer(out, pack, i);
    print_key(out, "debug key", b->debug.debug_auth_pubkey.bytes, b->debug.debug_auth_pubkey.size);
    print_key(out, "crash report key", b->crash.crash_report_pubkey.bytes, b->crash.crash_report_pubkey.size);
    read_policies(b, policies);
    for (int i = 0; i < POLICIES; i++)
        if (policies[i].value)
            fields_print_format(out, policies[i].name, "%u", policies[i].value);
}

static void set_hex(struct doc *object, const char *name, const uint8_t *bytes, size_t len)
{
    char hex[2 * P256_POINT_BYTES + 1];

    base16_encode(bytes, len, hex);
    doc_set_text(object, name, len ? hex : NULL);
}

static struct doc *layer_doc(const struct pack *pack, unsigned index)
{
    const bundle_AppLayerReference *l = &pack->body.layers[index];
    const struct pack_file *file = pack_layer_file(pack, l);
    struct doc *layer = doc_new_object();
    char id[17];
    struct bundle_region region;

    (void)bundle_layer_region(l, &region); /* zeros are shown for a region of an unknown kind */
    doc_set_text(layer, "flash", region.external ? "external" : "internal");
    doc_set_int(layer, "start", region.start);
    doc_set_int(layer, "size", region.size);
    if (file)
        doc_set_int(layer, "bytes", (long long)file->len);
    set_hex(layer, "fetch_hash", l->fetch_hash.bytes, l->fetch_hash.size);
    set_hex(layer, "measurement_hash", l->measurement_hash.bytes, l->measurement_hash.size);
    set_hex(layer, "block_list_hash", l->block_list_hash.bytes, l->block_list_hash.size);
    key_id_text(l->encrypted_with_key_id, id);
    doc_set_text(layer, "encrypted_with", l->encrypted_with_key_id ? id : NULL);
    return layer;
}

static struct doc *policies_doc(const bundle_AppBody *b)
{
    struct doc *object = doc_new_object();
    struct policy policies[POLICIES];

    read_policies(b, policies);
    for (int i = 0; i < POLICIES; i++)
        doc_set_int(object, policies[i].name, policies[i].value);
    set_hex(object, "debug_auth_pubkey", b->debug.debug_auth_pubkey.bytes, b->debug.debug_auth_pubkey.size);
    set_hex(object, "crash_report_pubkey", b->crash.crash_report_pubkey.bytes,
            b->crash.crash_report_pubkey.size);
    return object;
}

struct doc *manifest_view_doc(const struct pack *pack)
{
    struct doc *object = doc_new_object(), *layers = doc_new_array();
    char hex[SHA256_HEX_BYTES], hash[SHA256_HEX_BYTES + 8], signer[17];

    manifest_hash(pack, hex);
    (void)snprintf(hash, sizeof(hash), "sha256:%s", hex);
    (void)snprintf(signer, sizeof(signer), "%016llx", (unsigned long long)pack->manifest.signer_id);
    doc_set_text(object, "hash", hash);
    doc_set_int(object, "manifest_bytes", (long long)pack->manifest_len);
    doc_set_text(object, "signer_id", pack_is_signed(pack) ? signer : NULL);
    for (unsigned i = 0; i < pack->body.layers_count; i++)
        doc_add(layers, layer_doc(pack, i));
    doc_set_doc(object, "layers", layers);
    doc_set_doc(object, "policies", policies_doc(&pack->body));
    return object;
}

void manifest_view_json(FILE *out, const struct pack *pack)
{
    struct doc *object = manifest_view_doc(pack);

    doc_print(out, object, true);
    doc_free(object);
}
