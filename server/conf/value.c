/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of the configuration: from text into a field and back. One function per kind.
 *
 * Invariant: what conf_value_text writes, conf_value_set reads back to the same field. A field is not touched
 * by a bad value.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "conf/table.h"

static void *field_of(const struct conf_key *key, struct conf *c)
{
    return (char *)c + key->offset;
}

static const void *field_in(const struct conf_key *key, const struct conf *c)
{
    return (const char *)c + key->offset;
}

/* Texts of least to field_bytes - 1 characters. */
static int text_copy(char *field, size_t field_bytes, uint32_t least, const char *text, char *expected,
                     size_t cap)
{
    const size_t len = strlen(text);

    if (len < least || len >= field_bytes) {
        (void)snprintf(expected, cap, "text of %u to %zu characters", (unsigned)least, field_bytes - 1);
        return ST_INVALID;
    }
    memcpy(field, text, len + 1);
    return ST_OK;
}

static int text_set(const struct conf_key *key, char *field, const char *text, char *expected, size_t cap)
{
    return text_copy(field, key->cap, key->min, text, expected, cap);
}

static int name_set(const struct conf_key *key, char *field, const char *text, char *expected, size_t cap)
{
    bool good = *text != '\0';

    for (const char *p = text; *p != '\0'; p++)
        good = good && (isalnum((unsigned char)*p) || strchr(".-:", *p) != NULL);
    if (!good) {
        (void)snprintf(expected, cap, "a host name or an address, e.g. %s", key->default_text);
        return ST_INVALID;
    }
    return text_set(key, field, text, expected, cap);
}

static int level_set(const struct conf_key *key, char *field, const char *text, char *expected, size_t cap)
{
    static const char *const levels[] = { "error", "warn", "info", "debug" };

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(text, levels[i]) == 0)
            return text_set(key, field, text, expected, cap);
    (void)snprintf(expected, cap, "error, warn, info or debug");
    return ST_INVALID;
}

static int url_set(const struct conf_key *key, char *field, const char *text, char *expected, size_t cap)
{
    const size_t len = strlen(text);
    const bool has_scheme = strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
    const char *host = has_scheme ? strchr(text, ':') + 3 : text;

    if (len > 0 &&
        (!has_scheme || *host == '\0' || text[len - 1] == '/' || strpbrk(text, " \"<>\\") != NULL)) {
        (void)snprintf(expected, cap, "http:// or https:// with a host and no slash at the end, or nothing");
        return ST_INVALID;
    }
    return text_set(key, field, text, expected, cap);
}

/* Decimal digits only: no sign, no blanks, no octal. */
static bool number_parse(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
    const size_t len = strlen(text);
    unsigned long long v;

    if (len == 0 || len > 10 || strspn(text, "0123456789") != len)
        return false;
    v = strtoull(text, NULL, 10);
    if (v < min || v > max)
        return false;
    *out = (uint32_t)v;
    return true;
}

static int number_set(const struct conf_key *key, void *field, const char *text, char *expected, size_t cap)
{
    uint32_t v;

    if (!number_parse(text, key->min, key->max, &v)) {
        (void)snprintf(expected, cap, "a number from %u to %u", (unsigned)key->min, (unsigned)key->max);
        return ST_INVALID;
    }
    if (key->kind == CONF_U16)
        *(uint16_t *)field = (uint16_t)v;
    else
        *(uint32_t *)field = v;
    return ST_OK;
}

/* Host part of "HOST:PORT" or "[HOST]:PORT", checked to be a numeric address. NULL or the text of the port.
 */
static const char *listen_split(const char *text, char *host, size_t cap)
{
    const bool is_v6 = *text == '[';
    const char *end = is_v6 ? strstr(text, "]:") : strrchr(text, ':');
    const size_t len = end == NULL ? 0 : (size_t)(end - text) - (is_v6 ? 1 : 0);
    unsigned char address[16];

    if (len == 0 || len >= cap)
        return NULL;
    memcpy(host, text + (is_v6 ? 1 : 0), len);
    host[len] = '\0';
    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, host, address) != 1)
        return NULL;
    return end + (is_v6 ? 2 : 1);
}

static int listen_set(struct conf_listen *field, const char *text, char *expected, size_t cap)
{
    struct conf_listen listen;
    const char *port_text = listen_split(text, listen.host, sizeof listen.host);
    uint32_t port;

    if (port_text == NULL || !number_parse(port_text, 0, 65535, &port)) {
        (void)snprintf(expected, cap, "ADDRESS:PORT, e.g. 127.0.0.1:8080 or [::1]:8080");
        return ST_INVALID;
    }
    listen.port = (uint16_t)port;
    *field = listen;
    return ST_OK;
}

static int list_add(const struct conf_key *key, struct conf_list *list, const char *text, char *expected,
                    size_t cap)
{
    int st;

    if (list->count >= key->max) {
        (void)snprintf(expected, cap, "this key at most %u times", (unsigned)key->max);
        return ST_INVALID;
    }
    st = text_copy(list->entry[list->count], sizeof list->entry[0], key->min, text, expected, cap);
    if (st == ST_OK)
        list->count++;
    return st;
}

int conf_value_set(const struct conf_key *key, struct conf *c, const char *text, char *expected, size_t cap)
{
    void *field = field_of(key, c);

    switch (key->kind) {
    case CONF_TEXT:
        return text_set(key, field, text, expected, cap);
    case CONF_NAME:
        return name_set(key, field, text, expected, cap);
    case CONF_LEVEL:
        return level_set(key, field, text, expected, cap);
    case CONF_URL:
        return url_set(key, field, text, expected, cap);
    case CONF_LISTEN:
        return listen_set(field, text, expected, cap);
    case CONF_U16:
    case CONF_U32:
        return number_set(key, field, text, expected, cap);
    case CONF_LIST:
        return list_add(key, field, text, expected, cap);
    }
    abort(); /* a row with an unknown kind is our own mistake */
}

void conf_value_text(const struct conf_key *key, const struct conf *c, uint32_t index, char out[512])
{
    const void *field = field_in(key, c);
    const struct conf_listen *listen = field;

    switch (key->kind) {
    case CONF_LISTEN:
        (void)snprintf(out, 512, strchr(listen->host, ':') != NULL ? "[%s]:%u" : "%s:%u", listen->host,
                       listen->port);
        break;
    case CONF_U16:
        (void)snprintf(out, 512, "%u", *(const uint16_t *)field);
        break;
    case CONF_U32:
        (void)snprintf(out, 512, "%u", *(const uint32_t *)field);
        break;
    case CONF_LIST:
        (void)snprintf(out, 512, "%s", ((const struct conf_list *)field)->entry[index]);
        break;
    default:
        (void)snprintf(out, 512, "%s", (const char *)field);
        break;
    }
}

uint32_t conf_value_count(const struct conf_key *key, const struct conf *c)
{
    return key->kind == CONF_LIST ? ((const struct conf_list *)field_in(key, c))->count : 1;
}
