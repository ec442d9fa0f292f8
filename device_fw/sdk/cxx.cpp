// SPDX-License-Identifier: Apache-2.0
// What C++ without exceptions asks of its surroundings: new and delete over malloc, and functions that the
// compiler calls. Linked only into applications that use them. When memory runs out new is a crash, because
// it may not return nothing.
#include <stdlib.h>

void *operator new(size_t bytes)
{
    void *memory = malloc(bytes > 0 ? bytes : 1);

    if (memory == nullptr) {
        __builtin_trap();
    }
    return memory;
}

void *operator new[](size_t bytes)
{
    return operator new(bytes);
}

void operator delete(void *memory) noexcept
{
    free(memory);
}

void operator delete(void *memory, size_t) noexcept
{
    free(memory);
}

void operator delete[](void *memory) noexcept
{
    free(memory);
}

void operator delete[](void *memory, size_t) noexcept
{
    free(memory);
}

extern "C" {
void *__dso_handle;

[[noreturn]] void __cxa_pure_virtual();
int __aeabi_atexit(void *object, void (*destructor)(void *), void *module);

// A pure virtual function was called, from a constructor or destructor.
void __cxa_pure_virtual()
{
    __builtin_trap();
}

// Destructors of global objects never run: an application does not end.
int __aeabi_atexit(void *, void (*)(void *), void *)
{
    return 0;
}
}
