/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The delimiter begins with CR, which no boundary contains, so after a mismatch only the present byte can
 * begin it anew: what had matched is data.
 */
#include "form/multipart.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"

static int broken(struct multipart *m, const char *why)
{
    m->state = MULTIPART_BROKEN;
    m->why = why;
    return ST_INVALID;
}

/* Value of parameter `name` in "type; a=b; name=\"c d\"", unquoted. ST_NOT_FOUND, ST_TOO_LARGE. */
static int parameter(const char *header, const char *name, char *out, size_t cap)
{
    size_t name_len = strlen(name);
    const char *at = header;
    while ((at = strchr(at, ';')) != NULL) {
        at += 1 + strspn(at + 1, " \t");
        if (strncasecmp(at, name, name_len) != 0 || at[name_len] != '=') {
            if ((at = at + strcspn(at, ";\"")), *at == '"') {
                const char *close = strchr(at + 1, '"');
                at = close ? close : at + strlen(at);
            }
            continue;
        }
        at += name_len + 1;
        bool quoted = *at == '"';
        size_t n = 0;
        for (at += quoted; *at != '\0' && (quoted ? *at != '"' : *at != ';' && *at != ' ' && *at != '\t');
             at++) {
            at += quoted && *at == '\\' && at[1] != '\0';
            if (n + 1 >= cap) {
                return ST_TOO_LARGE;
            }
            out[n++] = *at;
        }
        out[n] = '\0';
        return quoted && *at != '"' ? ST_INVALID : ST_OK;
    }
    return ST_NOT_FOUND;
}

static bool boundary_valid(const char *boundary)
{
    if (boundary[0] == '\0') {
        return false;
    }
    for (; *boundary != '\0'; boundary++) {
        if (*boundary < 0x20 || *boundary > 0x7e) {
            return false;
        }
    }
    return true;
}

int form_multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1])
{
    static const char type[] = "multipart/form-data";
    if (strncasecmp(content_type, type, sizeof(type) - 1) != 0 ||
        strchr("; \t", content_type[sizeof(type) - 1]) == NULL) {
        return ST_NOT_FOUND;
    }
    if (parameter(content_type, "boundary", out, MULTIPART_BOUNDARY_MAX + 1) != ST_OK ||
        !boundary_valid(out)) {
        return ST_INVALID;
    }
    return ST_OK;
}

void form_multipart_begin(struct multipart *m, const char *boundary, const struct multipart_sink *sink)
{
    memset(m, 0, sizeof(*m));
    m->sink = *sink;
    m->delimiter_len = (size_t)snprintf(m->delimiter, sizeof(m->delimiter), "\r\n--%s", boundary);
    m->matched = 2; /* the first boundary may stand at the very beginning, as if after a line's end */
}

static void part_header(struct multipart *m)
{
    static const char disposition[] = "Content-Disposition:";
    char file[2];
    if (strncasecmp(m->line, disposition, sizeof(disposition) - 1) != 0) {
        return;
    }
    m->named = parameter(m->line, "name", m->name, sizeof(m->name)) == ST_OK;
    m->is_file = parameter(m->line, "filename", file, sizeof(file)) != ST_NOT_FOUND;
}

static int part_begin(struct multipart *m)
{
    if (!m->named) {
        return broken(
            m, "each part has a header Content-Disposition: form-data with a name of at most 63 bytes");
    }
    m->state = MULTIPART_BODY;
    m->matched = 0;
    return m->sink.begin(m->sink.arg, m->name, m->is_file);
}

/* A whole header line, without its end. */
static int line_take(struct multipart *m)
{
    size_t len = m->line_len;
    m->line_len = 0;
    if (len > 0 && m->line[len - 1] == '\r') {
        len--;
    }
    m->line[len] = '\0';
    if (len == 0) {
        return part_begin(m);
    }
    if (++m->headers > MULTIPART_HEADERS_MAX) {
        return broken(m, "a part has at most 8 header lines");
    }
    part_header(m);
    return ST_OK;
}

static int header_byte(struct multipart *m, char c)
{
    if (c == '\n') {
        return line_take(m);
    }
    if (m->line_len == MULTIPART_LINE_MAX) {
        return broken(m, "a header line of a part has at most 1023 bytes");
    }
    m->line[m->line_len++] = c;
    return ST_OK;
}

static int edge_line(struct multipart *m)
{
    size_t len = m->line_len;
    m->line_len = 0;
    while (len > 0 && strchr(" \t\r", m->line[len - 1]) != NULL) {
        len--;
    }
    if (len != 0) {
        return broken(m, "a boundary is followed by the end of its line, the last one by \"--\"");
    }
    if (++m->parts > MULTIPART_PARTS_MAX) {
        return broken(m, "there are at most 16 parts");
    }
    m->headers = 0;
    m->named = false;
    m->state = MULTIPART_HEADER;
    return ST_OK;
}

/* Between a boundary and the end of its line. */
static int edge_byte(struct multipart *m, char c)
{
    if (c == '\n') {
        return edge_line(m);
    }
    if (m->line_len == MULTIPART_LINE_MAX) {
        return broken(m, "a boundary is followed by the end of its line");
    }
    m->line[m->line_len++] = c;
    if (m->line_len == 2 && memcmp(m->line, "--", 2) == 0) {
        m->state = MULTIPART_EPILOGUE;
    }
    return ST_OK;
}

static int body_data(struct multipart *m, const char *data, size_t len)
{
    if (len == 0 || m->state == MULTIPART_PREAMBLE) {
        return ST_OK; /* what stands before the first boundary is for nobody */
    }
    return m->sink.data(m->sink.arg, data, len);
}

static int boundary_found(struct multipart *m)
{
    bool in_part = m->state == MULTIPART_BODY;
    m->state = MULTIPART_EDGE;
    m->matched = 0;
    m->line_len = 0;
    return in_part ? m->sink.end(m->sink.arg) : ST_OK;
}

/* Takes bytes of a body, or of the preamble; returns through used how many. */
static int body_bytes(struct multipart *m, const char *data, size_t len, size_t *used)
{
    int rc = ST_OK;
    if (m->matched == 0) {
        const char *cr = memchr(data, '\r', len);
        size_t plain = cr ? (size_t)(cr - data) : len;
        m->matched = cr != NULL;
        *used = plain + (cr != NULL);
        return body_data(m, data, plain);
    }
    if (data[0] == m->delimiter[m->matched]) {
        *used = 1;
        return ++m->matched == m->delimiter_len ? boundary_found(m) : ST_OK;
    }
    *used = 0; /* the byte is looked at again with nothing matched */
    rc = body_data(m, m->delimiter, m->matched);
    m->matched = 0;
    return rc;
}

int form_multipart_feed(struct multipart *m, const char *data, size_t len)
{
    int rc = ST_OK;
    while (rc == ST_OK && len > 0) {
        size_t used = 1;
        switch (m->state) {
        case MULTIPART_PREAMBLE:
        case MULTIPART_BODY:
            rc = body_bytes(m, data, len, &used);
            break;
        case MULTIPART_EDGE:
            rc = edge_byte(m, *data);
            break;
        case MULTIPART_HEADER:
            rc = header_byte(m, *data);
            break;
        case MULTIPART_EPILOGUE:
            return ST_OK;
        case MULTIPART_BROKEN:
            return ST_INVALID;
        }
        data += used;
        len -= used;
    }
    if (rc != ST_OK) {
        m->state = MULTIPART_BROKEN;
    }
    return rc;
}

int form_multipart_finish(struct multipart *m)
{
    if (m->state == MULTIPART_EPILOGUE) {
        return ST_OK;
    }
    return m->state == MULTIPART_BROKEN ? ST_INVALID : broken(m, "the body ends before its closing boundary");
}
