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

/* The block list of the plain layer; to be freed. */
static unsigned char *list_of(const struct pack_file *file, size_t *len)
{
    const size_t blocks = bundle_blocks((uint32_t)file->len);
    unsigned char *list = mem_new(blocks * SHA256_BYTES);

    for (size_t i = 0; i < blocks; i++) {
        size_t left = file->len - i * BLOCK_BYTES, here = left < BLOCK_BYTES ? left : BLOCK_BYTES;

        sha256_of_filled(file->data + i * BLOCK_BYTES, here, 0xff, BLOCK_BYTES - here,
                         list + i * SHA256_BYTES);
    }
    *len = blocks * SHA256_BYTES;
    return list;
}

/* A file of a bundle is named by its hash, which the manifest says, too. */
static void name_by_hash(const unsigned char *data, size_t len, unsigned char hash[SHA256_BYTES],
                         char name[SHA256_HEX_BYTES])
{
    sha256_of(data, len, hash);
    base16_encode(hash, SHA256_BYTES, name);
}

static int encrypt_layer(struct pack *pack, bundle_AppLayerReference *layer,
                         const unsigned char key[AES_KEY_BYTES], uint64_t decrypter, struct fail *fail)
{
    struct pack_file *file = pack_layer_file_to_change(pack, layer);
    char name[SHA256_HEX_BYTES];
    unsigned char *list;
    size_t list_len;
    int status;

    if (!file || layer->block_list_hash.size != SHA256_BYTES)
        return fail_set(fail, CLI_USAGE,
                        "a layer without a block list cannot be encrypted: leave --no-block-list out");
    list = list_of(file, &list_len);
    status = aes_ctr(key, layer->measurement_hash.bytes, LAYER_LIST_AES_BLOCK, list, list_len, fail);
    if (!status)
        status = aes_ctr(key, layer->measurement_hash.bytes, 0, file->data, file->len, fail);
    if (status) {
        mem_free(list);
        return status;
    }
    layer->encrypted_with_key_id = decrypter;
    name_by_hash(file->data, file->len, layer->fetch_hash.bytes, file->name);
    layer->block_list_fetch_hash.size = SHA256_BYTES;
    name_by_hash(list, list_len, layer->block_list_fetch_hash.bytes, name);
    return pack_add_file(pack, name, list, list_len, fail);
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
    unsigned char key[AES_KEY_BYTES];
    int status = aes_key_new(key, fail);

    if (!status)
        status = seal(recipient, key, &pack->body.content_key, fail);
    for (unsigned i = 0; !status && i < pack->body.layers_count; i++)
        status = encrypt_layer(pack, &pack->body.layers[i], key, pack->body.content_key.receiver_id, fail);
    explicit_bzero(key, sizeof(key));
    pack->body.has_content_key = !status;
    return status ? status : pack_encode(pack, fail);
}
