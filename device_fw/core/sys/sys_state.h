/* SPDX-License-Identifier: Apache-2.0 */
/* State and call functions shared by the files of this room only. Each call gets r0..r3 and returns an enum
 * mv_status. */
#ifndef CORE_SYS_STATE_H
#define CORE_SYS_STATE_H

#include "core/base/core_limits.h"
#include "core/sys/sys.h"

/* A notification centre: a ring of records in the application's memory and the interrupt that announces them.
 */
struct sys_centre {
    uint32_t handle; /* 0: free */
    uint32_t irq;
    uint32_t buffer; /* address in the application's memory */
    uint32_t size;   /* bytes */
    uint32_t next;   /* offset of the record that is written next */
};

struct sys_network {
    uint32_t handle; /* 0: free */
    uint32_t centre; /* handle, 0: none */
    uint32_t tag;
};

/* A system notification (sys_system.c). */
struct sys_listener {
    uint32_t handle; /* 0: free */
    uint32_t centre;
    uint32_t tag;
    uint32_t source;
};

/* The test's log: a ring in the buffer that the application has given for it, in its own memory. */
struct sys_test {
    bool enabled;
    bool complete;
    uint32_t status;
    uint32_t buffer; /* address */
    uint32_t size;   /* bytes; 0: mvTestLoggingInit was not called */
    uint32_t out;    /* offset of the oldest byte */
    uint32_t used;
};

/* The one request to the thread (sys_flash.c). */
enum sys_flash_stage { SYS_FLASH_FREE, SYS_FLASH_ASKED, SYS_FLASH_ANSWERED };
struct sys_flash_request {
    enum sys_flash_stage stage;
    uint32_t mark; /* of the call that it belongs to */
    struct sys_flash_work work;
    enum mv_status status;
    uint64_t answered_us;
};

struct sys_flash {
    uint32_t bytes; /* 0: the board has no external flash */
    uint32_t handles[SYS_FLASH_HANDLES_MAX];
    struct sys_flash_request request;
};

struct sys_state {
    struct sys_test test;
    char device_id[SID_CHARS];
    bool wall_known;
    uint64_t wall_minus_clock_us;
    bool logging_enabled;
    uint32_t
        log_quota_bytes; /* size of the application's log buffer; 0: mvServerLoggingInit was not called */
    bool fetching_update;
    bool update_downloaded;
    bool used_network_api;
    uint32_t reasons_here; /* to be connected, as the thread sees them */
    bool restart_asked;
    bool led_changed;
    bool led_on;
    uint32_t wake_reason;
    enum mv_network_status network_status;
    uint64_t last_call_us;
    uint32_t next_handle;
    struct sys_centre centres[SYS_CENTRES_MAX];
    struct sys_network networks[SYS_NETWORKS_MAX];
    struct sys_listener listeners[SYS_LISTENERS_MAX];
    struct sys_flash flash;
};

extern struct sys_state sys_state;

/* A handle that is not 0 and was not given before. */
uint32_t sys_new_handle(void);

/* Writes one event into a centre's next record and pends its interrupt; dropped when the record is not free
 * or the centre is gone. In a call, or in a critical section of the thread. */
void sys_notify(uint32_t centre, enum mv_event_type type, uint32_t tag, uint64_t now_us);

bool sys_centre_exists(uint32_t handle);

/* Notifies all who listen to a source. As sys_notify. */
void sys_tell_listeners(enum mv_system_source source, enum mv_event_type type, uint64_t now_us);

uint32_t sys_get_microseconds(const uint32_t args[4]);
uint32_t sys_get_wall_time(const uint32_t args[4]);
uint32_t sys_get_sysclk(const uint32_t args[4]);
uint32_t sys_get_hclk(const uint32_t args[4]);
uint32_t sys_get_pclk1(const uint32_t args[4]);
uint32_t sys_get_pclk2(const uint32_t args[4]);
uint32_t sys_setup_notifications(const uint32_t args[4]);
uint32_t sys_close_notifications(const uint32_t args[4]);
uint32_t sys_request_network(const uint32_t args[4]);
uint32_t sys_release_network(const uint32_t args[4]);
uint32_t sys_get_network_status(const uint32_t args[4]);
uint32_t sys_get_network_reasons(const uint32_t args[4]);
uint32_t sys_open_system_notification(const uint32_t args[4]);
uint32_t sys_close_system_notification(const uint32_t args[4]);
uint32_t sys_flash_open(const uint32_t args[4]);
uint32_t sys_flash_close(const uint32_t args[4]);
uint32_t sys_flash_get_info(const uint32_t args[4]);
uint32_t sys_flash_read(const uint32_t args[4]);
uint32_t sys_flash_write(const uint32_t args[4]);
uint32_t sys_flash_erase(const uint32_t args[4]);
uint32_t sys_testing_complete(const uint32_t args[4]);
uint32_t sys_test_logging_init(const uint32_t args[4]);
uint32_t sys_test_log(const uint32_t args[4]);

/* Is this a buffer for logging? MV_OKAY, or what is wrong with it. */
uint32_t sys_log_buffer_check(uint32_t address, uint32_t bytes);

/* In a critical section: the application starts. */
void sys_test_starts(void);
void sys_flash_starts(void);

#endif
