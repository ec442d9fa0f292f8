/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole api in the test's process: the product's HTTP server on a free port of loopback, its store and blobs in the test's folder,
 * the keeper's own request table behind a socket pair, and a gateway that confirms revocations. And a small HTTP client.
 */
#ifndef TESTS_UNIT_SERVER_API_SERVER_FAKE_H
#define TESTS_UNIT_SERVER_API_SERVER_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/service.h"

#define API_SECRET  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define API_ACCOUNT "AC00000000000000000000000000000002"

struct http;

struct api_server {
    struct service service;
    struct http *http;
    struct conf conf;
    struct store *store; /* the test's own handle */
    int port, listen_fd;
    const char *user, *secret; /* what the client says it is; NULL: the account and its secret */
    bool hasty;                /* the client ends its side after each request and gives up soon */
};

void api_server_start(struct api_server *s);
void api_server_stop(struct api_server *s);

/* The keeper stops answering, or answers again. */
void api_server_keeper(bool answers);

/* The gateway stops confirming, or confirms again. */
void api_server_gateway(bool confirms);

/* Type of the next bus message to the gateway, its body as text; 0 if none is there. */
unsigned api_server_gateway_message(struct api_server *s, char body[64]);

struct api_answer {
    int status;
    char text[262144]; /* head and body */
    const char *body;
};

/* Sends raw bytes and reads the answer to its end. */
void api_raw(struct api_server *s, const void *request, size_t len, struct api_answer *out);

/* A request with good credentials. body NULL: none; type NULL: a form. */
void api_call(struct api_server *s, const char *method, const char *path, const char *type, const void *body,
              size_t len, struct api_answer *out);

/* The same, and the status must be this one. */
void api_expect(struct api_server *s, int status, const char *method, const char *path, const char *form,
                struct api_answer *out);

/* Uploads a file with an optional name: an app, or to another path. */
void api_upload(struct api_server *s, const char *zip_path, const char *unique_name, struct api_answer *out);
void api_upload_to(struct api_server *s, const char *path, const char *zip_path, const char *unique_name,
                   struct api_answer *out);

/* Value of the first "name":"value" in a body; "" if there is none. Static memory, one of four. */
const char *api_value(const struct api_answer *a, const char *name);

#endif
