/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper parses requests of roles that face the network. Should one of them find a hole here, the filter
 * leaves it no way to carry a key out: no new sockets, no programs, no tracing. The bus ends that are open
 * already stay usable.
 *
 * A deny list, not an allow list: it must hold for every C library without knowing which calls that makes.
 */
#include "keeper/sandbox.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/log.h"
#include "base/status.h"

#if defined(__x86_64__)
#define SANDBOX_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SANDBOX_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef SANDBOX_ARCH

/* Numbers with this bit are a second table of system calls on x86-64 (x32), which is not used here. */
#define OTHER_TABLE_BIT 0x40000000u

#define LOAD(field)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define DENY(number)   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), ANSWER(SECCOMP_RET_ERRNO | EPERM)

static int filter_install(void)
{
    struct sock_filter code[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SANDBOX_ARCH, 1, 0),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, OTHER_TABLE_BIT, 0, 1),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
        DENY(SYS_socket),
        DENY(SYS_socketpair),
        DENY(SYS_connect),
        DENY(SYS_bind),
        DENY(SYS_listen),
        DENY(SYS_accept),
        DENY(SYS_accept4),
        DENY(SYS_execve),
        DENY(SYS_execveat),
        DENY(SYS_ptrace),
        DENY(SYS_process_vm_readv),
        DENY(SYS_process_vm_writev),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = { .len = sizeof code / sizeof code[0], .filter = code };

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#else

static int filter_install(void)
{
    errno = ENOSYS;
    return -1;
}

#endif

int keeper_sandbox_enter(void)
{
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        log_error("sandbox_failed", "error", strerror(errno));
        return ST_IO;
    }
    if (filter_install() != 0)
        log_warn("sandbox_without_filter", "error", strerror(errno));
    return ST_OK;
}
