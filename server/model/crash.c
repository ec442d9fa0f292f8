/* SPDX-License-Identifier: Apache-2.0 */
/* Names and words of causes (enum CrashCause), and of registers. */
#include "model/crash.h"

#include "proto/limits.h"
#include "wire.pb.h"

static const struct {
    const char *name, *text;
} causes[_otr_CrashCause_ARRAYSIZE] = {
    [otr_CrashCause_CRASH_UNKNOWN] = { "unknown", "the device does not know why" },
    [otr_CrashCause_CRASH_SECURE_VIOLATION] = { "secure_violation", "touched or entered secure memory" },
    [otr_CrashCause_CRASH_BUS_FAULT] = { "bus_fault", "bus fault: nothing answers at that address" },
    [otr_CrashCause_CRASH_MEM_FAULT] = { "mem_fault", "memory protection fault" },
    [otr_CrashCause_CRASH_USAGE_FAULT] = { "usage_fault", "undefined instruction or illegal state" },
    [otr_CrashCause_CRASH_HARD_FAULT] = { "hard_fault", "hard fault: a fault within a fault" },
    [otr_CrashCause_CRASH_WATCHDOG] = { "watchdog", "no progress within the time of the watchdog" },
    [otr_CrashCause_CRASH_BREAKPOINT] = { "breakpoint", "breakpoint without a debugger" },
    [otr_CrashCause_CRASH_BAD_STACK] = { "bad_stack", "the stack pointer leads nowhere" },
    [otr_CrashCause_CRASH_BAD_IMAGE] = { "bad_image",
                                         "the vector table does not point into the application" },
};

const char *model_crash_cause_name(uint32_t cause)
{
    return causes[cause < _otr_CrashCause_ARRAYSIZE ? cause : otr_CrashCause_CRASH_UNKNOWN].name;
}

const char *model_crash_cause_text(uint32_t cause)
{
    return causes[cause < _otr_CrashCause_ARRAYSIZE ? cause : otr_CrashCause_CRASH_UNKNOWN].text;
}

const char *model_crash_origin_name(uint32_t origin)
{
    return origin == otr_CrashOrigin_CRASH_OF_APP          ? "app"
           : origin == otr_CrashOrigin_CRASH_OF_MICROVISOR ? "microvisor"
                                                           : "unknown";
}

const char *model_crash_register_name(unsigned index)
{
    static const char *const names[CRASH_REGISTER_WORDS] = { "r0",  "r1", "r2", "r3", "r4",  "r5",
                                                             "r6",  "r7", "r8", "r9", "r10", "r11",
                                                             "r12", "sp", "lr", "pc", "xpsr" };
    return index < CRASH_REGISTER_WORDS ? names[index] : "";
}
