/* SPDX-License-Identifier: Apache-2.0 */
/* Asynchronous look-ups: every ask is answered once, also those that are made while answers are given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "gateway/gw_lookup.h"
#include "gateway/gw_uv.h"
#include "store/store.h"
#include "unit/server/folder_fake.h"

#define DEVICE "UV00000000000000000000000000000001"

static struct gw_lookup lookup;
static unsigned answers, again;

static void done(void *owner, int status, const struct store_session *row)
{
    (void)row;
    assert_ptr_equal(owner, &lookup);
    assert_int_equal(status, ST_NOT_FOUND);
    answers++;
    if (again > 0) {
        again--;
        assert_int_equal(gw_lookup_ask(&lookup, DEVICE, "", done, &lookup), ST_OK);
    }
}

/* Asks so many at once; each of the first so many answers asks once more. Returns the answers that came. */
static unsigned run(unsigned asks, unsigned more)
{
    uv_loop_t loop;
    char err[256];

    answers = 0;
    again = more;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(gw_lookup_init(&lookup, &loop, folder_path("test.db"), err, sizeof err), ST_OK);
    for (unsigned i = 0; i < asks; i++)
        assert_int_equal(gw_lookup_ask(&lookup, DEVICE, "", done, &lookup), ST_OK);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    gw_lookup_clear(&lookup); /* asserts that nothing waits */
    assert_int_equal(uv_loop_close(&loop), 0);
    return answers;
}

static void test_every_ask_is_answered(void **state)
{
    (void)state;
    assert_int_equal(run(1, 0), 1);
    assert_int_equal(run(100, 0), 100);
}

/* Two changes of one device close together made its session wait for ever. */
static void test_asks_made_by_answers_are_answered(void **state)
{
    (void)state;
    assert_int_equal(run(1, 1), 2);
    assert_int_equal(run(1, 50), 51);
    assert_int_equal(run(100, 300), 400);
}

static int begin(void **state)
{
    (void)state;
    (void)folder_make();
    store_close(folder_store());
    return 0;
}

static int end(void **state)
{
    (void)state;
    folder_remove();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_ask_is_answered),
        cmocka_unit_test(test_asks_made_by_answers_are_answered),
    };

    return cmocka_run_group_tests_name("gateway_lookup", tests, begin, end);
}
