/* SPDX-License-Identifier: Apache-2.0 */
/* Filling in and sealing of crash reports; crash_report.h has the invariants. */
#include "core/crash/crash_report.h"

#include <string.h>

#include "core/base/bytes.h"
#include "port/port_entropy.h"
#include "port/port_hpke.h"
#include "port/port_ns.h"
#include "port/port_status.h"
#include "proto/limits.h"

#define WORD_BYTES     4u
#define REGISTER_BYTES (WORD_BYTES * CRASH_REGISTER_WORDS)

_Static_assert(sizeof(((otr_CrashReport *)0)->registers.bytes) == REGISTER_BYTES, "wire.options");
_Static_assert(sizeof(((otr_CrashReport *)0)->stack.bytes) == CRASH_STACK_MAX_BYTES, "wire.options");
_Static_assert(sizeof(((otr_CrashReport *)0)->sealed.bytes) == CRASH_SEALED_MAX_BYTES, "wire.options");
_Static_assert(REGISTER_BYTES + CRASH_STACK_MAX_BYTES + PORT_HPKE_EXTRA_BYTES == CRASH_SEALED_MAX_BYTES,
               "limits");
_Static_assert(PORT_CRASH_STACK_WORDS *WORD_BYTES == CRASH_STACK_MAX_BYTES, "a kept stack fits a report");
_Static_assert(sizeof(CRASH_SEAL_INFO) - 1 == CRASH_SEAL_INFO_BYTES, "limits");

void crash_report_describe(const struct port_fault *fault, otr_Crash *out)
{
    *out = (otr_Crash){
        .cause = (otr_CrashCause)fault->cause,
        .pc = fault->pc,
        .lr = fault->lr,
        .xpsr = fault->xpsr,
        .address = fault->address,
        .address_known = fault->address_known,
        .fault_status = fault->fault_status,
        .secure_fault_status = fault->secure_fault_status,
    };
}

static int draw_id(otr_CrashReport *report)
{
    uint8_t raw[8];

    if (port_entropy_get(raw, sizeof(raw)) != 0)
        return PORT_EIO;
    report->report_id = bytes_get_u64(raw) | 1u; /* never 0 */
    return 0;
}

static void put_registers(const struct port_fault *fault, uint8_t out[REGISTER_BYTES])
{
    const uint32_t last[] = { fault->sp, fault->lr, fault->pc, fault->xpsr };
    uint8_t *at = out;

    for (uint32_t i = 0; i < PORT_FAULT_GENERAL_REGISTERS; i++, at += WORD_BYTES)
        bytes_put_u32(at, fault->r[i]);
    for (uint32_t i = 0; i < sizeof(last) / sizeof(last[0]); i++, at += WORD_BYTES)
        bytes_put_u32(at, last[i]);
}

/* Word by word, because the stack may end sooner than wanted. Returns the bytes that were read. */
static uint32_t read_stack(uint32_t sp, uint32_t wanted, uint8_t *out)
{
    uint32_t length = 0;

    if (wanted > CRASH_STACK_MAX_BYTES)
        wanted = CRASH_STACK_MAX_BYTES;
    while (length + WORD_BYTES <= wanted && port_ns_read(sp + length, out + length, WORD_BYTES) == 0)
        length += WORD_BYTES;
    return length;
}

/* The id that the seal is bound to, big-endian as all integers outside protobuf. */
static void put_id(uint64_t id, uint8_t out[8])
{
    for (uint32_t i = 0; i < 8; i++)
        out[i] = (uint8_t)(id >> (56 - 8 * i));
}

static void seal(otr_CrashReport *report, const struct port_fault *fault, const struct crash_wish *wish)
{
    uint8_t id[8];
    const struct port_hpke_purpose purpose = { CRASH_SEAL_INFO, CRASH_SEAL_INFO_BYTES, id, sizeof(id) };
    uint8_t *text = report->sealed.bytes + PORT_HPKE_KEY_BYTES;
    uint32_t length = REGISTER_BYTES + read_stack(fault->sp, wish->stack_bytes, text + REGISTER_BYTES);

    put_id(report->report_id, id);
    put_registers(fault, text);
    if (port_hpke_seal(wish->key, &purpose, report->sealed.bytes, length) == 0)
        report->sealed.size = (pb_size_t)(length + PORT_HPKE_EXTRA_BYTES);
}

int crash_report_take(otr_CrashReport *report, const struct port_fault *fault, const struct crash_wish *wish)
{
    int status = draw_id(report);

    if (status != 0 || !fault->registers_known)
        return status;
    if (wish->key != NULL) {
        seal(report, fault, wish);
        return 0;
    }
    report->registers.size = REGISTER_BYTES;
    put_registers(fault, report->registers.bytes);
    report->stack.size = (pb_size_t)read_stack(fault->sp, wish->stack_bytes, report->stack.bytes);
    return 0;
}

int crash_report_own(otr_CrashReport *report, const struct port_crash *crash)
{
    int status;

    memset(report, 0, sizeof(*report));
    status = draw_id(report);
    report->origin = otr_CrashOrigin_CRASH_OF_MICROVISOR;
    report->boot_id = crash->boot_id;
    report->device_us = crash->device_us;
    report->microvisor_number = crash->microvisor_number;
    report->has_crash = true;
    crash_report_describe(&crash->fault, &report->crash);
    if (!crash->fault.registers_known)
        return status;
    report->registers.size = REGISTER_BYTES;
    put_registers(&crash->fault, report->registers.bytes);
    for (uint32_t i = 0; i < crash->stack_words; i++)
        bytes_put_u32(report->stack.bytes + WORD_BYTES * i, crash->stack[i]);
    report->stack.size = (pb_size_t)(WORD_BYTES * crash->stack_words);
    return status;
}
