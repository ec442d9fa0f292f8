/* SPDX-License-Identifier: Apache-2.0 */
/* What the parent hands to its roles: the topology of the bus, shared ports, and the copy of the configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/status.h"
#include "bus/bus.h"
#include "bus/peers.h"
#include "conf/conf.h"
#include "main/listen.h"
#include "main/plumbing.h"

static struct conf conf;
static struct plumbing p;

static int setup(void **state)
{
    (void)state;
    log_init("test", LOG_LEVEL_ERROR);
    memset(&p, 0, sizeof p);
    conf_defaults(&conf);
    conf.api.port = conf.gateway.port = conf.relay.port = 0;
    conf.gateway_processes = GATEWAYS_MAX;
    return plumbing_listen(&p, &conf) != ST_OK || plumbing_connect(&p, &conf) != ST_OK;
}

static int teardown(void **state)
{
    (void)state;
    for (unsigned i = 0; i < p.pair_count; i++) {
        close(p.pairs[i].fd[0]);
        close(p.pairs[i].fd[1]);
    }
    for (unsigned i = 0; i < p.gateways; i++)
        close(p.listen_gateway[i]);
    close(p.listen_api);
    close(p.listen_relay);
    close(p.conf_fd);
    return 0;
}

/* Descriptor that a role finds under a name, -1 if it has none. */
static int role_fd(const char *role, const char *name)
{
    struct plumbing_role fds;

    plumbing_role_fds(&p, role, STDIN_FILENO, &fds);
    assert_in_range(fds.count, 2, ROLE_FDS_MAX);
    assert_int_equal(setenv("OUTRIGGER_FDS", fds.text, 1), 0);
    return peers_fd(name);
}

static void expect_joined(const char *a, const char *b)
{
    unsigned char buf[BUS_MESSAGE_MAX_BYTES + 8];
    char to_b[32], to_a[32];
    struct bus_message m;

    (void)snprintf(to_b, sizeof to_b, "bus.%s", b);
    (void)snprintf(to_a, sizeof to_a, "bus.%s", a);
    assert_int_equal(bus_send(role_fd(a, to_b), 1, 2, a, strlen(a)), ST_OK);
    assert_int_equal(bus_recv(role_fd(b, to_a), buf, sizeof buf, &m), ST_OK);
    assert_int_equal(m.len, strlen(a));
    assert_memory_equal(m.body, a, m.len);
}

static void test_topology(void **state)
{
    char name[ROLE_NAME_BYTES], other[ROLE_NAME_BYTES];

    (void)state;
    expect_joined("api", "keeper");
    expect_joined("keeper", "api");
    for (unsigned i = 0; i < GATEWAYS_MAX; i++) {
        (void)snprintf(name, sizeof name, "gateway.%u", i);
        expect_joined(name, "keeper");
        expect_joined("api", name);
        for (unsigned j = 0; j < GATEWAYS_MAX; j++) {
            (void)snprintf(other, sizeof other, "gateway.%u", j);
            if (i != j)
                expect_joined(name, other);
        }
    }
    assert_int_equal(p.pair_count, PAIRS_MAX);
    assert_int_equal(role_fd("relay", "bus.keeper"), -1);
    assert_int_equal(role_fd("relay", "bus.api"), -1);
    assert_int_equal(role_fd("keeper", "bus.relay"), -1);
}

static void test_each_listens_for_its_own(void **state)
{
    (void)state;
    assert_int_equal(role_fd("api", "listen.api"), p.listen_api);
    assert_int_equal(role_fd("relay", "listen.relay"), p.listen_relay);
    assert_int_equal(role_fd("gateway.3", "listen.gateway"), p.listen_gateway[3]);
    assert_int_equal(role_fd("keeper", "listen.api"), -1);
    assert_int_equal(role_fd("keeper", "listen.gateway"), -1);
    assert_int_equal(role_fd("api", "listen.gateway"), -1);
}

static void test_roles_read_the_chosen_ports(void **state)
{
    struct conf copy;
    char path[64];

    (void)state;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", role_fd("api", "conf"));
    for (int round = 0; round < 2; round++) { /* each role reads it from its beginning */
        assert_int_equal(conf_load(&copy, path, stderr), ST_OK);
        assert_int_equal(copy.gateway.port, p.gateway_port);
        assert_int_equal(copy.api.port, p.api_port);
        assert_int_equal(copy.gateway_processes, GATEWAYS_MAX);
        assert_string_equal(copy.data_dir, conf.data_dir);
    }
    assert_true(p.gateway_port != 0 && p.api_port != 0 && p.relay_port != 0);
}

/* SO_REUSEPORT alone would let a second server take half of the devices. */
static void test_taken_ports_are_refused(void **state)
{
    struct conf_listen where = conf.gateway;
    int fds[2];
    uint16_t port;

    (void)state;
    where.port = p.gateway_port;
    assert_int_equal(listen_open("gateway", &where, 2, fds, &port), ST_IO);
    assert_int_equal(listen_open("api", &where, 1, fds, &port), ST_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_topology, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_listens_for_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_roles_read_the_chosen_ports, setup, teardown),
        cmocka_unit_test_setup_teardown(test_taken_ports_are_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
