/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart/form-data (RFC 7578, RFC 2046 section 5.1) as it arrives, in pieces of any size: no part is ever
 * held in memory.
 *
 *   PREAMBLE --boundary--> EDGE --CRLF--> HEADER --empty line--> BODY --boundary--> EDGE --"--"--> EPILOGUE
 *
 * Invariants: M1 the sink gets exactly the bytes between a part's empty line and the CRLF before the next
 * boundary, however the input is cut; M2 begin, data..., end are called in this order per part, end not after
 * an error; M3 memory is this struct.
 */
#ifndef FORM_MULTIPART_H
#define FORM_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#define MULTIPART_BOUNDARY_MAX 70u   /* RFC 2046 section 5.1.1 */
#define MULTIPART_NAME_MAX     63u   /* names of our parts have at most 10 characters */
#define MULTIPART_LINE_MAX     1023u /* one header line: a file name of 255 bytes, percent-encoded */
#define MULTIPART_HEADERS_MAX  8u    /* clients send two or three per part */
#define MULTIPART_PARTS_MAX    16u   /* as many as FORM_FIELDS_MAX */

/* Each returns ST_OK, or a status that stops the parser and is returned by form_multipart_feed. */
struct multipart_sink {
    int (*begin)(void *arg, const char *name, bool is_file);
    int (*data)(void *arg, const char *data, size_t len);
    int (*end)(void *arg);
    void *arg;
};

enum multipart_state {
    MULTIPART_PREAMBLE,
    MULTIPART_EDGE,
    MULTIPART_HEADER,
    MULTIPART_BODY,
    MULTIPART_EPILOGUE,
    MULTIPART_BROKEN
};

struct multipart {
    enum multipart_state state;
    struct multipart_sink sink;
    char delimiter[4 + MULTIPART_BOUNDARY_MAX + 1]; /* CR LF - - boundary */
    size_t delimiter_len, matched;
    char line[MULTIPART_LINE_MAX + 1];
    size_t line_len;
    unsigned headers, parts;
    char name[MULTIPART_NAME_MAX + 1];
    bool named, is_file;
    const char *why; /* static words once the state is BROKEN by the input */
};

/* Takes the boundary out of a Content-Type header. ST_OK; ST_NOT_FOUND if it is not multipart/form-data;
 * ST_INVALID: no boundary, or none of 1 to 70 characters. */
int form_multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1]);

void form_multipart_begin(struct multipart *m, const char *boundary, const struct multipart_sink *sink);

/* ST_OK, ST_INVALID with m->why, or what the sink returned. */
int form_multipart_feed(struct multipart *m, const char *data, size_t len);

/* ST_OK if the closing boundary was there. */
int form_multipart_finish(struct multipart *m);

#endif
