/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificate a device is shown, by what its ALPN list says (O1), and whatever bytes that is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/gw_offer.h"

#define PRESENT "ca/0000000000000011"
#define OTHER   "ca/f000000000000022"

static const struct gw_offer switched = { .ids = { 0x11, 0xf000000000000022u }, .count = 2, .oldest = 1 };
static const struct gw_offer added = { .ids = { 0x11, 0xf000000000000022u }, .count = 2, .oldest = 0 };
static const struct gw_offer single = { .ids = { 0x11 }, .count = 1, .oldest = 0 };

/* Names separated by blanks. */
static unsigned choose(const struct gw_offer *offer, const char *names)
{
    unsigned char list[128] = { 0, 0 };
    size_t len = 2;

    for (const char *at = names; *at != '\0'; at += strspn(at, " ")) {
        const size_t n = strcspn(at, " ");

        list[len++] = (unsigned char)n;
        memcpy(list + len, at, n);
        len += n;
        at += n;
    }
    list[1] = (unsigned char)(len - 2);
    return gw_offer_choose(offer, list, len);
}

static void test_names(void **state)
{
    (void)state;
    assert_int_equal(choose(&switched, "outrigger/1 " OTHER " " PRESENT), 0);
    assert_int_equal(choose(&switched, "outrigger/1 " OTHER), 1);
    assert_int_equal(choose(&switched, "outrigger/1 " PRESENT), 0);
    assert_int_equal(choose(&switched, "outrigger/1"), 1);
    assert_int_equal(choose(&switched, "outrigger/1 ca/0000000000000012"), 1);
    assert_int_equal(choose(&added, "outrigger/1"), 0);
    assert_int_equal(choose(&added, "outrigger/1 " OTHER), 1); /* made when the next one was there already */
    assert_int_equal(choose(&added, "outrigger/1 " OTHER " " PRESENT), 0);
    assert_int_equal(choose(&single, "outrigger/1 " OTHER), 0);
    assert_int_equal(gw_offer_choose(&switched, NULL, 0), 1);
}

/* Each list in memory of exactly its size, so that one byte too far is seen. */
static void test_any_bytes(void **state)
{
    (void)state;
    srand(1);
    for (unsigned i = 0; i < 20000; i++) {
        const size_t len = (size_t)rand() % 60;
        unsigned char *list = malloc(len > 0 ? len : 1);

        assert_non_null(list);
        for (size_t k = 0; k < len; k++)
            list[k] = (unsigned char)(rand() % 3 == 0 ? 19 : rand());
        if (len > 25 && i % 2 == 0)
            memcpy(list + (size_t)rand() % (len - 18), OTHER, 19 <= len ? 18 : len);
        assert_true(gw_offer_choose(&switched, list, len) < 2);
        free(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_names), cmocka_unit_test(test_any_bytes) };

    return cmocka_run_group_tests_name("gateway_offer", tests, NULL, NULL);
}
