/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the C library asks of its surroundings: memory for malloc and new, and an end for abort and exit,
 * which is a crash that the microvisor reports. Linked only into applications that use them. Files and
 * terminals are the application's own business: _write and its sisters are left out.
 */
#include <errno.h>
#include <stddef.h>

extern char __heap_start[];
extern char __heap_end[];

void *_sbrk(ptrdiff_t increment);
_Noreturn void _exit(int status);
int _kill(int process, int signal);
int _getpid(void);

void *_sbrk(ptrdiff_t increment)
{
    static char *top = __heap_start;
    char *old = top;

    if (increment > __heap_end - top || increment < __heap_start - top) {
        errno = ENOMEM;
        return (void *)-1; /* what newlib expects */
    }
    top += increment;
    return old;
}

void _exit(int status)
{
    (void)status;
    __builtin_trap();
}

int _getpid(void)
{
    return 1;
}

/* abort() is a signal to oneself. */
int _kill(int process, int signal)
{
    (void)process;
    _exit(signal);
}
