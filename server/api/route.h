/* SPDX-License-Identifier: Apache-2.0 */
/* Which function answers which method and path. */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "api/request.h"

#define ROUTE_PARAMETERS_MAX 10

struct route {
    enum request_method method;
    const char *path; /* "/v1/Devices/" and "*" for any one segment */
    void (*answer)(struct worker *w, struct request *q, struct reply *r);
    bool open; /* without credentials */
    bool
        slow; /* may wait for the keeper or gateways, or read much: runs on a job thread, not on one that serves connections */
    bool enrols;                             /* factory tokens may ask for it */
    bool upload;                             /* takes multipart/form-data */
    const char *query[ROUTE_PARAMETERS_MAX]; /* parameters that may be given */
    const char *form[ROUTE_PARAMETERS_MAX];
};

/* The route of a parsed path, NULL if there is none; then *allow is the Allow header of the path, NULL if it has no methods at all.
 * OPTIONS finds no route but sets *allow. */
const struct route *route_find(enum request_method method, const struct form_path *path, const char **allow);

/* True if each given parameter is known to the route and given once. Otherwise the reply says which is not. */
bool route_parameters_check(const struct request *q, struct reply *r);

/* For the test of the description: calls fn with each route. */
void route_each(void (*fn)(const struct route *route, void *arg), void *arg);

#endif
