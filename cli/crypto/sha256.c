/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by OpenSSL. A failure of the library here is no input's fault and ends the process. */
#include "crypto/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

static void must(int ok)
{
    if (ok == 1)
        return;
    fputs("outrigger: OpenSSL cannot compute SHA-256\n", stderr);
    abort();
}

void sha256_of(const void *data, size_t len, unsigned char digest[32])
{
    must(EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL));
}

void sha256_of_filled(const void *data, size_t len, unsigned char fill, size_t fill_len,
                      unsigned char digest[32])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char chunk[4096];

    must(context != NULL);
    memset(chunk, fill, sizeof(chunk));
    must(EVP_DigestInit_ex(context, EVP_sha256(), NULL));
    must(EVP_DigestUpdate(context, data, len));
    while (fill_len) {
        size_t n = fill_len < sizeof(chunk) ? fill_len : sizeof(chunk);

        must(EVP_DigestUpdate(context, chunk, n));
        fill_len -= n;
    }
    must(EVP_DigestFinal_ex(context, digest, NULL));
    EVP_MD_CTX_free(context);
}
