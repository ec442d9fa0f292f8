/* SPDX-License-Identifier: Apache-2.0 */
/* The rules are stricter than the RFC's, which lets a recipient repair some of these: no honest client sends them. */
#include "api/framing.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* tchar of RFC 9110 section 5.6.2. A blank before the colon, say, hides a header from one reader and not from the other. */
static bool name_is_token(const char *name)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return name[0] != '\0' && name[strspn(name, token)] == '\0';
}

static bool length_is_clear(const char *value)
{
    return value[0] != '\0' && value[strspn(value, "0123456789")] == '\0';
}

void framing_header(struct framing *f, const char *name, const char *value)
{
    const char *text = value != NULL ? value : "";
    if (!name_is_token(name)) {
        f->fault = "a header's name has a character that names cannot have";
    } else if (strcasecmp(name, "Content-Length") == 0) {
        f->lengths++;
        if (!length_is_clear(text)) {
            f->fault = "Content-Length must be decimal digits and nothing else";
        }
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        f->codings++;
        if (strcasecmp(text, "chunked") != 0) {
            f->fault = "Transfer-Encoding may only be chunked here";
        }
    }
}

const char *framing_fault(const struct framing *f, bool old_client)
{
    if (f->fault != NULL) {
        return f->fault;
    }
    if (f->lengths > 0 && f->codings > 0) {
        return "there are both Content-Length and Transfer-Encoding; send one of them";
    }
    if (f->lengths > 1) {
        return "there is more than one Content-Length; send one";
    }
    if (f->codings > 1) {
        return "there is more than one Transfer-Encoding; send one";
    }
    return f->codings > 0 && old_client ? "Transfer-Encoding needs HTTP/1.1" : NULL;
}
