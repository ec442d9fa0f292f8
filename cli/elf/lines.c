/* SPDX-License-Identifier: Apache-2.0 */
/* Runs addr2line. It prints a line for each address that it is given. */
#include "elf/lines.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* In the order of trust that they read ELF for Arm: the system's own often reads the host's only. */
static const char *const programs[] = { "arm-none-eabi-addr2line", "llvm-addr2line", "addr2line" };

#define ADDRESS_CHARS 11 /* 0x........ and NUL */

/* Starts the program with its output in a pipe; -1 when it cannot be started. */
static int start(const char *program, char *const argv[], pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int ends[2];
    int failed;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    failed = posix_spawnp(child, program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (!failed)
        return ends[0];
    close(ends[0]);
    return -1;
}

/* A line, without what was not found in it; longer ones lose their beginning, which is the folder. */
static void take_line(const char *line, char text[LINES_TEXT_BYTES])
{
    size_t len = strcspn(line, "\n");
    size_t skip = len >= LINES_TEXT_BYTES ? len - (LINES_TEXT_BYTES - 1) : 0;

    if (line[0] == '?')
        len = skip = 0;
    memcpy(text, line + skip, len - skip);
    text[len - skip] = '\0';
}

static bool read_lines(int fd, size_t count, char (*text)[LINES_TEXT_BYTES])
{
    FILE *in = fdopen(fd, "r");
    char *line = NULL;
    size_t room = 0, lines = 0;

    if (!in) {
        close(fd);
        return false;
    }
    while (getline(&line, &room, in) > 0)
        if (lines < count)
            take_line(line, text[lines++]);
    free(line);
    (void)fclose(in); /* read only: nothing can be lost */
    return lines == count;
}

static bool ask(const char *program, char *const argv[], size_t count, char (*text)[LINES_TEXT_BYTES])
{
    pid_t child;
    int fd = start(program, argv, &child), how = 0;
    bool complete;

    if (fd < 0)
        return false;
    complete = read_lines(fd, count, text);
    return waitpid(child, &how, 0) == child && WIFEXITED(how) && WEXITSTATUS(how) == 0 && complete;
}

bool lines_find(const char *elf_path, const uint32_t *addresses, size_t count, char (*text)[LINES_TEXT_BYTES])
{
    char words[LINES_ADDRESSES_MAX][ADDRESS_CHARS];
    const char *argv[LINES_ADDRESSES_MAX + 5] = { "addr2line", "-C", "-e", elf_path };

    if (count == 0 || count > LINES_ADDRESSES_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(words[i], sizeof(words[i]), "0x%08x", addresses[i]);
        argv[4 + i] = words[i];
    }
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        if (ask(programs[i], (char *const *)(uintptr_t)argv, count, text))
            return true;
    return false;
}
