/* SPDX-License-Identifier: Apache-2.0 */
/* Any file as configuration: parsing must not fall, and what it accepts must print to a file that it accepts
 * and prints alike. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "conf/conf.h"
#include "conf/parse.h"

#define TEXT_MAX_BYTES 16384u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static FILE *sink;

static int parse(struct conf *conf, const void *data, size_t size)
{
    FILE *in = fmemopen((void *)(uintptr_t)data, size, "r");
    int st;

    if (in == NULL)
        abort();
    st = conf_parse(conf, in, "fuzz", sink);
    (void)fclose(in);
    return st;
}

static size_t print(const struct conf *conf, char text[TEXT_MAX_BYTES])
{
    FILE *out = fmemopen(text, TEXT_MAX_BYTES, "w");
    long len;

    if (out == NULL)
        abort();
    conf_print(conf, out);
    (void)fflush(out);
    len = ftell(out);
    (void)fclose(out);
    return (size_t)len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char first[TEXT_MAX_BYTES], second[TEXT_MAX_BYTES];
    static struct conf conf;
    size_t first_len, second_len;

    if (sink == NULL)
        sink = fopen("/dev/null", "w");
    if (size == 0 || sink == NULL || parse(&conf, data, size) != ST_OK)
        return 0;
    first_len = print(&conf, first);
    if (parse(&conf, first, first_len) != ST_OK)
        abort();
    second_len = print(&conf, second);
    if (first_len != second_len || memcmp(first, second, first_len) != 0)
        abort();
    return 0;
}
