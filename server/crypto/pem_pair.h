/* SPDX-License-Identifier: Apache-2.0 */
/* A server's certificate and its private key in two PEM files: do they make a pair? Nothing is kept. */
#ifndef CRYPTO_PEM_PAIR_H
#define CRYPTO_PEM_PAIR_H

enum crypto_pair {
    CRYPTO_PAIR_GOOD,
    CRYPTO_PAIR_NO_CERTIFICATE, /* no PEM certificate in the first file, or one of the chain is damaged */
    CRYPTO_PAIR_NO_KEY,         /* no PEM private key in the second file, or it wants a passphrase */
    CRYPTO_PAIR_STRANGERS       /* the key is not the one of the first certificate */
};

/* Reads both files, which may block on the disk. */
enum crypto_pair crypto_pair_check(const char *certificate_path, const char *key_path);

#endif
