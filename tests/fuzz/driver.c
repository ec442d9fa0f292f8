/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without a fuzzing compiler: first every committed seed, then seeded random mutations of
 * them.
 *
 * Usage: NAME_fuzz [FILE...]. Without files the seeds are all of tests/fuzz/corpus/NAME, and FUZZ_CASES
 * (default 20,000) mutations follow, made from FUZZ_SEED (default 1), so that a run can be repeated exactly.
 * With files only these are run: that is how a finding is reproduced. A target fails by crashing or by a
 * sanitizer's report; the input under way is then written to NAME_fuzz.crash beside the program. Prints TAP.
 *
 * The same targets link with libFuzzer, which brings its own main.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

enum {
    SEEDS_MAX = 1024,
    INPUT_BYTES_MAX = 64 * 1024, /* larger inputs add time, not paths: all limits of the wire are below */
    MUTATIONS_MAX = 6,
    PATH_BYTES_MAX = 1024,
    FOLDER_BYTES_MAX = 512,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_set_death_callback(void (*callback)(void));

struct input {
    uint8_t *data;
    size_t size;
};

static struct input seeds[SEEDS_MAX];
static size_t seed_count;
static struct input current; /* what the target is looking at: saved when it dies */
static char crash_path[PATH_BYTES_MAX];
static uint64_t rng_state;

/* SplitMix64: small, and the same on every machine. */
static uint64_t rng_next(void)
{
    uint64_t z = (rng_state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t rng_below(size_t bound)
{
    return bound == 0 ? 0 : (size_t)(rng_next() % bound);
}

/* Called while dying: only write(2) and friends. */
static void crash_save(void)
{
    int fd = open(crash_path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

    if (fd >= 0) {
        if (write(fd, current.data, current.size) < 0) {
            _exit(1);
        }
        (void)close(fd); /* nothing left to do about it */
    }
}

static void crash_signal(int signo)
{
    crash_save();
    signal(signo, SIG_DFL);
    raise(signo);
}

/* A private copy of exactly the input's size, so that the sanitizer sees the first byte read too many. */
static void input_run(const uint8_t *data, size_t size)
{
    current.data = malloc(size == 0 ? 1 : size);
    if (current.data == NULL) {
        abort();
    }
    memcpy(current.data, data, size);
    current.size = size;
    (void)LLVMFuzzerTestOneInput(current.data, size); /* always 0 by convention */
    free(current.data);
    current.data = NULL;
}

static void seed_add(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct input *seed = &seeds[seed_count];

    if (file == NULL || seed_count == SEEDS_MAX) {
        fprintf(stderr, "fuzz: cannot take seed %s: %s\n", path, file == NULL ? strerror(errno) : "too many");
        exit(2);
    }
    seed->data = malloc(INPUT_BYTES_MAX);
    if (seed->data == NULL) {
        abort();
    }
    seed->size = fread(seed->data, 1, INPUT_BYTES_MAX, file);
    fclose(file);
    seed_count++;
}

static int name_is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void seeds_load(const char folder[FOLDER_BYTES_MAX])
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, name_is_visible, alphasort);

    for (int i = 0; i < count; i++) {
        char path[FOLDER_BYTES_MAX + sizeof entries[i]->d_name + 1];

        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        seed_add(path);
        free(entries[i]);
    }
    free(entries);
}

static void mutate_splice(struct input *in)
{
    const struct input *other = &seeds[rng_below(seed_count)];
    size_t at = rng_below(in->size + 1);
    size_t from = rng_below(other->size + 1);
    size_t length = rng_below(other->size - from + 1);

    if (length > INPUT_BYTES_MAX - at) {
        length = INPUT_BYTES_MAX - at;
    }
    memcpy(in->data + at, other->data + from, length);
    if (at + length > in->size) {
        in->size = at + length;
    }
}

static void mutate_insert(struct input *in)
{
    size_t at = rng_below(in->size + 1);
    size_t length = 1 + rng_below(16);

    if (length > INPUT_BYTES_MAX - in->size) {
        return;
    }
    memmove(in->data + at + length, in->data + at, in->size - at);
    for (size_t i = 0; i < length; i++) {
        in->data[at + i] = (uint8_t)rng_next();
    }
    in->size += length;
}

static void mutate_remove(struct input *in)
{
    size_t at = rng_below(in->size);
    size_t length = 1 + rng_below(in->size - at < 64 ? in->size - at : 64);

    memmove(in->data + at, in->data + at + length, in->size - at - length);
    in->size -= length;
}

/* Values at which lengths and counts tip over. */
static void mutate_edge(struct input *in)
{
    static const uint8_t edges[] = { 0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff, 0x10, 0x20, 0x40 };

    in->data[rng_below(in->size)] = edges[rng_below(sizeof edges)];
}

static void mutate_once(struct input *in)
{
    if (in->size == 0) {
        mutate_insert(in);
        return;
    }
    switch (rng_below(7)) {
    case 0:
        in->data[rng_below(in->size)] ^= (uint8_t)(1u << rng_below(8));
        break;
    case 1:
        in->data[rng_below(in->size)] = (uint8_t)rng_next();
        break;
    case 2:
        mutate_edge(in);
        break;
    case 3:
        mutate_insert(in);
        break;
    case 4:
        mutate_remove(in);
        break;
    case 5:
        mutate_splice(in);
        break;
    default:
        in->size = rng_below(in->size); /* cut short */
        break;
    }
}

static void mutations_run(uint64_t cases)
{
    struct input in = { .data = malloc(INPUT_BYTES_MAX), .size = 0 };

    if (in.data == NULL) {
        abort();
    }
    for (uint64_t i = 0; i < cases; i++) {
        const struct input *seed = &seeds[rng_below(seed_count)];
        size_t times = 1 + rng_below(MUTATIONS_MAX);

        memcpy(in.data, seed->data, seed->size);
        in.size = seed->size;
        while (times-- > 0) {
            mutate_once(&in);
        }
        input_run(in.data, in.size);
    }
    free(in.data);
}

static uint64_t env_number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    char *end = NULL;
    uint64_t value = text == NULL ? otherwise : strtoull(text, &end, 10);

    if (text != NULL && (end == text || *end != '\0')) {
        fprintf(stderr, "fuzz: %s=%s is not a number\n", name, text);
        exit(2);
    }
    return value;
}

/* Crashes that no sanitizer announces (abort, assert) come as signals. */
static void crash_watch(const char *program)
{
    static const int signals[] = { SIGABRT, SIGALRM };

    snprintf(crash_path, sizeof crash_path, "%s.crash", program);
    __sanitizer_set_death_callback(crash_save);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        signal(signals[i], crash_signal);
    }
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
    uint64_t cases = argc > 1 ? 0 : env_number("FUZZ_CASES", 20000);
    char folder[FOLDER_BYTES_MAX];

    rng_state = env_number("FUZZ_SEED", 1);
    crash_watch(argv[0]);
    snprintf(folder, sizeof folder, "tests/fuzz/corpus/%.*s", (int)(strlen(name) - strlen("_fuzz")), name);
    for (int i = 1; i < argc; i++) {
        seed_add(argv[i]);
    }
    if (argc == 1) {
        seeds_load(folder);
    }
    if (seed_count == 0) {
        fprintf(stderr, "fuzz: no seeds in %s\n", folder);
        return 2;
    }
    printf("1..%d\n", cases > 0 ? 2 : 1);
    for (size_t i = 0; i < seed_count; i++) {
        input_run(seeds[i].data, seeds[i].size);
    }
    printf("ok 1 - %s: %zu seeds\n", name, seed_count);
    if (cases > 0) {
        mutations_run(cases);
        printf("ok 2 - %s: %llu mutations\n", name, (unsigned long long)cases);
    }
    for (size_t i = 0; i < seed_count; i++) {
        free(seeds[i].data);
    }
    return 0;
}
