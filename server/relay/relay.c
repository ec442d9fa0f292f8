/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay's process. Remote debugging is not part of this version: every HTTP request is answered with 501
 * and words, so that tools say what is missing instead of hanging.
 *
 * One thread of libmicrohttpd serves; this one waits for the end. Bodies of requests are never read.
 */
#include "relay/relay.h"

#include <stdint.h>
#include <string.h>

#include <microhttpd.h>

#include "base/log.h"
#include "bus/peers.h"
#include "conf/conf.h"
#include "loop/role.h"

/* Nobody has business here yet: a few tools that ask once. */
#define RELAY_CONNECTIONS_MAX  64u
#define RELAY_TIMEOUT_S        10u
#define RELAY_CONNECTION_BYTES 8192u /* header of a request and answer */

static const char body[] =
    "{\"code\":20501,\"message\":\"Remote debugging is not implemented in this version of "
    "Outrigger\",\"more_info\":\"\",\"status\":501}";

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_bytes, void **state)
{
    struct MHD_Response *response = cls;

    (void)url;
    (void)method;
    (void)version;
    (void)upload;
    (void)upload_bytes;
    (void)state;
    return MHD_queue_response(connection, MHD_HTTP_NOT_IMPLEMENTED, response);
}

static struct MHD_Response *response_make(void)
{
    /* The text is static and libmicrohttpd only reads it. */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), (void *)(uintptr_t)body, MHD_RESPMEM_PERSISTENT);

    if (response != NULL &&
        (MHD_add_response_header(response, "Content-Type", "application/json") != MHD_YES ||
         MHD_add_response_header(response, "Connection", "close") != MHD_YES)) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

static struct MHD_Daemon *daemon_start(int listen_fd, struct MHD_Response *response)
{
    const unsigned flags = MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC;

    return MHD_start_daemon(flags, 0, NULL, NULL, answer, response, MHD_OPTION_LISTEN_SOCKET, listen_fd,
                            MHD_OPTION_CONNECTION_LIMIT, RELAY_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                            RELAY_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)RELAY_CONNECTION_BYTES, MHD_OPTION_END);
}

int relay_run(const struct conf *conf)
{
    const int listen_fd = peers_fd("listen.relay");
    struct MHD_Response *response = listen_fd < 0 ? NULL : response_make();
    struct MHD_Daemon *daemon = response == NULL ? NULL : daemon_start(listen_fd, response);

    (void)conf; /* the parent has opened its socket; there is nothing else to configure yet */
    if (daemon != NULL) {
        role_ready();
        while (role_wait_event(-1) != ROLE_STOP)
            continue; /* no certificates to read again */
        MHD_stop_daemon(daemon);
    } else {
        log_error("http_not_started", "listen", listen_fd < 0 ? "missing" : "there");
    }
    if (response != NULL)
        MHD_destroy_response(response);
    return daemon != NULL ? 0 : 1;
}
