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

_Static_assert(sizeof(((struct identity *)0)->gateway_host) == sizeof(((otr_Provision *)0)->gateway_host) &&
                   sizeof(((struct identity *)0)->server_name) == sizeof(((otr_Provision *)0)->server_name),
               "names are copied whole");

static void derive_sid(struct identity *identity)
{
    uint8_t digest[SHA256_BYTES];

    digest_bytes(identity->public_key, P256_POINT_BYTES, digest);
    identity->sid[0] = 'U';
    identity->sid[1] = 'V';
    bytes_hex(digest, 16, identity->sid + 2);
}

static void adopt(struct identity *identity, const otr_Provision *provision)
{
    identity->certificate_bytes = provision->device_cert.size;
    memcpy(identity->certificate, provision->device_cert.bytes, provision->device_cert.size);
    identity->gateway_port = (uint16_t)provision->gateway_port;
    memcpy(identity->gateway_host, provision->gateway_host, sizeof(identity->gateway_host));
    memcpy(identity->server_name, provision->server_name, sizeof(identity->server_name));
    identity->provisioned = true;
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

void identity_load(struct identity *identity, struct identity_work *work)
{
    int length;

    memset(identity, 0, sizeof(*identity));
    load_key(identity, work->bytes);
    length = kv_get(KV_PROVISION, work->bytes, sizeof(work->bytes));
    if (!identity->has_key || length < 0)
        return;
    if (codec_provision_decode(work->bytes, (uint32_t)length, &work->provision) == CODEC_OK &&
        strcmp(work->provision.device_sid, identity->sid) == 0)
        adopt(identity, &work->provision);
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

static enum identity_status check(const struct identity *identity, const otr_Provision *provision)
{
    if (strcmp(provision->device_sid, identity->sid) != 0)
        return IDENTITY_KEY;
    if (port_cert_matches(provision->device_cert.bytes, provision->device_cert.size, identity->public_key,
                          identity->sid) != 0)
        return IDENTITY_CERTIFICATE;
    if (port_cert_is_ca(provision->server_ca.bytes, provision->server_ca.size, NULL) != 0)
        return IDENTITY_CERTIFICATE;
    return IDENTITY_OK;
}

enum identity_status identity_set(struct identity *identity, struct identity_work *work, uint32_t length)
{
    enum identity_status status;

    if (identity->provisioned)
        return IDENTITY_LOCKED;
    if (!identity->has_key)
        return IDENTITY_KEY;
    if (codec_provision_decode(work->bytes, length, &work->provision) != CODEC_OK)
        return IDENTITY_FORMAT;
    status = check(identity, &work->provision);
    if (status != IDENTITY_OK)
        return status;
    if (kv_put(KV_PROVISION, work->bytes, length) != 0)
        return IDENTITY_FLASH;
    adopt(identity, &work->provision);
    return IDENTITY_OK;
}

void identity_stream(const struct identity *identity, struct port_stream_identity *out)
{
    out->device_cert = identity->certificate;
    out->device_cert_len = identity->certificate_bytes;
    out->private_key = identity->private_key;
    out->server_name = identity->server_name;
    out->host = identity->gateway_host;
    out->port = identity->gateway_port;
}
