/* SPDX-License-Identifier: Apache-2.0 */
/* The exploration of states; see explore.h. Each process walks the same tree and takes the states that nobody has yet. */
#include "campaigns/explore.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "campaigns/cut.h"
#include "campaigns/state_set.h"

#define CUTS_MAX    2u
#define OPS_MAX     16384u    /* of one run; more is a scenario that is too large to be explored */
#define ARENA_BYTES 0x800000u /* data of the operations of one run */
#define SET_BITS    24u
#define PATH_CHARS  200u

/* What a run did to the flash. */
struct trace {
    uint32_t count;
    uint32_t bytes;
    struct flash_fake_op ops[OPS_MAX];
    uint32_t progress[OPS_MAX];
    uint8_t arena[ARENA_BYTES];
};

/* A run after so many cuts, and the walk along its operations. */
struct level {
    struct cut_walk walk;
    struct flash_fake_state state;
    struct trace trace;
    uint32_t op;
    uint32_t end_progress;
};

/* What the processes share. */
struct shared {
    _Atomic uint64_t cases, bricks, reports;
    char paths[16][CUTS_MAX][PATH_CHARS]; /* of each process: where it is, should it die */
};

static struct level levels[CUTS_MAX + 1];
static const struct campaign_scenario *scenario;
static struct explore_options options;
static struct state_set *runs, *expansions;
static struct shared *shared;
static unsigned worker, depth;
static struct trace *recording;
static uint32_t progress_now;

void campaign_progress(uint32_t progress)
{
    progress_now = progress;
}

static void record(const struct flash_fake_op *op)
{
    struct flash_fake_op *kept;

    if (recording->count == OPS_MAX || (op->data != NULL && recording->bytes + op->len > ARENA_BYTES)) {
        fprintf(stderr, "%s: more flash operations than can be explored\n", scenario->name);
        exit(2);
    }
    recording->progress[recording->count] = progress_now;
    kept = &recording->ops[recording->count++];
    *kept = *op;
    if (op->data == NULL)
        return;
    kept->data = recording->arena + recording->bytes;
    memcpy(recording->arena + recording->bytes, op->data, op->len);
    recording->bytes += op->len;
}

static void print_path(unsigned process, const char *broken)
{
    if (options.quiet)
        return;
    printf("# %s: %s\n", scenario->name, broken);
    for (unsigned i = 0; i < CUTS_MAX && shared->paths[process][i][0] != '\0'; i++)
        printf("#   cut %u: %s\n", i + 1, shared->paths[process][i]);
    printf("#   seed %u\n", options.seed);
    fflush(stdout);
}

static void describe(const struct level *level, const struct flash_fake_op *op, const struct cut *cut)
{
    char *path = shared->paths[worker][depth];

    snprintf(path, PATH_CHARS,
             "operation %u, %s of area %d at %u, %u bytes: %s at %u (tearing %u, progress %u)", level->op,
             op->kind == FLASH_FAKE_ERASE ? "erase" : "program", (int)op->area,
             op->offset - flash_fake_base(op->area), op->len, cut_fate_name(cut->fate), cut->at - op->offset,
             cut->seed == 0 ? 0 : cut->seed - options.seed, level->trace.progress[level->op]);
    for (unsigned i = depth + 1; i < CUTS_MAX; i++)
        shared->paths[worker][i][0] = '\0';
}

static void run_state(uint64_t hash, uint32_t progress);

static uint64_t key_of(uint64_t hash, uint32_t progress)
{
    return cut_mix(hash + cut_mix(progress));
}

static bool chosen(uint64_t key)
{
    return cut_mix(key ^ cut_mix(options.seed)) % options.slice == 0;
}

static void visit(struct cut_walk *walk, const struct flash_fake_op *op, const struct cut *cut, uint64_t hash)
{
    struct level *level = &levels[depth];
    uint32_t progress = level->trace.progress[level->op];
    uint64_t key = key_of(hash, progress);
    bool fresh, deeper;

    if (!chosen(key))
        return;
    if (depth > 0 || worker == 0)
        atomic_fetch_add(&shared->cases, 1);
    fresh = state_set_insert(runs, key);
    deeper = depth + 1 < scenario->cuts && state_set_insert(expansions, key);
    if (!fresh && !deeper)
        return;
    describe(level, op, cut);
    flash_fake_state_copy(flash_fake_state(), walk->state);
    cut_apply(flash_fake_state(), op, cut);
    depth++;
    run_state(hash, progress);
    depth--;
}

/* A cut behind the last operation finds the last progress. */
static void visit_end(struct level *level)
{
    const struct cut nothing = { .fate = CUT_ALL };

    if (level->trace.count == 0)
        return;
    level->op = level->trace.count - 1;
    level->trace.progress[level->op] = level->end_progress;
    visit(&level->walk, &level->trace.ops[level->op], &nothing, level->walk.hash);
}

static void walk_level(struct level *level, uint64_t hash)
{
    level->walk = (struct cut_walk){ &level->state, hash, options.seed, visit };
    for (level->op = 0; level->op < level->trace.count; level->op++)
        cut_walk_op(&level->walk, &level->trace.ops[level->op]);
    visit_end(level);
}

/* The flash is as it is to be: runs the scenario, and if there are more cuts to come, cuts this run in its turn. */
static void run_state(uint64_t hash, uint32_t progress)
{
    struct level *level = &levels[depth];
    bool deeper = depth < scenario->cuts;
    const char *broken;

    recording = &level->trace;
    recording->count = recording->bytes = 0;
    progress_now = progress;
    if (deeper)
        flash_fake_state_copy(&level->state, flash_fake_state());
    flash_fake_forgive();
    flash_fake_cut(0, (uint32_t)key_of(hash, progress), NULL); /* seeds what unstable sectors look like */
    flash_fake_observe(deeper ? record : NULL);
    broken = scenario->run(progress);
    flash_fake_observe(NULL);
    level->end_progress = progress_now;
    if (broken != NULL) {
        atomic_fetch_add(&shared->bricks, 1);
        if (atomic_fetch_add(&shared->reports, 1) < EXPLORE_REPORTS_MAX)
            print_path(worker, broken);
    }
    if (deeper)
        walk_level(level, hash);
}

static void wait_for(pid_t pid, unsigned process)
{
    char text[80];
    int status;

    if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    atomic_fetch_add(&shared->bricks, 1);
    snprintf(text, sizeof(text), "the process ended with %s %d", WIFSIGNALED(status) ? "signal" : "status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    print_path(process, text);
}

static void work(void)
{
    scenario->prepare();
    run_state(0, 0);
}

static void new_memory(void)
{
    if (shared == NULL) {
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        runs = state_set_new(SET_BITS);
        expansions = state_set_new(SET_BITS);
    }
    if (shared == MAP_FAILED)
        exit(2);
    memset(shared, 0, sizeof(*shared));
    state_set_clear(runs);
    state_set_clear(expansions);
}

struct explore_result explore(const struct campaign_scenario *of, const struct explore_options *with)
{
    unsigned jobs = with->jobs < 1 ? 1 : with->jobs > 16 ? 16 : with->jobs;
    pid_t pids[16];

    scenario = of;
    options = *with;
    new_memory();
    fflush(stdout);
    for (worker = 0; worker < jobs; worker++) {
        pids[worker] = fork();
        if (pids[worker] == 0) {
            work();
            fflush(stdout);
            _exit(0);
        }
    }
    for (unsigned i = 0; i < jobs; i++)
        wait_for(pids[i], i);
    return (struct explore_result){ shared->cases, state_set_count(runs), shared->bricks };
}
