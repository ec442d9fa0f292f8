/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing of layer decrypters. */
#include "keys/decrypter.h"

#include <string.h>

#include "base/base16.h"
#include "base/status.h"
#include "bundle/pack.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "crypto/x509.h"

#define SID_DIGEST_BYTES 16u

int decrypter_receiver_device(const char *pem, const char *what, const char *sid,
                              struct decrypter_receiver *out, struct fail *fail)
{
    unsigned char der[CERTIFICATE_MAX_BYTES], digest[SHA256_BYTES];
    char name[64], made[SID_CHARS + 1] = "UV";
    size_t len = 0;
    int status = x509_pem_to_der(pem, what, der, sizeof(der), &len, fail);

    if (!status)
        status = x509_certificate_read(der, len, out->point, name, fail);
    if (status)
        return status;
    sha256_of(out->point, P256_POINT_BYTES, digest);
    base16_encode(digest, SID_DIGEST_BYTES, made + 2);
    if (strcmp(made, sid) != 0)
        return fail_set(
            fail, CLI_FORMAT,
            "%s holds the key of device %s, not of %s: a private key sealed to it would go to somebody else",
            what, made, sid);
    out->id = 0;
    for (unsigned i = 0; i < 8; i++)
        out->id = out->id << 8 | digest[i];
    return CLI_OK;
}

void decrypter_receiver_decrypter(const unsigned char point[P256_POINT_BYTES], struct decrypter_receiver *out)
{
    memcpy(out->point, point, P256_POINT_BYTES);
    out->id = pack_decrypter_id(point);
}

int decrypter_seal(const struct p256_key *decrypter, const struct decrypter_receiver *to,
                   bundle_HpkeCiphertext *out, struct fail *fail)
{
    static const struct hpke_purpose purpose = { DECRYPTER_INFO, DECRYPTER_INFO_BYTES, "", 0 };
    unsigned char scalar[DECRYPTER_BYTES], point[P256_POINT_BYTES];
    unsigned char sealed[DECRYPTER_BYTES + HPKE_EXTRA_BYTES];
    int status = p256_private_raw(decrypter, scalar, fail);

    if (!status)
        status = hpke_seal(to->point, &purpose, scalar, sizeof(scalar), sealed, fail);
    explicit_bzero(scalar, sizeof(scalar));
    if (status)
        return status;
    memset(out, 0, sizeof(*out));
    pack_sealed_set(sealed, sizeof(sealed), out);
    out->receiver_id = to->id;
    p256_key_public(decrypter, point);
    out->key_id = pack_decrypter_id(point);
    return CLI_OK;
}
