/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated application's world; see ns_fake.h. Loading while it is not OFF aborts the test (port_ns.h). */
#include "tests/unit/device/ns_fake.h"

#include <stdlib.h>
#include <string.h>

#include "port/port_status.h"
#include "port/port_syscall.h"

static struct {
    uint8_t code[FLASH_FAKE_APP_BYTES];
    uint8_t ram[NS_FAKE_RAM_SIZE];
    enum port_ns_state state;
    struct port_fault fault;
    uint32_t sp;
    uint32_t starts;
    uint32_t pended[NS_FAKE_IRQ_MAX + 1];
    bool refuse;
    void (*on_start)(void);
} ns;

void ns_fake_reset(void)
{
    memset(&ns, 0, sizeof(ns));
    ns.sp = NS_FAKE_SP;
}

void ns_fake_sp(uint32_t sp)
{
    ns.sp = sp;
}

uint8_t *ns_fake_code(void)
{
    return ns.code;
}

uint8_t *ns_fake_ram(void)
{
    return ns.ram;
}

uint32_t ns_fake_starts(void)
{
    return ns.starts;
}

void ns_fake_refuse_start(bool refuse)
{
    ns.refuse = refuse;
}

void ns_fake_on_start(void (*on_start)(void))
{
    ns.on_start = on_start;
}

void ns_fake_fault(uint32_t cause, uint32_t pc)
{
    ns.state = PORT_NS_FAULTED;
    ns.fault =
        (struct port_fault){ .cause = cause, .sp = ns.sp, .lr = 114, .pc = pc, .registers_known = true };
    for (uint32_t i = 0; i < PORT_FAULT_GENERAL_REGISTERS; i++)
        ns.fault.r[i] = 100 + i;
}

uint32_t ns_fake_pended(uint32_t irq)
{
    return ns.pended[irq];
}

int port_ns_load(uint32_t offset, const void *data, uint32_t len)
{
    if (ns.state != PORT_NS_OFF || offset > sizeof(ns.code) || len > sizeof(ns.code) - offset)
        abort();
    memcpy(ns.code + offset, data, len);
    return 0;
}

int port_ns_load_finish(uint32_t offset)
{
    if (ns.state != PORT_NS_OFF || offset > sizeof(ns.code))
        abort();
    memset(ns.code + offset, 0xff, sizeof(ns.code) - offset);
    return 0;
}

int port_ns_start(void)
{
    if (ns.state != PORT_NS_OFF)
        abort();
    if (ns.refuse)
        return PORT_EINVAL;
    if (ns.on_start != NULL)
        ns.on_start();
    ns.starts++;
    ns.state = PORT_NS_RUNNING;
    return 0;
}

void port_ns_stop(bool wipe_ram)
{
    ns.state = PORT_NS_OFF;
    if (wipe_ram)
        memset(ns.ram, 0, sizeof(ns.ram));
}

enum port_ns_state port_ns_state(void)
{
    return ns.state;
}

int port_ns_fault(struct port_fault *out)
{
    if (ns.state != PORT_NS_FAULTED)
        return PORT_ENOENT;
    *out = ns.fault;
    return 0;
}

int port_ns_place(struct port_fault *out)
{
    if (ns.state != PORT_NS_RUNNING) {
        return PORT_ENOENT;
    }
    *out = (struct port_fault){ .pc = NS_FAKE_PLACE };
    return PORT_OK;
}

static uint32_t call_mark;

void ns_fake_call_mark(uint32_t mark)
{
    call_mark = mark;
}

uint32_t port_syscall_mark(void)
{
    return call_mark;
}

void port_syscall_mark_set(uint32_t mark)
{
    call_mark = mark;
}

static bool within(uint32_t address, uint32_t len, uint32_t start, uint32_t size)
{
    return address >= start && len <= size && address - start <= size - len;
}

bool port_ns_readable(uint32_t address, uint32_t len)
{
    return within(address, len, NS_FAKE_RAM, NS_FAKE_RAM_SIZE) ||
           within(address, len, NS_FAKE_CODE, FLASH_FAKE_APP_BYTES);
}

bool port_ns_writable(uint32_t address, uint32_t len)
{
    return within(address, len, NS_FAKE_RAM, NS_FAKE_RAM_SIZE);
}

int port_ns_read(uint32_t address, void *buf, uint32_t len)
{
    if (!port_ns_readable(address, len))
        return PORT_EINVAL;
    if (within(address, len, NS_FAKE_RAM, NS_FAKE_RAM_SIZE))
        memcpy(buf, ns.ram + (address - NS_FAKE_RAM), len);
    else
        memcpy(buf, ns.code + (address - NS_FAKE_CODE), len);
    return 0;
}

int port_ns_write(uint32_t address, const void *buf, uint32_t len)
{
    if (!port_ns_writable(address, len))
        return PORT_EINVAL;
    memcpy(ns.ram + (address - NS_FAKE_RAM), buf, len);
    return 0;
}

bool port_ns_irq_valid(uint32_t irq)
{
    return irq >= NS_FAKE_IRQ_MIN && irq <= NS_FAKE_IRQ_MAX;
}

int port_ns_irq_pend(uint32_t irq)
{
    if (!port_ns_irq_valid(irq))
        return PORT_EINVAL;
    ns.pended[irq]++;
    return 0;
}
