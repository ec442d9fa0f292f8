/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of the application's ABI that the microvisor answers with: call slots, statuses and layouts as in
 * the original (names there: MvStatus and so on). The application's own header is in device_fw/sdk; both are
 * checked against each other by the unit tests.
 */
#ifndef CORE_MV_ABI_H
#define CORE_MV_ABI_H

#include <stdint.h>

enum mv_slot {
    MV_SLOT_GET_MICROSECONDS = 2,
    MV_SLOT_GET_SYSCLK = 3,
    MV_SLOT_GET_DEVICE_ID = 5,
    MV_SLOT_GET_WALL_TIME = 7,
    MV_SLOT_REQUEST_NETWORK = 8,
    MV_SLOT_CLOSE_NOTIFICATIONS = 10,
    MV_SLOT_SETUP_NOTIFICATIONS = 16,
    MV_SLOT_GET_PCLK1 = 17,
    MV_SLOT_GET_PCLK2 = 18,
    MV_SLOT_GET_HCLK = 23,
    MV_SLOT_GET_NETWORK_REASONS = 25,
    MV_SLOT_RELEASE_NETWORK = 26,
    MV_SLOT_NO_OP = 27,
    MV_SLOT_GET_NETWORK_STATUS = 29,
    MV_SLOT_SERVER_LOGGING_INIT = 36,
    MV_SLOT_SERVER_LOG = 37,
    MV_SLOT_TESTING_COMPLETE = 55,
    MV_SLOT_TEST_LOG = 56,
    MV_SLOT_TEST_LOGGING_INIT = 57,
    MV_SLOT_SYSTEM_LED_ENABLE = 59,
    MV_SLOT_OPEN_SYSTEM_NOTIFICATION = 60,
    MV_SLOT_CLOSE_SYSTEM_NOTIFICATION = 61,
    MV_SLOT_GET_WAKE_REASON = 63,
    MV_SLOT_RESTART = 64,
    MV_SLOT_FLASH_CLOSE = 65,
    MV_SLOT_FLASH_GET_INFO = 66,
    MV_SLOT_FLASH_WRITE = 67,
    MV_SLOT_FLASH_OPEN = 68,
    MV_SLOT_FLASH_ERASE = 69,
    MV_SLOT_FLASH_READ = 70
};

enum mv_status {
    MV_OKAY = 0,
    MV_TIMENOTSET = 1,
    MV_PARAMETERFAULT = 2,
    MV_INVALIDBUFFERSIZE = 3,
    MV_BUFFERALREADYINUSE = 5,
    MV_INVALIDINTERRUPT = 6,
    MV_INVALIDHANDLE = 7,
    MV_TOOMANYNOTIFICATIONBUFFERS = 8,
    MV_UNAVAILABLE = 10,
    MV_UNSUPPORTEDSTRUCTUREVERSION = 11,
    MV_TOOMANYCHANNELS = 12,
    MV_INVALIDBUFFERALIGNMENT = 18,
    MV_LOGMESSAGETOOLONG = 25,
    MV_LOGGINGDISABLEDBYSERVER = 26,
    MV_INTERNALERROR = 33,
    MV_ADDRESSOUTOFRANGE = 37
};

enum mv_event_type { MV_EVENT_NONE = 0, MV_EVENT_NETWORK_STATUS_CHANGED = 1, MV_EVENT_UPDATE_DOWNLOADED = 5 };

enum mv_system_source { MV_SOURCE_NETWORK = 0, MV_SOURCE_UPDATE = 1 };

enum mv_network_status {
    MV_NETWORK_DELIBERATELY_OFFLINE = 0,
    MV_NETWORK_CONNECTED = 1,
    MV_NETWORK_CONNECTING = 2,
    MV_NETWORK_DISCONNECTED = 3 /* the link is up, the server is not reached */
};

/* Bits of mvGetNetworkReasons. */
enum mv_network_reason {
    MV_REASON_USING_NETWORK = 1,
    MV_REASON_NEVER_USED_API = 2,
    MV_REASON_CHECK_IN_EXPIRED = 4,
    MV_REASON_RTC_NOT_SET = 8,
    MV_REASON_COLD_BOOT = 64,
    MV_REASON_FETCHING_UPDATE = 128,
    MV_REASON_NO_APPLICATION_CODE = 512
};

/* Only those that this microvisor gives; one byte in the application's memory. Smaller values:
 * otr.ResetReason. */
enum mv_wake_reason {
    MV_WAKE_REMOTE_APPLICATION_RESTART = 2,
    MV_WAKE_APPLICATION_CRASH = 8,
    MV_WAKE_APPLICATION_UPDATE = 9
};

enum mv_restart_mode { MV_RESTART_AUTO_APPLY_UPDATE = 0 };

/* Structs in the application's memory; every field is naturally aligned, so the layout is the ABI's. */
struct mv_notification {
    uint64_t microseconds;
    uint32_t event_type; /* 0: free record */
    uint32_t tag;
};

struct mv_notification_setup {
    uint32_t irq;
    uint32_t buffer;
    uint32_t buffer_size;
};

struct mv_request_network {
    uint32_t version;
    uint32_t notification_handle;
    uint32_t notification_tag;
};

struct mv_open_system_notification {
    uint32_t notification_handle;
    uint32_t notification_tag;
    uint32_t source; /* enum mv_system_source */
};

_Static_assert(sizeof(struct mv_open_system_notification) == 12, "ABI");
struct mv_flash_info {
    uint32_t version;
    uint32_t chip_id;
    uint32_t size;
    uint32_t num_handles;
};

_Static_assert(sizeof(struct mv_flash_info) == 16, "ABI");
_Static_assert(sizeof(struct mv_notification) == 16, "ABI");
_Static_assert(sizeof(struct mv_notification_setup) == 12, "ABI");
_Static_assert(sizeof(struct mv_request_network) == 12, "ABI");

#endif
