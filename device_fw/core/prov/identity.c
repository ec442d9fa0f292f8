/* SPDX-License-Identifier: Apache-2.0 */
/* The device's identity in the key/value store; identity.h states the invariants. */
#include "core/prov/identity.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/img/digest.h"
#include "core/kv/kv.h"
#include "port/port_crypto.h"
#include "port/port_status.h"

#define KEY_RECORD_BYTES (32u + P256_POINT_BYTES)

_Static_assert(sizeof(((otr_Provision *)0)->app_signers) / sizeof(((otr_Provision *)0)->app_signers[0]) ==
                   FACTORY_SIGNERS_MAX,
               "both lists have the same room");

static void derive_sid(struct identity *identity)
{
    uint8_t digest[SHA256_BYTES];

    digest_bytes(identity->public_key, P256_POINT_BYTES, digest);
    identity->sid[0] = 'U';
    identity->sid[1] = 'V';
    bytes_hex(digest, 16, identity->sid + 2);
}

static void copy_signers(struct identity *identity)
{
    identity->signer_count = identity->provision.app_signers_count;
    for (unsigned i = 0; i < identity->signer_count; i++)
        memcpy(identity->signers[i], identity->provision.app_signers[i].bytes, P256_POINT_BYTES);
}

static void load_key(struct identity *identity, uint8_t *work)
{
    if (kv_get(KV_IDENTITY_KEY, work, KV_VALUE_MAX_BYTES) != (int)KEY_RECORD_BYTES)
        return;
    memcpy(identity->private_key, work, 32);
    memcpy(identity->public_key, work + 32, P256_POINT_BYTES);
    bytes_wipe(work, KEY_RECORD_BYTES);
    derive_sid(identity);
    identity->has_key = true;
}

void identity_load(struct identity *identity, uint8_t *work)
{
    int length;

    memset(identity, 0, sizeof(*identity));
    identity->signer_count = factory_signers_load(identity->signers);
    load_key(identity, work);
    length = kv_get(KV_PROVISION, work, KV_VALUE_MAX_BYTES);
    if (!identity->has_key || length < 0)
        return;
    identity->provisioned =
        codec_provision_decode(work, (uint32_t)length, &identity->provision) == CODEC_OK &&
        strcmp(identity->provision.device_sid, identity->sid) == 0;
    if (identity->provisioned)
        copy_signers(identity);
}

enum identity_status identity_keygen(struct identity *identity)
{
    uint8_t record[KEY_RECORD_BYTES];
    int status;

    if (identity->has_key)
        return IDENTITY_OK;
    if (port_p256_generate(record, record + 32) != 0)
        return IDENTITY_ENTROPY;
    status = kv_put(KV_IDENTITY_KEY, record, sizeof(record));
    if (status == 0) {
        memcpy(identity->private_key, record, 32);
        memcpy(identity->public_key, record + 32, P256_POINT_BYTES);
        derive_sid(identity);
        identity->has_key = true;
    }
    bytes_wipe(record, sizeof(record));
    return status == 0 ? IDENTITY_OK : IDENTITY_FLASH;
}

static enum identity_status check(const struct identity *identity)
{
    const otr_Provision *provision = &identity->provision;

    if (strcmp(provision->device_sid, identity->sid) != 0)
        return IDENTITY_KEY;
    if (port_cert_matches(provision->device_cert.bytes, provision->device_cert.size, identity->public_key,
                          identity->sid) != 0)
        return IDENTITY_CERTIFICATE;
    if (port_cert_is_ca(provision->server_ca.bytes, provision->server_ca.size) != 0)
        return IDENTITY_CERTIFICATE;
    return IDENTITY_OK;
}

enum identity_status identity_set(struct identity *identity, const uint8_t *bytes, uint32_t length)
{
    enum identity_status status;

    if (identity->provisioned)
        return IDENTITY_LOCKED;
    if (!identity->has_key)
        return IDENTITY_KEY;
    if (codec_provision_decode(bytes, length, &identity->provision) != CODEC_OK)
        return IDENTITY_FORMAT;
    status = check(identity);
    if (status != IDENTITY_OK)
        return status;
    if (kv_put(KV_PROVISION, bytes, length) != 0)
        return IDENTITY_FLASH;
    copy_signers(identity);
    identity->provisioned = true;
    return IDENTITY_OK;
}

void identity_stream(const struct identity *identity, struct port_stream_identity *out)
{
    const otr_Provision *provision = &identity->provision;

    out->device_cert = provision->device_cert.bytes;
    out->device_cert_len = provision->device_cert.size;
    out->private_key = identity->private_key;
    out->server_ca = provision->server_ca.bytes;
    out->server_ca_len = provision->server_ca.size;
    out->server_name = provision->server_name;
    out->host = provision->gateway_host;
    out->port = (uint16_t)provision->gateway_port;
}

void identity_signers(const struct identity *identity, struct manifest_signers *out)
{
    out->points = identity->signers;
    out->count = identity->signer_count;
}
