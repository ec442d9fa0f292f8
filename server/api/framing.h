/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do the headers of a request say in one way only where it ends? A proxy and we must never read that differently: what one takes for
 * a body the other takes for a request (RFC 9112 sections 6.1, 6.3 and 11.2). No HTTP library in here.
 */
#ifndef API_FRAMING_H
#define API_FRAMING_H

#include <stdbool.h>

struct framing {
    unsigned lengths, codings; /* how many headers of the kind were there */
    const char *fault;         /* static words; NULL = none so far */
};

/* Takes a look at one header. Call for all of them, on a struct of zeros. value NULL counts as "". */
void framing_header(struct framing *f, const char *name, const char *value);

/* After the last header: NULL, or static words for the client about what is wrong. old_client: HTTP/1.0 or less. */
const char *framing_fault(const struct framing *f, bool old_client);

#endif
