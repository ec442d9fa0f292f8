/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The malice campaign: tries every attack of malice_attacks.c. One test per family (TAP), and a line for the report:
 * `# states malice: cases= distinct= bricks= seconds= seed=`; bricks also counts wrong code.
 * CAMPAIGN_SEED (1), CAMPAIGN_SLICE (1: every case; n: one in n), CAMPAIGN_JOBS (processors).
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "campaigns/app_world.h"
#include "campaigns/cut.h"
#include "campaigns/malice.h"
#include "campaigns/self_world.h"
#include "core/sys/mv_abi.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/flash_caller_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

/* What `make test` has time for, with sanitizers. */
#define DEFAULT_SLICE 31u
#define JOBS_MAX      16u
#define REPORTS_MAX   5u
/* Simulated time under attack: all retries of the first half minute. */
#define ATTACK_MS 30000u
/* And a trial, should one begin. */
#define KERNEL_ATTACK_MS 120000u
#define ALONE_MS         1000u

struct shared {
    _Atomic uint64_t cases, broken, reports;
};

static struct shared *shared;
static struct flash_fake_state installed; /* v1 runs */
static uint32_t seed, slice, jobs, worker;
static uint32_t number; /* of the case in its family */
static const char *family;

bool malice_mine(void)
{
    number++;
    return number % jobs == worker && cut_mix(cut_mix(seed) + number) % slice == 0;
}

uint32_t malice_random(uint32_t salt)
{
    return (uint32_t)cut_mix(cut_mix((uint64_t)seed << 32) + salt);
}

static void judge(const char *broken)
{
    atomic_fetch_add(&shared->cases, 1);
    if (broken == NULL)
        return;
    atomic_fetch_add(&shared->broken, 1);
    if (atomic_fetch_add(&shared->reports, 1) < REPORTS_MAX)
        printf("# %s: case %u: %s (seed %u)\n", family, number, broken, seed);
}

static bool attack_is_over(void)
{
    return app_world_runs_wanted();
}

/* Flash as before the attack, for the next case. */
static void heal(void)
{
    flash_fake_state_copy(flash_fake_state(), &installed);
    flash_fake_forgive();
}

void malice_try_bundle(const struct bundle_fake *liar)
{
    struct server_fake_faults faults = *server_fake_faults();
    const char *broken;

    heal();
    app_world_power_on(liar);
    *server_fake_faults() = faults;
    server_fake_other(&app_world_v1);
    (void)device_fake_run(attack_is_over, ATTACK_MS);
    broken = app_world_broken();
    if (broken == NULL)
        broken = app_world_run(0);
    server_fake_reset();
    judge(broken);
}

void malice_try_flash(bool recovers)
{
    const char *broken;

    flash_fake_forgive();
    app_world_power_on(&app_world_v2);
    server_fake_faults()->unreachable = true;
    device_fake_run_ms(ALONE_MS);
    broken = app_world_broken();
    if (broken == NULL && recovers)
        broken = app_world_run(0);
    heal();
    judge(broken);
}

void malice_try_kernel(const struct kernel_fake *liar)
{
    struct server_fake_faults faults = *server_fake_faults();
    const char *broken;

    heal();
    self_world_power_on(liar);
    *server_fake_faults() = faults;
    (void)device_fake_run(self_world_is_over, KERNEL_ATTACK_MS);
    broken = self_world_broken();
    if (broken == NULL)
        broken = self_world_run();
    server_fake_reset();
    judge(broken);
}

void malice_try_kernel_flash(void)
{
    const char *broken;

    flash_fake_forgive();
    self_world_power_on(&self_world_v2);
    server_fake_faults()->unreachable = true;
    device_fake_run_ms(ALONE_MS);
    broken = self_world_broken();
    if (broken == NULL)
        broken = self_world_run();
    heal();
    judge(broken);
}

static const char *read_external(void)
{
    const struct bundle_fake *bundle = &app_world_v1;

    for (uint32_t at = 0; at < port_flash_bytes(PORT_FLASH_EXTERNAL); at += BLOCK_BYTES) {
        uint32_t status = flash_caller_fake(MV_SLOT_FLASH_READ, at, BLOCK_BYTES);

        if (status != MV_OKAY && status != MV_INTERNALERROR)
            return "M-3 the application cannot read";
        if (status == MV_OKAY && memcmp(flash_caller_fake_buffer(), bundle->external + at, BLOCK_BYTES) != 0)
            return "M-3 the application was given what nobody signed";
    }
    return NULL;
}

void malice_try_external(void)
{
    const char *broken;

    flash_fake_forgive();
    app_world_external_altered(true);
    app_world_power_on(&app_world_v2);
    server_fake_faults()->unreachable = true;
    device_fake_run_ms(ALONE_MS);
    broken = read_external();
    if (broken == NULL)
        broken = app_world_broken();
    if (broken == NULL)
        broken = app_world_run(0);
    app_world_external_altered(false);
    heal();
    judge(broken);
}

static void work(const struct malice_family *of)
{
    of->prepare();
    flash_fake_state_copy(&installed, flash_fake_state());
    server_fake_reset();
    of->attack();
}

static bool run_family(const struct malice_family *of, unsigned index)
{
    uint64_t before = shared->cases;
    pid_t pids[JOBS_MAX];
    bool good = true;

    family = of->name;
    shared->broken = 0;
    fflush(stdout);
    for (worker = 0; worker < jobs; worker++) {
        pids[worker] = fork();
        if (pids[worker] == 0) {
            work(of);
            fflush(stdout);
            _exit(0);
        }
    }
    for (unsigned i = 0; i < jobs; i++) {
        int status;

        good =
            waitpid(pids[i], &status, 0) == pids[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0 && good;
    }
    good = good && shared->broken == 0;
    printf("%sok %u - %s (%llu cases)\n", good ? "" : "not ", index, of->name,
           (unsigned long long)(shared->cases - before));
    return good;
}

static uint32_t setting(const char *name, long otherwise)
{
    const char *value = getenv(name);

    return (uint32_t)(value != NULL && value[0] != '\0' ? strtoul(value, NULL, 10)
                                                        : (unsigned long)otherwise);
}

int main(void)
{
    struct timespec began, ended;
    unsigned count = 0, failed = 0;

    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    seed = setting("CAMPAIGN_SEED", 1);
    slice = setting("CAMPAIGN_SLICE", DEFAULT_SLICE);
    slice += slice == 0;
    jobs = setting("CAMPAIGN_JOBS", sysconf(_SC_NPROCESSORS_ONLN));
    jobs = jobs < 1 ? 1 : jobs > JOBS_MAX ? JOBS_MAX : jobs;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (const struct malice_family *of = malice_families; of->name != NULL; of++)
        failed += !run_family(of, ++count);
    for (const struct malice_family *of = malice_kernel_families; of->name != NULL; of++)
        failed += !run_family(of, ++count);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("# states malice: cases=%llu distinct=%llu bricks=%u seconds=%.1f seed=%u slice=%u\n",
           (unsigned long long)shared->cases, (unsigned long long)shared->cases, failed,
           (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9, seed,
           slice);
    printf("1..%u\n", count);
    return failed == 0 ? 0 : 1;
}
