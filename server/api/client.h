/* SPDX-License-Identifier: Apache-2.0 */
/* Whose connection is it? The address by which connections of one client are counted. */
#ifndef API_CLIENT_H
#define API_CLIENT_H

#include <stdbool.h>

struct sockaddr;

#define CLIENT_ID_BYTES 16

/* Addresses that one client can change at will have the same id: an IPv6 network of 64 bits is one client. An IPv4 address is the
 * same whether or not it came in as IPv6 (RFC 4291 section 2.5.5.2). */
struct client {
    unsigned char id[CLIENT_ID_BYTES];
    bool
        counted; /* false for 127.0.0.1, ::1 and what is no address: a proxy on this machine speaks for everybody */
};

struct client client_of(const struct sockaddr *address);

/* The address as text, without port; "-" for what is none. */
#define CLIENT_TEXT_BYTES 46
void client_text(const struct sockaddr *address, char out[CLIENT_TEXT_BYTES]);

#endif
