/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/server/folder_fake.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/status.h"
#include "store/store.h"

static char folder[256];

const char *folder_make(void)
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(folder, sizeof(folder), "%s/otr_test_XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

void folder_remove(void)
{
    assert_int_equal(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *folder_path(const char *name)
{
    static _Thread_local char paths[8][512];
    static _Thread_local unsigned next;
    char *path = paths[next++ % 8];
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

struct store *folder_store(void)
{
    static const unsigned char token_hash[32] = { 1, 2, 3 };
    char err[256] = "";
    struct store *s = NULL;
    if (store_open(folder_path("test.db"), STORE_BATCHED, true, &s, err, sizeof(err)) != ST_OK) {
        fail_msg("store: %s", err);
    }
    int rc = store_account_create(s, TEST_ACCOUNT, token_hash);
    assert_true(rc == ST_OK || rc == ST_EXISTS);
    return s;
}
