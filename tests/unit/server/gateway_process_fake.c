/* SPDX-License-Identifier: Apache-2.0 */
/* Starting, feeding and stopping gateway processes for tests. */
#include "unit/server/gateway_process_fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "bus/bus.h"
#include "conf/conf.h"
#include "conf/paths.h"
#include "gateway/gateway.h"
#include "loop/role.h"
#include "unit/server/folder_fake.h"

#define WAIT_US 10000000

static int listen_on_loopback(uint16_t *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 64) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static void pair(int fds[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
}

/* In the child: becomes the gateway. */
static void run_gateway(const struct process_fake_options *options, unsigned index, const char *fds,
                        int ready)
{
    static const char *const roles[] = { "gateway.0", "gateway.1" };
    const int log = open(folder_path("gateway.log"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    struct conf conf;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that aborts leaves nothing running */
    (void)dup2(log, STDERR_FILENO);
    conf_defaults(&conf);
    (void)snprintf(conf.data_dir, sizeof conf.data_dir, "%s", folder_path(""));
    conf.gateway_heartbeat_ms = options->heartbeat_ms;
    conf.gateway_sessions_max = options->sessions_max;
    (void)setenv("OUTRIGGER_FDS", fds, 1);
    log_init(roles[index], LOG_LEVEL_INFO);
    if (role_begin(ready) != ST_OK)
        _exit(2);
    exit(gateway_run(&conf, index)); /* exit, so that leaks are looked for */
}

static void start_one(struct process_fake *p, const struct process_fake_options *options, unsigned index,
                      int peer_bus)
{
    int ready[2];
    int api[2];
    char fds[96];
    char byte;
    const int listener = listen_on_loopback(&p->port[index]);
    int n;

    pair(ready);
    pair(api);
    n = snprintf(fds, sizeof fds, "listen.gateway=%d,bus.api=%d", listener, api[1]);
    if (peer_bus >= 0)
        (void)snprintf(fds + n, sizeof fds - (size_t)n, ",bus.gateway.%u=%d", 1 - index, peer_bus);
    p->pid[index] = fork();
    assert_true(p->pid[index] >= 0);
    if (p->pid[index] == 0)
        run_gateway(options, index, fds, ready[1]);
    (void)close(listener);
    (void)close(api[1]);
    (void)close(ready[1]);
    p->api_bus[index] = api[0];
    if (read(ready[0], &byte, 1) != 1) {
        (void)process_fake_has_logged(NULL);
        fail_msg("gateway %u did not become ready", index);
    }
    (void)close(ready[0]);
}

static void open_store(struct process_fake *p)
{
    static const unsigned char token[32] = { 1 };
    char err[256] = "";

    if (store_open(folder_path(PATH_STORE), STORE_FULL, true, &p->store, err, sizeof err) != ST_OK)
        fail_msg("store: %s", err);
    assert_int_equal(store_account_create(p->store, TEST_ACCOUNT, token), ST_OK);
    assert_int_equal(blob_open(folder_path(PATH_BLOBS), &p->blobs), ST_OK);
}

void process_fake_start(struct process_fake *p, const struct process_fake_options *options)
{
    int peers[2] = { -1, -1 };

    memset(p, 0, sizeof *p);
    (void)signal(SIGPIPE, SIG_IGN);
    folder_make();
    pki_fake_make();
    open_store(p);
    store_close(p->store); /* SQLite handles must not cross a fork */
    if (options->count == 2)
        pair(peers);
    for (p->count = 0; p->count < options->count; p->count++)
        start_one(p, options, p->count, peers[p->count]);
    if (options->count == 2) {
        (void)close(peers[0]);
        (void)close(peers[1]);
    }
    {
        char err[256] = "";

        if (store_open(folder_path(PATH_STORE), STORE_FULL, false, &p->store, err, sizeof err) != ST_OK)
            fail_msg("store: %s", err);
    }
}

void process_fake_terminate(struct process_fake *p)
{
    for (unsigned i = 0; i < p->count; i++)
        (void)kill(p->pid[i], SIGTERM);
}

void process_fake_reload(struct process_fake *p)
{
    for (unsigned i = 0; i < p->count; i++)
        (void)kill(p->pid[i], SIGHUP);
}

void process_fake_stop(struct process_fake *p)
{
    int failed = 0;

    for (unsigned i = 0; i < p->count; i++) {
        int status = 0;

        (void)kill(p->pid[i], SIGTERM);
        (void)waitpid(p->pid[i], &status, 0);
        (void)close(p->api_bus[i]);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            failed = 1;
    }
    if (failed) {
        (void)process_fake_has_logged(NULL);
        fail_msg("a gateway did not exit cleanly");
    }
    store_close(p->store);
    blob_close(p->blobs);
    pki_fake_free();
    folder_remove();
}

void process_fake_enrol(struct process_fake *p, const struct pki_fake_device *d)
{
    struct store_device row = { .created_us = clock_wall_us() };
    struct store_device existing;

    memcpy(row.sid, d->sid, SID_BYTES);
    memcpy(row.account_sid, TEST_ACCOUNT, sizeof TEST_ACCOUNT);
    memcpy(row.key_sha256, d->key_sha256, 32);
    row.updated_us = row.created_us;
    assert_int_equal(store_device_create(p->store, &row, &existing), ST_OK);
}

static void put_blob(struct process_fake *p, const void *data, size_t len, unsigned char sha256[32])
{
    struct blob_writer *w = NULL;

    assert_int_equal(blob_begin(p->blobs, &w), ST_OK);
    assert_int_equal(blob_write(w, data, len), ST_OK);
    assert_int_equal(blob_commit(w, NULL, sha256), ST_OK);
}

static const char manifest[] = "what the gateway serves as a manifest, which it never looks into";

static void put_pattern(struct process_fake *p, uint32_t bytes, unsigned char sha256[32])
{
    unsigned char *data = malloc(bytes);

    assert_non_null(data);
    for (uint32_t i = 0; i < bytes; i++)
        data[i] = (unsigned char)(i / 7);
    put_blob(p, data, bytes, sha256);
    free(data);
}

struct store_app process_fake_app(struct process_fake *p, uint32_t bytes, struct store_layer *layer)
{
    struct store_app app = { .manifest_bytes = sizeof manifest, .created_us = clock_wall_us() };

    memset(layer, 0, sizeof *layer);
    layer->bytes = bytes;
    layer->size = 0x100000;
    put_pattern(p, bytes, layer->fetch_sha256);
    put_blob(p, manifest, sizeof manifest, app.manifest_sha256);
    sid_random("KA", app.sid);
    memcpy(app.account_sid, TEST_ACCOUNT, sizeof TEST_ACCOUNT);
    app.updated_us = app.created_us;
    assert_int_equal(store_app_create(p->store, &app, manifest, layer, 1), ST_OK);
    return app;
}

struct store_microvisor process_fake_microvisor(struct process_fake *p, const char *board, uint32_t bytes)
{
    const struct store_microvisor_change change = { .set_default = true, .is_default = true };
    struct store_microvisor m = {
        .manifest_bytes = sizeof manifest, .image_bytes = bytes, .number = 200, .created_us = clock_wall_us()
    };
    struct store_microvisor out;

    put_pattern(p, bytes, m.image_sha256);
    put_blob(p, manifest, sizeof manifest, m.manifest_sha256);
    sid_random("KM", m.sid);
    memcpy(m.account_sid, TEST_ACCOUNT, sizeof TEST_ACCOUNT);
    (void)snprintf(m.board, sizeof m.board, "%s", board);
    (void)snprintf(m.version, sizeof m.version, "0.2.0");
    m.updated_us = m.created_us;
    assert_int_equal(store_microvisor_create(p->store, &m), ST_OK);
    assert_int_equal(store_microvisor_update(p->store, TEST_ACCOUNT, m.sid, &change, &out), ST_OK);
    return out;
}

void process_fake_tell(struct process_fake *p, uint16_t type, const char *sid)
{
    for (unsigned i = 0; i < p->count; i++)
        assert_int_equal(bus_send(p->api_bus[i], type, 0, sid, SID_BYTES - 1), ST_OK);
}

void process_fake_update(struct process_fake *p, const char *sid, const struct store_device_change *change)
{
    struct store_device row;

    assert_int_equal(store_device_update(p->store, TEST_ACCOUNT, sid, change, &row), ST_OK);
    process_fake_tell(p, BUS_DEVICE_CHANGED, sid);
}

void process_fake_enable_logging(struct process_fake *p, const char *sid)
{
    const struct store_device_change change = { .set_logging = true,
                                                .logging_until_us =
                                                    clock_wall_us() + (int64_t)3600 * 1000000 };

    process_fake_update(p, sid, &change);
}

uint32_t process_fake_count_lines(struct process_fake *p, const char *sid, const char *type)
{
    static struct store_log rows[4096];
    uint32_t n = 0;

    assert_int_equal(store_log_list(p->store, sid, 0, false, type, 4096, rows, &n), ST_OK);
    return n;
}

int process_fake_has_logged(const char *text)
{
    static char log[1 << 20];
    FILE *f = fopen(folder_path("gateway.log"), "r");
    size_t len;

    if (f == NULL)
        return 0;
    len = fread(log, 1, sizeof log - 1, f);
    log[len] = '\0';
    (void)fclose(f);
    if (text == NULL)
        (void)fputs(log, stderr);
    return text != NULL && strstr(log, text) != NULL;
}

/* Between looks at something that another process writes. */
static void look_again_soon(int64_t since_us, const char *what)
{
    const struct timespec soon = { .tv_nsec = 5000000 };

    if (clock_mono_us() - since_us > WAIT_US) {
        (void)process_fake_has_logged(NULL);
        fail_msg("waited too long for: %s", what);
    }
    (void)nanosleep(&soon, NULL);
}

void process_fake_await_log(const char *text)
{
    const int64_t since_us = clock_mono_us();

    while (!process_fake_has_logged(text))
        look_again_soon(since_us, text);
}

void process_fake_await_presence(struct process_fake *p, const char *sid, int online)
{
    const int64_t since_us = clock_mono_us();
    struct store_device row;

    for (;;) {
        assert_int_equal(store_device_get(p->store, TEST_ACCOUNT, sid, &row), ST_OK);
        if (row.online == (online != 0))
            return;
        look_again_soon(since_us, online ? "online" : "offline");
    }
}

void process_fake_await_lines(struct process_fake *p, const char *sid, const char *type, uint32_t count)
{
    const int64_t since_us = clock_mono_us();

    while (process_fake_count_lines(p, sid, type) < count)
        look_again_soon(since_us, type);
    assert_int_equal(process_fake_count_lines(p, sid, type), count);
}

uint64_t process_fake_resident_kib(const struct process_fake *p, unsigned index)
{
    char path[64];
    unsigned long long pages = 0;
    FILE *f;

    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)p->pid[index]);
    f = fopen(path, "r");
    if (f != NULL) {
        if (fscanf(f, "%*u %llu", &pages) != 1)
            pages = 0;
        (void)fclose(f);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}
