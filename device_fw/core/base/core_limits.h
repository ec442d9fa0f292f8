/* SPDX-License-Identifier: Apache-2.0 */
/* Every size and time limit of the microvisor core that is not part of the wire contract, each with its
 * reason. */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

/* Log ring: survives some seconds of a chatty application while offline; the largest single consumer of core
 * RAM. */
#define LOG_RING_BYTES 12288u
/* Part of the ring that application lines may not use, so that a crash or an update can always be reported.
 */
#define LOG_RESERVE_BYTES 1024u
/* At most this many lines are sent ahead of the server's acknowledgement: bounds what is sent twice after a
 * cut. */
#define LOG_UNACKED_MAX 64u

/* Outgoing control messages: two of the largest with their headers, so that one can be built while one
 * leaves. */
#define CHAN_TX_BYTES 2568u
/* Bytes that may be waiting there before logs pause: keeps room for heartbeats and credit. */
#define CHAN_TX_LOG_MARK 1280u
/* Bytes taken from the TLS stream at once: half a record, a compromise between copies and RAM. */
#define CHAN_RX_BYTES 2048u
/* Credit of a blob stream: hides about one round trip at 1.5 MB/s and 20 ms while flash is programmed. */
#define CHAN_FETCH_WINDOW_BYTES 32768u

/* Blob streams of an application update at once: the second hides the round trip between two runs of blocks. Each costs one block of
 * RAM. */
#define OTA_FETCHES 2u
/* Streams of the channel: those, and one of the microvisor's own update, which waits for nobody. */
#define CHAN_FETCHES    (OTA_FETCHES + 1u)
#define CHAN_FETCH_SELF OTA_FETCHES
/* A stream that delivers nothing for this long while the link is up is given up. */
#define OTA_STALL_MS 30000u
/* Waiting time after a failed update that may succeed later; doubles from minimum to maximum. */
#define OTA_RETRY_MIN_MS 5000u
#define OTA_RETRY_MAX_MS 300000u
/* Blocks that the planner looks at per step: bounds the time (milliseconds) that the link waits. */
#define OTA_PLAN_BLOCKS_PER_STEP 8u
/* Programming one block may fail and be repeated this often before the flash is called broken. */
#define OTA_FLASH_TRIES 3u

/* Reconnecting (PROTOCOL.md section 3): full jitter below a ceiling that doubles. */
#define LINK_BACKOFF_MIN_MS 1000u
#define LINK_BACKOFF_MAX_MS 300000u
/* From open to TLS up, and from Hello to Welcome. Slow radio links need many seconds for a handshake. */
#define LINK_OPEN_TIMEOUT_MS    30000u
#define LINK_WELCOME_TIMEOUT_MS 20000u

/* Key/value store: number of keys and largest value (a Provision message of 1,993 bytes). */
#define KV_KEYS_MAX        32u
#define KV_VALUE_MAX_BYTES 2048u

/* Notification centres, limit of the original's ABI. */
#define SYS_CENTRES_MAX 32u
/* Network handles that an application may hold; the original's demos use one. */
#define SYS_NETWORKS_MAX 16u
/* System notifications that an application may hold; the original has two sources of them. */
#define SYS_LISTENERS_MAX 8u
/* Handles of external flash, limit of the original's ABI. */
#define SYS_FLASH_HANDLES_MAX 32u
/* How long an answer waits for the call that it belongs to, while another call wants to ask: some turns of a kernel's time
 * slices; a task that was deleted never comes. */
#define SYS_FLASH_KEEP_US 20000u
/* Alignment and granularity of the buffer that an application hands to mvServerLoggingInit. */
#define SYS_LOG_BUFFER_ALIGN 512u
/* Of the buffer for the factory test's log this much is used: bounds how long a test that ends keeps the console busy. */
#define SYS_TEST_LOG_BYTES_MAX 2048u

/* Characters of a console line, bound of PROTOCOL.md section 8. */
#define PROV_LINE_MAX_CHARS 4608u

/* Crash policy of a bundle that does not say: a second is bearable for a user, five minutes for a battery. */
#define CRASH_RESTART_MIN_MS 1000u
#define CRASH_RESTART_MAX_MS 300000u
/* An application that ran this long, and at least ten times its last backoff, is healthy: backoff starts
 * again. */
#define CRASH_HEALTHY_MS 60000u

/* A microvisor on trial that has not checked in for so long gives up. It was fetched minutes ago, so the server is in reach: this
 * is several tries at the longest backoff, and the restart of a router or of the server. */
#define SELF_TRIAL_MS 900000u
/* Waiting time after a failed microvisor update that may succeed later; doubles from minimum to maximum. The maximum is what an
 * erase cycle of the slot is worth when a server lies without end. */
#define SELF_RETRY_MIN_MS 5000u
#define SELF_RETRY_MAX_MS 3600000u
/* Before such a restart the server is given this long to store the last log lines. */
#define SELF_FAREWELL_MS 2000u

/* Crash reports: kept at once in each start, and at most this often after that, so that a crash loop does not wear the flash
 * (core/crash, C6). */
#define CRASH_BURST       4u
#define CRASH_INTERVAL_MS 1800000u
/* Reports of the microvisor's own crashes: at most so many in so many starts. A loop of crashing starts has no clock that goes on. */
#define CRASH_OWN_MAX    4u
#define CRASH_OWN_STARTS 256u

/* How long an application that asked to be asked may keep an update waiting when its bundle does not say: a day has a night. */
#define POLITENESS_DEFAULT_SEC 86400u

/* Least time between two reports of update progress (PROTOCOL.md section 3: at most twice per second). */
#define STATUS_PROGRESS_MS 500u
/* The time floor in flash is moved on when it is older than this: bounds flash wear. */
#define TIME_FLOOR_STEP_S 21600u
/* Rounds of receiving per step, so that the application and the update engine get their turn. */
#define MONITOR_RX_ROUNDS 16u

#endif
