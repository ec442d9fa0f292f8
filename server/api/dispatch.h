/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a request without the HTTP library: head, body, answer.
 *
 *   dispatch_head --true--> dispatch_body... --> dispatch_answer
 *        \--false: the reply is ready and the body is not wanted
 */
#ifndef API_DISPATCH_H
#define API_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/request.h"

/* Headers that count; NULL = not there. */
struct request_head {
    const char *method, *host, *authorization, *content_type, *content_length, *forwarded_proto,
        *forwarded_host;
    const char *fault; /* what is wrong with the request's framing, NULL = nothing */
    bool tls;
    bool target_too_long; /* q->target holds only its beginning */
};

/* q->target is set. Parses it, finds the route, checks the credentials and prepares for the body. */
bool dispatch_head(struct worker *w, struct request *q, struct reply *r, const struct request_head *head);

/* Takes the next piece of the body. When it is too large, the reply says so and the rest is passed over. */
void dispatch_body(struct request *q, struct reply *r, const char *data, size_t len);

/* After the last piece: reads the form and asks the route. Afterwards the reply is complete. */
void dispatch_answer(struct worker *w, struct request *q, struct reply *r);

#endif
