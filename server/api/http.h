/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server: sockets, TLS, threads. The only room of libmicrohttpd. */
#ifndef API_HTTP_H
#define API_HTTP_H

struct http;
struct service;

/* Connections at once; each costs HTTP_POOL_BYTES. Descriptors of a process are 1,024 by default. */
#define HTTP_CONNECTIONS_MAX 512u

/* Per connection: a head of at most this size, and the pieces in which bodies are read. */
#define HTTP_POOL_BYTES 8192u

/* Silence after which a connection is dropped; conns.h has the deadlines of the slow. */
#define HTTP_IDLE_S 60u

/* Serves on listen_fd, which stays the caller's, in threads of its own. TLS when the configuration names a certificate. NULL after
 * logging. */
struct http *http_start(struct service *service, int listen_fd);

/* Reads certificate and key again. Old connections go on with the old one. On failure the old one stays for all. */
void http_reload(struct http *http);

/* To be called about every second: deadlines, and the end of servers that were replaced. */
void http_tick(struct http *http);

/* Takes no more connections, lets what is under way finish for at most grace_ms, and ends. NULL ok. */
void http_stop(struct http *http, int grace_ms);

#endif
