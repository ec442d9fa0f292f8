/* SPDX-License-Identifier: Apache-2.0 */
/* Apps over real HTTP: upload, list, show, delete; what is refused leaves nothing behind. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "api/collect.h"
#include "base/hex.h"
#include "base/status.h"
#include "blob/blob.h"
#include "bundle/check.h"
#include "crypto/base64.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "proto/codec/codec.h"
#include "unit/server/api_server_fake.h"
#include "unit/server/folder_fake.h"
#include "unit/server/zip_fake.h"

static struct api_server server;
static struct api_answer a;
static unsigned char rom[5000];
static const struct bundle_fake_layer layer = { rom, sizeof(rom), 0, 0x2000, true, false };

static int setup(void **state)
{
    (void)state;
    api_server_start(&server);
    for (size_t i = 0; i < sizeof(rom); i++) {
        rom[i] = (unsigned char)(i * 7);
    }
    const struct bundle_fake b = { .layers = &layer, .count = 1 };
    bundle_fake_write(folder_path("b.zip"), &b);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    api_server_stop(&server);
    return 0;
}

static bool count_one(void *arg, const unsigned char sha256[32], int64_t put_at_s)
{
    (void)sha256, (void)put_at_s;
    ++*(unsigned *)arg;
    return true;
}

static unsigned blobs(void)
{
    unsigned n = 0;
    assert_int_equal(blob_each(server.service.blobs, count_one, &n), ST_OK);
    return n;
}

static unsigned files_in(const char *folder)
{
    unsigned n = 0;
    DIR *dir = opendir(folder_path(folder));
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        n += e->d_name[0] != '.';
    }
    closedir(dir);
    return n;
}

static void upload(const char *name, int status)
{
    api_upload(&server, folder_path("b.zip"), name, &a);
    if (a.status != status) {
        fail_msg("upload answered %d instead of %d: %s", a.status, status, a.body);
    }
    assert_int_equal(files_in("tmp"), 0);
}

static void test_upload_and_show(void **state)
{
    (void)state;
    char path[128], sid[64];
    upload("my app", 201);
    (void)snprintf(sid, sizeof(sid), "%s", api_value(&a, "sid"));
    assert_true(sid_is(sid, "KA"));
    assert_string_equal(api_value(&a, "account_sid"), API_ACCOUNT);
    assert_string_equal(api_value(&a, "unique_name"), "my app");
    (void)snprintf(path, sizeof(path), "http://api.test:8080/v1/Apps/%s", sid);
    assert_string_equal(api_value(&a, "url"), path);
    strcat(path, "/Manifest");
    assert_string_equal(api_value(&a, "app_manifests"), path);
    assert_int_equal(blobs(), 3); /* layer, block list, manifest */

    api_expect(&server, 200, "GET", "/v1/Apps/my%20app", NULL, &a);
    assert_string_equal(api_value(&a, "sid"), sid);
    assert_non_null(strstr(a.text, "Access-Control-Allow-Origin: *"));
    assert_non_null(strstr(a.text, "Content-Type: application/json\r\n"));
    (void)snprintf(path, sizeof(path), "/v1/Apps/%s", sid);
    api_expect(&server, 204, "DELETE", path, NULL, &a);
    assert_string_equal(a.body, "");
    api_expect(&server, 404, "GET", path, NULL, &a);
    api_expect(&server, 404, "DELETE", path, NULL, &a);
}

/* What the manifest holds can be seen without decoding it. */
static void test_layers_are_shown(void **state)
{
    (void)state;
    const struct bundle_fake_layer layers[] = { layer, { rom, 100, 0x1000, 0x3000, true, true } };
    const struct bundle_fake b = { .layers = layers, .count = 2 };
    char path[64];
    bundle_fake_write(folder_path("b.zip"), &b);
    upload(NULL, 201);
    (void)snprintf(path, sizeof(path), "/v1/Apps/%s/Manifest", api_value(&a, "sid"));
    api_expect(&server, 200, "GET", path, NULL, &a);
    assert_non_null(strstr(a.body, "{\"flash\":\"internal\",\"start\":0,\"size\":8192,\"bytes\":5000,"));
    assert_non_null(strstr(a.body, "{\"flash\":\"external\",\"start\":4096,\"size\":12288,\"bytes\":100,"));
}

/* The manifest that is given out is signed by the keeper's key and has the hash that the app shows. */
static void test_unsigned_bundles_get_signed(void **state)
{
    (void)state;
    unsigned char bytes[MANIFEST_MAX_BYTES], hash[32], point[65];
    bundle_OpaqueManifest m;
    size_t len;
    char path[64], hex[80] = "sha256:";
    upload(NULL, 201);
    (void)snprintf(path, sizeof(path), "/v1/Apps/%s/Manifest", api_value(&a, "sid"));
    api_expect(&server, 200, "GET", path, NULL, &a);
    const char *text = api_value(&a, "encoded_bytes");
    assert_int_equal(crypto_base64_decode(text, strlen(text), bytes, sizeof(bytes), &len), ST_OK);
    assert_int_equal(codec_manifest_decode(bytes, len, &m), CODEC_OK);
    assert_int_equal(crypto_point_load(folder_path("pki/app_signer.pem"), point), ST_OK);
    assert_true(m.signer_id == crypto_signer_id(point));
    assert_true(crypto_p256_verify(point, MANIFEST_SIGN_PREFIX, MANIFEST_SIGN_PREFIX_BYTES, m.body.bytes,
                                   m.body.size, m.signature.bytes));
    crypto_sha256(bytes, len, hash);
    hex_encode(hash, 32, hex + 7);
    assert_string_equal(api_value(&a, "hash"), hex);

    /* Uploaded again with this signature, it is accepted as it is; with another one it is not. */
    struct bundle_fake b = {
        .layers = &layer, .count = 1, .signer_id = m.signer_id, .signature = m.signature.bytes
    };
    bundle_fake_write(folder_path("b.zip"), &b);
    upload(NULL, 201);
    assert_string_equal(api_value(&a, "hash"), hex);
    m.signature.bytes[20] ^= 1;
    bundle_fake_write(folder_path("b.zip"), &b);
    upload(NULL, 400);
    assert_non_null(strstr(a.body, "signature is wrong"));
    b.signer_id ^= 1;
    bundle_fake_write(folder_path("b.zip"), &b);
    upload(NULL, 400);
    assert_non_null(strstr(a.body, "do not accept"));
}

static void test_refused_bundles_leave_nothing(void **state)
{
    (void)state;
    const struct zip_fake_file files[] = { { "manifest", "\xff\xff\xff", 3 } };
    zip_fake_write(folder_path("b.zip"), files, 1);
    upload("name", 400);
    assert_non_null(strstr(a.body, "manifest cannot be decoded"));
    assert_int_equal(blobs(), 0);
    api_expect(&server, 200, "GET", "/v1/Apps", NULL, &a);
    assert_non_null(strstr(a.body, "{\"apps\":[],\"meta\":{\"page\":0,\"page_size\":50,"));
}

static void test_names(void **state)
{
    (void)state;
    upload("x", 201);
    upload("x", 409);
    assert_non_null(strstr(a.body, "\"code\":20409"));
    upload("a/b", 400);
    assert_non_null(strstr(a.body, "\"parameter\":\"UniqueName\""));
    upload("KA00000000000000000000000000000001", 400);
    upload("", 201); /* as good as none */
    assert_non_null(strstr(a.body, "\"unique_name\":null"));
    assert_int_equal(blobs(), 4); /* layer and block list are shared; each signature makes a manifest */
}

static void test_bad_bodies(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body;
        int status;
        const char *words;
    } cases[] = {
        { "application/x-www-form-urlencoded", "File=1", 415, "multipart/form-data" },
        { "multipart/form-data", "x", 400, "boundary" },
        { "multipart/form-data; boundary=Q", "--Q\r\nContent-Disposition: form-data; name=File\r\n\r\nabc",
          400, "closing" },
        { "multipart/form-data; boundary=Q", "--Q--", 400, "no part File" },
        { "multipart/form-data; boundary=Q",
          "--Q\r\nContent-Disposition: form-data; name=Other\r\n\r\nabc\r\n--Q--", 400, "not known" },
        { "multipart/form-data; boundary=Q",
          "--Q\r\nContent-Disposition: form-data; name=File\r\n\r\na\r\n--Q\r\nContent-Disposition: "
          "form-data; "
          "name=File\r\n\r\nb\r\n--Q--",
          400, "two parts" },
        { "multipart/form-data; boundary=Q",
          "--Q\r\nContent-Disposition: form-data; name=File\r\n\r\nabc\r\n--Q--", 400, "not a zip" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        api_call(&server, "POST", "/v1/Apps", cases[i].type, cases[i].body, strlen(cases[i].body), &a);
        if (a.status != cases[i].status || strstr(a.body, cases[i].words) == NULL) {
            fail_msg("case %zu: %d %s", i, a.status, a.body);
        }
        assert_int_equal(files_in("tmp"), 0);
    }
    api_expect(&server, 415, "POST", "/v1/Apps", NULL, &a);
}

static void test_keeper_away(void **state)
{
    (void)state;
    api_server_keeper(false);
    upload(NULL, 503);
    assert_non_null(strstr(a.text, "\r\nRetry-After: "));
    assert_int_equal(blobs(), 0);
    api_expect(&server, 503, "GET", "/healthz", NULL, &a);
    assert_non_null(strstr(a.body, "\"keeper\":\"timeout\""));
    api_server_keeper(true);
    upload(NULL, 201);
    do { /* an answer is repeated for a second */
        api_call(&server, "GET", "/healthz", NULL, NULL, 0, &a);
    } while (a.status == 503);
    assert_int_equal(a.status, 200);
}

static void test_pages(void **state)
{
    (void)state;
    char sids[5][64], next[128], back[128];
    for (int i = 0; i < 5; i++) {
        upload(NULL, 201);
        (void)snprintf(sids[i], sizeof(sids[i]), "%s", api_value(&a, "sid"));
    }
    api_expect(&server, 200, "GET", "/v1/Apps?PageSize=2", NULL, &a);
    assert_string_equal(api_value(&a, "sid"), sids[4]);
    assert_non_null(strstr(a.body, "\"previous_page_url\":null"));
    const char *base = "http://api.test:8080";
    assert_int_equal(strncmp(api_value(&a, "next_page_url"), base, strlen(base)), 0);
    (void)snprintf(next, sizeof(next), "%s", api_value(&a, "next_page_url") + strlen(base));
    api_expect(&server, 200, "GET", next, NULL, &a);
    assert_string_equal(api_value(&a, "sid"), sids[2]);
    assert_non_null(strstr(a.body, "\"page\":1,"));
    (void)snprintf(back, sizeof(back), "%s", api_value(&a, "previous_page_url") + strlen(base));
    (void)snprintf(next, sizeof(next), "%s", api_value(&a, "next_page_url") + strlen(base));
    api_expect(&server, 200, "GET", next, NULL, &a);
    assert_string_equal(api_value(&a, "sid"), sids[0]);
    assert_non_null(strstr(a.body, "\"next_page_url\":null"));
    api_expect(&server, 200, "GET", back, NULL, &a);
    assert_string_equal(api_value(&a, "sid"), sids[4]);
    assert_non_null(strstr(a.body, "\"page\":0,"));
    assert_non_null(strstr(a.body, "\"previous_page_url\":null"));
    assert_string_not_equal(api_value(&a, "next_page_url"), "");
    api_expect(&server, 200, "GET", "/v1/Apps?PageSize=2&Page=2", NULL, &a); /* by number alone */
    assert_string_equal(api_value(&a, "sid"), sids[0]);
}

static void test_collector_takes_orphans_only(void **state)
{
    (void)state;
    unsigned char hash[32];
    char path[64];
    struct worker *w = service_worker(&server.service);
    assert_non_null(w);
    upload(NULL, 201);
    (void)snprintf(path, sizeof(path), "/v1/Apps/%s", api_value(&a, "sid"));
    assert_int_equal(blob_put(server.service.blobs, "orphan", 6, hash), ST_OK);
    assert_int_equal(collect_blobs(w, 3600), 0); /* too young */
    assert_int_equal(collect_blobs(w, -10), 1);
    assert_int_equal(blobs(), 3);
    api_expect(&server, 204, "DELETE", path, NULL, &a);
    assert_int_equal(collect_blobs(w, -10), 3);
    assert_int_equal(blobs(), 0);
}

/* Uploads and deletions of the same bundle while the collector runs without any grace: an app that is there has all its blobs. */
#define UPLOADERS 2
#define ROUNDS    6

static atomic_int uploading;

static void *uploader(void *arg)
{
    struct api_answer *mine = calloc(1, sizeof(*mine));
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        char path[64];
        api_upload(&server, folder_path("b.zip"), NULL, mine);
        const char *sid = strstr(mine->body, "KA");
        if (mine->status != 201 || sid == NULL) {
            break; /* the count at the end tells */
        }
        (void)snprintf(path, sizeof(path), "/v1/Apps/%.34s", sid);
        if (i + 1 < ROUNDS) {
            api_call(&server, "DELETE", path, NULL, NULL, 0, mine);
        }
    }
    free(mine);
    atomic_fetch_sub(&uploading, 1);
    return NULL;
}

static void test_collector_beside_uploads(void **state)
{
    (void)state;
    static struct bundle_contents b;
    char why[BUNDLE_WHY_BYTES];
    pthread_t threads[UPLOADERS];
    uint64_t bytes = 0;
    struct worker *w = service_worker(&server.service);
    assert_int_equal(bundle_check(folder_path("b.zip"), &b, why), ST_OK);
    atomic_store(&uploading, UPLOADERS);
    for (int i = 0; i < UPLOADERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, uploader, NULL), 0);
    }
    while (atomic_load(&uploading) > 0) {
        (void)collect_blobs(w, -10);
    }
    for (int i = 0; i < UPLOADERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    (void)collect_blobs(w, -10);
    struct store_app apps[UPLOADERS + 1];
    const struct store_page page = { .limit = UPLOADERS + 1 };
    uint32_t n = 0;
    assert_int_equal(store_app_list(server.store, API_ACCOUNT, &page, apps, &n), ST_OK);
    assert_int_equal(n, UPLOADERS);
    assert_int_equal(blobs(), UPLOADERS + 2);
    assert_int_equal(blob_size(server.service.blobs, b.layers[0].fetch_sha256, &bytes), ST_OK);
    assert_int_equal(blob_size(server.service.blobs, b.layers[0].block_list_sha256, &bytes), ST_OK);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(blob_size(server.service.blobs, apps[i].manifest_sha256, &bytes), ST_OK);
    }
}

/* A limit on the size of files stands for a disk that is full. */
static void test_full_disk(void **state)
{
    struct rlimit before, small;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 2000;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    upload(NULL, 503);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_non_null(strstr(a.body, "disk is full"));
    assert_int_equal(files_in("tmp"), 0);
    assert_int_equal(blobs(), 0);
    upload(NULL, 201);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_upload_and_show),
        TEST(test_layers_are_shown),
        TEST(test_unsigned_bundles_get_signed),
        TEST(test_refused_bundles_leave_nothing),
        TEST(test_names),
        TEST(test_bad_bodies),
        TEST(test_keeper_away),
        TEST(test_pages),
        TEST(test_collector_takes_orphans_only),
        TEST(test_collector_beside_uploads),
        TEST(test_full_disk),
    };
    return cmocka_run_group_tests_name("api_apps", tests, NULL, NULL);
}
