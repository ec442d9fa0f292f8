/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypts the layers of a bundle that was made (PROTOCOL.md section 15). */
#include <string.h>

#include "base/base16.h"
#include "base/mem.h"
#include "base/status.h"
#include "bundle/pack.h"
#include "crypto/aes.h"
#include "crypto/hpke.h"
#include "crypto/sha256.h"
#include "proto/bundle/bundle.h"

_Static_assert(AES_KEY_BYTES == CONTENT_KEY_BYTES, "a content key is one of AES-128");

/* A file of a bundle is named by its hash, which the manifest says, too. */
static void name_by_hash(const unsigned char *data, size_t len, unsigned char hash[SHA256_BYTES],
                         char name[SHA256_HEX_BYTES])
{
    sha256_of(data, len, hash);
    base16_encode(hash, SHA256_BYTES, name);
}

static int add_encrypted(struct pack *pack, const struct pack_file *plain, bundle_AppLayerReference *layer,
                         const unsigned char key[AES_KEY_BYTES], struct fail *fail)
{
    unsigned char *data = memcpy(mem_new(plain->len), plain->data, plain->len);
    size_t list_len;
    unsigned char *list = pack_block_list(plain->data, plain->len, &list_len);
    char name[SHA256_HEX_BYTES];
    int status = aes_ctr(key, layer->measurement_hash.bytes, LAYER_LIST_AES_BLOCK, list, list_len, fail);

    if (!status)
        status = aes_ctr(key, layer->measurement_hash.bytes, 0, data, plain->len, fail);
    if (status) {
        mem_free(data);
        mem_free(list);
        return status;
    }
    name_by_hash(data, plain->len, layer->fetch_hash.bytes, name);
    status = pack_add_file(pack, name, data, plain->len, fail);
    layer->block_list_fetch_hash.size = SHA256_BYTES;
    name_by_hash(list, list_len, layer->block_list_fetch_hash.bytes, name);
    if (!status)
        return pack_add_file(pack, name, list, list_len, fail);
    mem_free(list);
    return status;
}

/* An earlier layer that is the same when encrypted: of the same bytes, in a region of the same size; -1: there is none. */
static int twin_of(const bundle_AppBody *plain, unsigned index)
{
    const bundle_AppLayerReference *a = &plain->layers[index];

    for (unsigned i = 0; i < index; i++) {
        const bundle_AppLayerReference *b = &plain->layers[i];

        if (memcmp(a->fetch_hash.bytes, b->fetch_hash.bytes, SHA256_BYTES) == 0 &&
            memcmp(a->measurement_hash.bytes, b->measurement_hash.bytes, SHA256_BYTES) == 0)
            return (int)i;
    }
    return -1;
}

static int encrypt_layer(struct pack *pack, const struct pack *plain, unsigned index,
                         const unsigned char key[AES_KEY_BYTES], struct fail *fail)
{
    bundle_AppLayerReference *layer = &pack->body.layers[index];
    const struct pack_file *file = pack_layer_file(plain, layer);
    int twin = twin_of(&plain->body, index);

    if (!file || layer->block_list_hash.size != SHA256_BYTES)
        return fail_set(fail, CLI_USAGE,
                        "a layer without a block list cannot be encrypted: leave --no-block-list out");
    layer->encrypted_with_key_id = pack->body.content_key.receiver_id;
    if (twin < 0)
        return add_encrypted(pack, file, layer, key, fail);
    layer->fetch_hash = pack->body.layers[twin].fetch_hash;
    layer->block_list_fetch_hash = pack->body.layers[twin].block_list_fetch_hash;
    return CLI_OK;
}

static int seal(const unsigned char recipient[P256_POINT_BYTES], const unsigned char key[AES_KEY_BYTES],
                bundle_HpkeCiphertext *out, struct fail *fail)
{
    static const struct hpke_purpose purpose = { CONTENT_KEY_INFO, CONTENT_KEY_INFO_BYTES, "", 0 };
    unsigned char sealed[AES_KEY_BYTES + HPKE_EXTRA_BYTES];
    int status = hpke_seal(recipient, &purpose, key, AES_KEY_BYTES, sealed, fail);

    if (status)
        return status;
    pack_sealed_set(sealed, sizeof(sealed), out);
    out->receiver_id = pack_decrypter_id(recipient);
    return CLI_OK;
}

void pack_sealed_set(const unsigned char *sealed, size_t len, bundle_HpkeCiphertext *out)
{
    out->sender_pub.size = P256_POINT_BYTES;
    memcpy(out->sender_pub.bytes, sealed, P256_POINT_BYTES);
    out->ciphertext.size = (pb_size_t)(len - P256_POINT_BYTES);
    memcpy(out->ciphertext.bytes, sealed + P256_POINT_BYTES, len - P256_POINT_BYTES);
}

int pack_encrypt(struct pack *pack, const unsigned char recipient[P256_POINT_BYTES], struct fail *fail)
{
    struct pack *plain = mem_new(sizeof(*plain));
    unsigned char key[AES_KEY_BYTES];
    int status = aes_key_new(key, fail);

    *plain = *pack; /* its files, too */
    pack->file_count = 0;
    if (!status)
        status = seal(recipient, key, &pack->body.content_key, fail);
    for (unsigned i = 0; !status && i < pack->body.layers_count; i++)
        status = encrypt_layer(pack, plain, i, key, fail);
    explicit_bzero(key, sizeof(key));
    pack->body.has_content_key = !status;
    pack_clear(plain);
    mem_free(plain);
    return status ? status : pack_encode(pack, fail);
}
