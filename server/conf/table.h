/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all keys: what conf.c parses into, and what conf_print prints from. Private to this room and
 * its tests. */
#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

enum conf_kind {
    CONF_TEXT,   /* printable text, may be empty */
    CONF_NAME,   /* host name or address: letters, digits, '.', '-', ':' */
    CONF_LEVEL,  /* error, warn, info, debug */
    CONF_URL,    /* http:// or https:// and no slash at the end; may be empty */
    CONF_LISTEN, /* ADDRESS:PORT or [IPV6]:PORT */
    CONF_U16,    /* min..max */
    CONF_U32,    /* min..max */
    CONF_LIST    /* struct conf_list of texts: the key may be repeated */
};

struct conf_key {
    const char *section;
    const char *name;
    enum conf_kind kind;
    size_t offset;            /* of the field in struct conf */
    size_t cap;               /* texts: bytes of the field */
    uint32_t min, max;        /* numbers: bounds; texts: min = least length; lists: max = most entries */
    const char *default_text; /* in the format of the file; NULL: an empty list */
};

extern const struct conf_key conf_keys[];
extern const size_t conf_keys_count;

/* Index in conf_keys, or -1. conf_section_is_known: some key has this section. */
int conf_key_find(const char *section, const char *name);
bool conf_section_is_known(const char *section);

/* Checks text and puts it into its field. ST_OK, or ST_INVALID with what would be right in expected. */
int conf_value_set(const struct conf_key *key, struct conf *c, const char *text, char *expected,
                   size_t expected_cap);

/* Writes the value (entry number index of a list) in the format of the file. */
void conf_value_text(const struct conf_key *key, const struct conf *c, uint32_t index, char out[512]);

/* Entries of a list; 1 for all other kinds. */
uint32_t conf_value_count(const struct conf_key *key, const struct conf *c);

#endif
