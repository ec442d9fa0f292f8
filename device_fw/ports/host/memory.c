/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The application's memory: a code window that only port_ns_load writes, and RAM.
 *
 * Both are mapped lazily and cost only the pages that are used: thousands of these processes share one
 * machine. The erased rest of the code window is not stored at all.
 */
#include "ports/host/memory.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "port/port_ns.h"
#include "port/port_status.h"

static uint8_t code[MEMORY_CODE_BYTES];
static uint32_t code_len; /* bytes from here on are 0xff */
static uint8_t *ram;

static bool inside(uint32_t address, uint32_t len, uint32_t window, uint32_t window_bytes)
{
    uint32_t offset = address - window;

    return address >= window && offset <= window_bytes && len <= window_bytes - offset;
}

int memory_code_write(uint32_t offset, const void *data, uint32_t len)
{
    if (offset > MEMORY_CODE_BYTES || len > MEMORY_CODE_BYTES - offset) {
        return PORT_EINVAL;
    }
    if (offset > code_len) {
        memset(code + code_len, 0xff, offset - code_len);
    }
    memcpy(code + offset, data, len);
    if (offset + len > code_len) {
        code_len = offset + len;
    }
    return PORT_OK;
}

int memory_code_end(uint32_t offset)
{
    if (offset > MEMORY_CODE_BYTES) {
        return PORT_EINVAL;
    }
    if (offset > code_len) {
        memset(code + code_len, 0xff, offset - code_len);
    }
    code_len = offset;
    return PORT_OK;
}

const uint8_t *memory_code(uint32_t *len)
{
    *len = code_len;
    return code;
}

int memory_ram_wipe(void)
{
    if (ram == NULL) {
        void *map = mmap(NULL, MEMORY_RAM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        ram = map == MAP_FAILED ? NULL : map;
        return ram == NULL ? -1 : 0;
    }
    return madvise(ram, MEMORY_RAM_BYTES, MADV_DONTNEED); /* anonymous pages come back as zeros */
}

bool port_ns_readable(uint32_t address, uint32_t len)
{
    return inside(address, len, MEMORY_CODE_ADDRESS, MEMORY_CODE_BYTES) || port_ns_writable(address, len);
}

bool port_ns_writable(uint32_t address, uint32_t len)
{
    return ram != NULL && inside(address, len, MEMORY_RAM_ADDRESS, MEMORY_RAM_BYTES);
}

static void code_read(uint32_t offset, uint8_t *buf, uint32_t len)
{
    uint32_t stored = offset < code_len ? code_len - offset : 0;

    if (stored > len) {
        stored = len;
    }
    memcpy(buf, code + offset, stored);
    memset(buf + stored, 0xff, len - stored);
}

int port_ns_read(uint32_t address, void *buf, uint32_t len)
{
    if (port_ns_writable(address, len)) {
        memcpy(buf, ram + (address - MEMORY_RAM_ADDRESS), len);
        return PORT_OK;
    }
    if (inside(address, len, MEMORY_CODE_ADDRESS, MEMORY_CODE_BYTES)) {
        code_read(address - MEMORY_CODE_ADDRESS, buf, len);
        return PORT_OK;
    }
    return PORT_EINVAL;
}

int port_ns_write(uint32_t address, const void *buf, uint32_t len)
{
    if (!port_ns_writable(address, len)) {
        return PORT_EINVAL;
    }
    memcpy(ram + (address - MEMORY_RAM_ADDRESS), buf, len);
    return PORT_OK;
}
