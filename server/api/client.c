/* SPDX-License-Identifier: Apache-2.0 */
/* From a socket's address to the client that is counted, and to text. */
#include "api/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#define NETWORK_BYTES 8 /* of an IPv6 address: what a provider gives to one customer, or more */

static struct client client_v4(const unsigned char address[4])
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    const struct in_addr self = { .s_addr = htonl(INADDR_LOOPBACK) };
    struct client c = { .counted = memcmp(address, &self, sizeof(self)) != 0 };
    memcpy(c.id, mapped, sizeof(mapped));
    memcpy(c.id + sizeof(mapped), address, 4);
    return c;
}

static struct client client_v6(const struct in6_addr *address)
{
    struct client c = { .counted = !IN6_IS_ADDR_LOOPBACK(address) };
    if (IN6_IS_ADDR_V4MAPPED(address)) {
        return client_v4(address->s6_addr + 12);
    }
    memcpy(c.id, address->s6_addr, NETWORK_BYTES);
    return c;
}

struct client client_of(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address != NULL && address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        return client_v4((const unsigned char *)&v4.sin_addr);
    }
    if (address != NULL && address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof(v6));
        return client_v6(&v6.sin6_addr);
    }
    return (struct client){ .counted = false };
}

void client_text(const struct sockaddr *address, char out[CLIENT_TEXT_BYTES])
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    const char *text = NULL;
    if (address != NULL && address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        text = inet_ntop(AF_INET, &v4.sin_addr, out, CLIENT_TEXT_BYTES);
    } else if (address != NULL && address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof(v6));
        text = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)
                   ? inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, out, CLIENT_TEXT_BYTES)
                   : inet_ntop(AF_INET6, &v6.sin6_addr, out, CLIENT_TEXT_BYTES);
    }
    if (text == NULL) {
        memcpy(out, "-", 2);
    }
}
