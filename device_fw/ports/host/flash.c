/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_flash in a file, with the rules of NOR flash.
 *
 * The file is a 4 KiB header and then the areas in a fixed order. It holds the complement of the flash's
 * bytes: erased flash (0xff) is zeros, so that a new flash and erased sectors are holes that cost no disk,
 * which counts with thousands of devices.
 *
 * Invariants: F1 to F3 of port_flash.h, where power loss is the death of this process; what a crash of the
 * machine itself loses is up to its file system. One process at a time owns the file (lock).
 */
#include "port/port_flash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "port/port_status.h"
#include "ports/host/host.h"

#define HEADER_BYTES 4096u
#define KIB          1024u

static const char header_magic[] = "outrigger-host flash 2\n";

static const uint32_t area_bytes[PORT_FLASH_AREA_COUNT] = {
    [PORT_FLASH_KV] = 64 * KIB,
    [PORT_FLASH_MICROVISOR_A] = 512 * KIB,
    [PORT_FLASH_MICROVISOR_B] = 512 * KIB,
    [PORT_FLASH_OTA] = 768 * KIB,
    [PORT_FLASH_APP] = 1024 * KIB,
    [PORT_FLASH_STAGING] = 4096 * KIB,
    [PORT_FLASH_EXTERNAL] = 8192 * KIB,
    [PORT_FLASH_BOOT] = 16 * KIB,
    [PORT_FLASH_SELF] = 16 * KIB,
    [PORT_FLASH_CRASH] = 32 * KIB,
};

static int flash_fd = -1;

static off_t area_start(unsigned area)
{
    off_t start = HEADER_BYTES;

    for (unsigned i = 0; i < area; i++) {
        start += area_bytes[i];
    }
    return start;
}

/* Writes the header last: a file without it was never complete. */
static int format(int fd)
{
    if (ftruncate(fd, area_start(PORT_FLASH_AREA_COUNT)) != 0 ||
        pwrite(fd, header_magic, sizeof header_magic, 0) != (ssize_t)sizeof header_magic) {
        return -1;
    }
    return 0;
}

static int check_header(int fd, const char *path)
{
    char found[sizeof header_magic] = "";
    struct stat file;

    if (fstat(fd, &file) != 0) {
        fprintf(stderr, "flash file=%s failed=%s\n", path, strerror(errno));
        return -1;
    }
    if (file.st_size == 0) {
        if (format(fd) != 0) {
            fprintf(stderr, "flash file=%s failed=%s\n", path, strerror(errno));
            return -1;
        }
        return 0;
    }
    if (file.st_size != area_start(PORT_FLASH_AREA_COUNT) ||
        pread(fd, found, sizeof found, 0) != (ssize_t)sizeof found ||
        memcmp(found, header_magic, sizeof found) != 0) {
        fprintf(stderr,
                "flash file=%s is not a flash file of this program; name a new file, or remove this one\n",
                path);
        return -1;
    }
    return 0;
}

int host_flash_open(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0) {
        fprintf(stderr, "flash file=%s failed=%s\n", path, strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        fprintf(stderr, "flash file=%s is in use by another device process\n", path);
        close(fd);
        return -1;
    }
    if (check_header(fd, path) != 0) {
        close(fd);
        return -1;
    }
    flash_fd = fd;
    return 0;
}

static bool in_area(enum port_flash_area area, uint32_t offset, uint32_t len)
{
    return (unsigned)area < PORT_FLASH_AREA_COUNT && offset <= area_bytes[area] &&
           len <= area_bytes[area] - offset;
}

uint32_t port_flash_bytes(enum port_flash_area area)
{
    return (unsigned)area < PORT_FLASH_AREA_COUNT ? area_bytes[area] : 0;
}

int port_flash_read(enum port_flash_area area, uint32_t offset, void *buf, uint32_t len)
{
    uint8_t *bytes = buf;

    if (!in_area(area, offset, len)) {
        return PORT_EINVAL;
    }
    if (pread(flash_fd, buf, len, area_start(area) + offset) != (ssize_t)len) {
        return PORT_EIO;
    }
    for (uint32_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)~bytes[i];
    }
    return PORT_OK;
}

/* Turns stored bytes into those after programming; false when a bit would have to go from 0 to 1. */
static bool program_chunk(uint8_t *stored, const uint8_t *wanted, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        uint8_t complement = (uint8_t)~wanted[i];

        if ((stored[i] & wanted[i]) != 0) {
            return false;
        }
        stored[i] = complement;
    }
    return true;
}

/* Reads what is there sector by sector; with write, programs it. Two passes: the first refuses before
 * anything changed. */
static int program_pass(off_t at, const uint8_t *wanted, uint32_t len, bool do_write)
{
    uint8_t stored[PORT_FLASH_SECTOR_BYTES];

    while (len > 0) {
        uint32_t chunk = len < sizeof stored ? len : (uint32_t)sizeof stored;

        if (pread(flash_fd, stored, chunk, at) != (ssize_t)chunk) {
            return PORT_EIO;
        }
        if (!program_chunk(stored, wanted, chunk)) {
            return PORT_EINVAL;
        }
        if (do_write && pwrite(flash_fd, stored, chunk, at) != (ssize_t)chunk) {
            return PORT_EIO;
        }
        at += chunk;
        wanted += chunk;
        len -= chunk;
    }
    return PORT_OK;
}

int port_flash_program(enum port_flash_area area, uint32_t offset, const void *buf, uint32_t len)
{
    int ret;

    if (!in_area(area, offset, len) || offset % PORT_FLASH_UNIT_BYTES != 0 ||
        len % PORT_FLASH_UNIT_BYTES != 0) {
        return PORT_EINVAL;
    }
    ret = program_pass(area_start(area) + offset, buf, len, false);
    return ret == PORT_OK ? program_pass(area_start(area) + offset, buf, len, true) : ret;
}

int port_flash_erase(enum port_flash_area area, uint32_t offset, uint32_t len)
{
    static const uint8_t zeros[PORT_FLASH_SECTOR_BYTES];
    off_t at;

    if (!in_area(area, offset, len) || offset % PORT_FLASH_SECTOR_BYTES != 0 ||
        len % PORT_FLASH_SECTOR_BYTES != 0) {
        return PORT_EINVAL;
    }
    at = area_start(area) + offset;
    if (len == 0 || fallocate(flash_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, len) == 0) {
        return PORT_OK;
    }
    /* A file system without holes. */
    for (uint32_t done = 0; done < len; done += sizeof zeros) {
        if (pwrite(flash_fd, zeros, sizeof zeros, at + done) != (ssize_t)sizeof zeros) {
            return PORT_EIO;
        }
    }
    return PORT_OK;
}
