/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the configuration file. Every problem is one line "FILE:LINE: what: found X, expected Y"; reading
 * goes on after each, so that one run shows them all.
 *
 * Format: `[section]`, `key = value`; `#` begins a comment at the start of a line or after a blank.
 */
#include "conf/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "conf/parse.h"
#include "conf/table.h"

#define CONF_LINE_MAX_BYTES 1024u /* a path of 511 characters with its key fits twice */
#define CONF_FILE_MAX_BYTES                                                                                  \
    1048576u /* the example, commented, has 4 KiB: anything longer is not a configuration */

struct parse {
    struct conf *conf;
    const char *name; /* of the file, for messages */
    FILE *err;
    unsigned line;
    unsigned problems;
    char section[32];  /* "" until the first one, or after an unknown one */
    bool skip_section; /* unknown: reported once, its keys are not looked at */
};

static void problem(struct parse *p, unsigned line, const char *what, const char *found, const char *expected)
{
    p->problems++;
    (void)fprintf(p->err, "%s:%u: %s: found \"%s\", expected %s\n", p->name, line, what, found, expected);
}

enum line_result { LINE_OK, LINE_END, LINE_TOO_LONG, LINE_BAD_CHARACTER, LINE_BEYOND };

/* One line without its end into buf; always takes the whole line, unless *left bytes are used up first (a
 * device, say, never ends). Characters that are not printable ASCII, a
 * tab or UTF-8 are refused: they would hide in a terminal. */
static enum line_result line_read(FILE *in, size_t *left, char buf[CONF_LINE_MAX_BYTES])
{
    enum line_result result = LINE_OK;
    size_t len = 0;
    int c = getc(in);

    if (c == EOF)
        return LINE_END;
    if ((*left)-- == 0)
        return LINE_BEYOND;
    for (; c != EOF && c != '\n'; c = getc(in)) {
        if ((*left)-- == 0)
            return LINE_BEYOND;
        if (c == '\r')
            continue;
        if ((c < ' ' && c != '\t') || c == 0x7f)
            result = LINE_BAD_CHARACTER;
        else if (len + 1 < CONF_LINE_MAX_BYTES)
            buf[len++] = (char)c;
        else if (result == LINE_OK)
            result = LINE_TOO_LONG;
    }
    buf[len] = '\0';
    return result;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Cuts blanks at both ends, in place. */
static char *trim(char *s)
{
    size_t len;

    while (is_blank(*s))
        s++;
    len = strlen(s);
    while (len > 0 && is_blank(s[len - 1]))
        len--;
    s[len] = '\0';
    return s;
}

static void cut_comment(char *s)
{
    for (char *p = s; *p != '\0'; p++)
        if (*p == '#' && (p == s || is_blank(p[-1]))) {
            *p = '\0';
            return;
        }
}

static void parse_section(struct parse *p, char *text)
{
    const size_t len = strlen(text);

    p->skip_section = true;
    if (len < 3 || text[len - 1] != ']') {
        problem(p, p->line, "section", text, "[name]");
        return;
    }
    text[len - 1] = '\0';
    if (!conf_section_is_known(text + 1)) {
        problem(p, p->line, "unknown section", text + 1,
                "server, api, gateway, relay, bundles, microvisors or logs");
        return;
    }
    (void)snprintf(p->section, sizeof p->section, "%s", text + 1);
    p->skip_section = false;
}

/* Names of the section's keys, for the message about an unknown one. */
static void list_keys(const char *section, char *out, size_t cap)
{
    size_t len = (size_t)snprintf(out, cap, "one of:");

    for (size_t i = 0; i < conf_keys_count && len < cap; i++)
        if (strcmp(conf_keys[i].section, section) == 0)
            len += (size_t)snprintf(out + len, cap - len, " %s", conf_keys[i].name);
}

static void parse_value(struct parse *p, int index, const char *value)
{
    const struct conf_key *key = &conf_keys[index];
    unsigned *lines = p->conf->lines.of_key[index];
    const uint32_t entry = key->kind == CONF_LIST ? conf_value_count(key, p->conf) : 0;
    char expected[512], what[80];

    (void)snprintf(what, sizeof what, "%s.%s", key->section, key->name);
    if (lines[0] != 0 && key->kind != CONF_LIST) {
        (void)snprintf(expected, sizeof expected, "the key once; line %u has it already", lines[0]);
        problem(p, p->line, what, value, expected);
        return;
    }
    if (entry < CONF_LIST_MAX)
        lines[entry] = p->line;
    if (conf_value_set(key, p->conf, value, expected, sizeof expected) != ST_OK)
        problem(p, p->line, what, value, expected);
}

static void parse_key(struct parse *p, char *text)
{
    char *equals = strchr(text, '=');
    char expected[512];
    const char *name;
    int index;

    if (equals == NULL) {
        problem(p, p->line, "line", text, "key = value, [section] or # comment");
        return;
    }
    *equals = '\0';
    name = trim(text);
    if (p->section[0] == '\0') {
        problem(p, p->line, "key outside of a section", name, "a [section] before it");
        return;
    }
    index = conf_key_find(p->section, name);
    if (index < 0) {
        list_keys(p->section, expected, sizeof expected);
        problem(p, p->line, "unknown key", name, expected);
        return;
    }
    parse_value(p, index, trim(equals + 1));
}

static void parse_line(struct parse *p, char *buf)
{
    char *text;

    cut_comment(buf);
    text = trim(buf);
    if (*text == '\0')
        return;
    if (*text == '[')
        parse_section(p, text);
    else if (!p->skip_section)
        parse_key(p, text);
}

/* Certificate and key come together or not at all. */
static void check_pair(struct parse *p, const char *section, const char *certificate, const char *private_key)
{
    const bool has_certificate = *certificate != '\0';
    const char *missing = has_certificate ? "private_key" : "certificate";
    const char *there = has_certificate ? "certificate" : "private_key";
    char what[80], expected[80];

    if (has_certificate == (*private_key != '\0'))
        return;
    (void)snprintf(what, sizeof what, "%s.%s", section, there);
    (void)snprintf(expected, sizeof expected, "%s beside it", missing);
    problem(p, p->conf->lines.of_key[conf_key_find(section, there)][0], what,
            has_certificate ? certificate : private_key, expected);
}

static void check_whole(struct parse *p)
{
    check_pair(p, "api", p->conf->api_certificate, p->conf->api_private_key);
    check_pair(p, "gateway", p->conf->gateway_certificate, p->conf->gateway_private_key);
}

void conf_defaults(struct conf *c)
{
    char expected[512];

    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < conf_keys_count; i++) {
        const struct conf_key *key = &conf_keys[i];

        if (key->default_text != NULL &&
            conf_value_set(key, c, key->default_text, expected, sizeof expected) != ST_OK)
            abort(); /* a default outside its own bounds is our own mistake */
    }
}

int conf_parse(struct conf *c, FILE *in, const char *name, FILE *err)
{
    struct parse p = { .conf = c, .name = name, .err = err };
    char buf[CONF_LINE_MAX_BYTES];
    enum line_result result;
    size_t left = CONF_FILE_MAX_BYTES;

    conf_defaults(c);
    (void)snprintf(c->lines.file, sizeof c->lines.file, "%s", name);
    while ((result = line_read(in, &left, buf)) != LINE_END) {
        p.line++;
        if (result == LINE_BEYOND) {
            problem(&p, p.line, "file", "more than 1 MiB", "a configuration file");
            return ST_INVALID;
        }
        if (result == LINE_TOO_LONG)
            problem(&p, p.line, "line", "more than 1023 characters", "at most 1023");
        else if (result == LINE_BAD_CHARACTER)
            problem(&p, p.line, "line", "a control character", "printable text");
        else
            parse_line(&p, buf);
    }
    if (ferror(in)) {
        (void)fprintf(err, "%s: cannot be read: %s\n", name, strerror(errno));
        return ST_IO;
    }
    check_whole(&p);
    return p.problems == 0 ? ST_OK : ST_INVALID;
}

int conf_load(struct conf *c, const char *path, FILE *err)
{
    FILE *in = fopen(path, "re");
    int st;

    conf_defaults(c);
    if (in == NULL) {
        (void)fprintf(err, "%s: cannot be opened: %s\n", path, strerror(errno));
        return ST_IO;
    }
    st = conf_parse(c, in, path, err);
    (void)fclose(in); /* was only read */
    return st;
}

void conf_print(const struct conf *c, FILE *out)
{
    const char *section = "";
    char text[512];

    for (size_t i = 0; i < conf_keys_count; i++) {
        const struct conf_key *key = &conf_keys[i];

        if (strcmp(section, key->section) != 0)
            (void)fprintf(out, "%s[%s]\n", i == 0 ? "" : "\n", key->section);
        section = key->section;
        for (uint32_t n = 0; n < conf_value_count(key, c); n++) {
            conf_value_text(key, c, n, text);
            (void)fprintf(out, "%s =%s%s\n", key->name, *text == '\0' ? "" : " ", text);
        }
    }
}

void conf_origin(const struct conf *c, const char *section, const char *name, uint32_t index,
                 char out[CONF_ORIGIN_BYTES])
{
    const int key = conf_key_find(section, name);
    const unsigned line = key < 0 || index >= CONF_LIST_MAX ? 0 : c->lines.of_key[key][index];

    if (line == 0)
        (void)snprintf(out, CONF_ORIGIN_BYTES, "%s", c->lines.file);
    else
        (void)snprintf(out, CONF_ORIGIN_BYTES, "%s:%u", c->lines.file, line);
}

void conf_path(const struct conf *c, const char *rest, char out[1024])
{
    (void)snprintf(out, 1024, "%s/%s", c->data_dir, rest);
}

enum log_level conf_log_level(const struct conf *c)
{
    switch (c->log_level[0]) {
    case 'e':
        return LOG_LEVEL_ERROR;
    case 'w':
        return LOG_LEVEL_WARN;
    case 'd':
        return LOG_LEVEL_DEBUG;
    default:
        return LOG_LEVEL_INFO;
    }
}
