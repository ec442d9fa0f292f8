/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for malloc and new: newlib asks for it here. Linked only into applications that use a heap. */
#include <errno.h>
#include <stddef.h>

extern char __heap_start[];
extern char __heap_end[];

void *_sbrk(ptrdiff_t increment);

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
