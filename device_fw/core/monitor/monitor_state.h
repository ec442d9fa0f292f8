/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that the microvisor is made of, and the functions by which the files of this room call each other.
 * One instance, static, owned by monitor.c; nobody outside the room sees it.
 */
#ifndef CORE_MONITOR_STATE_H
#define CORE_MONITOR_STATE_H

#include "core/chan/chan.h"
#include "core/keys/keyring.h"
#include "core/link/link_fsm.h"
#include "core/monitor/crash_policy.h"
#include "core/ota/ota.h"
#include "core/prov/prov.h"
#include "core/self/self.h"
#include "core/sys/mv_abi.h"
#include "port/port_fault.h"

/* The application's life as the monitor sees it; INSTALLING is the update engine's to say. */
enum app_life { APP_LIFE_NONE, APP_LIFE_RUNNING, APP_LIFE_WAITING, APP_LIFE_HELD };

struct app {
    enum app_life life;
    bool fresh;           /* newly installed: its start is announced */
    uint32_t wake_reason; /* for the next start */
    uint64_t start_us;    /* WAITING: when to start; RUNNING: when it was started */
    uint64_t asked_us;    /* when it was asked for leave to update; 0: it is not being asked */
    uint32_t crash_count; /* since this start of the microvisor */
    struct crash_policy policy;
    uint8_t policy_of[SHA256_BYTES]; /* manifest that the policy belongs to */
};

/* Connectivity policy (monitor_online.c). */
struct online {
    uint64_t met_us;  /* when the server was last there; 0: not since the start */
    uint64_t idle_us; /* UP: since when there has been no reason to be; 0: there is one */
};

struct monitor {
    uint64_t now_us;
    uint64_t boot_id;
    uint32_t boot_count;
    uint32_t random; /* state of the jitter generator, never 0 */
    uint64_t time_floor_s;
    bool clock_doubted; /* certificates are checked against the floor alone */

    struct factory_test test;
    struct identity identity;
    struct keyring keyring;
    struct port_stream_identity stream_identity;
    struct {
        uint32_t wanted;    /* sequence of the newest message that the server has */
        bool asked;         /* a KeysRequest is under way */
        bool refused;       /* the next message cannot be applied in this session */
        bool told;          /* the server knows the ring as it is */
        uint64_t server_ca; /* the one that vouches for the connection */
    } keys;                 /* of this session */
    struct prov prov;

    struct link_fsm link;
    struct online online;
    struct chan chan;
    bool stream_lost; /* to be told to the link machine when the channel is not in use */
    bool bye;
    uint32_t bye_retry_ms;
    bool cancel_pending[CHAN_FETCHES];
    otr_DeviceMessage message; /* being built; here and not on the stack */
    uint8_t rx[CHAN_RX_BYTES];

    struct ota ota;
    union {
        uint8_t blocks[OTA_FETCHES]
                      [BLOCK_BYTES]; /* of ota; until provisioned the last one is prov's scratch memory */
        struct {
            uint8_t others[OTA_FETCHES - 1][BLOCK_BYTES];
            struct identity_work work;
        } unprovisioned;
    };

    uint64_t crash_sent; /* report of this session that is not acknowledged yet; 0: none */
    bool crash_limit_told;

    struct self self;
    bool restarting; /* the device is to be restarted, at the latest at: */
    uint64_t restart_us;

    struct app app;
    bool restart_seq_known;
    uint32_t restart_seq;

    bool status_known; /* status_sent is what the server has of this session */
    otr_AppStatus status_sent;
    uint64_t status_sent_us;
    otr_MicrovisorStatus self_status_sent;
    uint64_t self_status_sent_us;
};

/* monitor.c */
void monitor_log(otr_LogKind kind, const char *text);
uint32_t monitor_random(struct monitor *monitor);
void monitor_apply_desired(struct monitor *monitor, const otr_Desired *desired);

/* monitor_link.c: the stream, the link machine and the channel. Each step returns when it wants to be called again. */
void monitor_link_init(struct monitor *monitor);
void monitor_link_enable(struct monitor *monitor);
uint64_t monitor_link_receive(struct monitor *monitor);
uint64_t monitor_link_send(struct monitor *monitor);
void monitor_link_rest(struct monitor *monitor);
void monitor_link_resume(struct monitor *monitor);
/* Ends the connection, so that a new one is made with what has changed. */
void monitor_link_renew(struct monitor *monitor, const char *why);

/* monitor_online.c: the connectivity policy. */
uint64_t monitor_online_step(struct monitor *monitor);

/* monitor_keys.c: whom the device trusts. */
void monitor_keys_reset(struct monitor *monitor); /* the session is over */
void monitor_keys_greet(struct monitor *monitor, otr_Hello *hello);
void monitor_keys_want(struct monitor *monitor, uint32_t sequence);
void monitor_keys_take(struct monitor *monitor, const otr_KeysUpdate *update);
void monitor_keys_step(struct monitor *monitor);

/* monitor_update.c: the update engine's owner. */
void monitor_update_init(struct monitor *monitor);
void monitor_update_mount(struct monitor *monitor);
void monitor_update_cancel_pending(struct monitor *monitor);
int monitor_update_fetch_open(struct monitor *monitor, uint32_t number, const uint8_t sha256[SHA256_BYTES],
                              uint32_t offset, uint32_t length);
void monitor_update_fetch_cancel(struct monitor *monitor, uint32_t number);
const char *monitor_update_error_words(otr_UpdateError error);
extern const struct chan_fetch_sink monitor_fetch_sink;

/* monitor_self.c: owner of the microvisor's own update, and the restart of the device. */
void monitor_self_init(struct monitor *monitor);
uint64_t monitor_self_step(struct monitor *monitor);

/* monitor_app.c: the application's life. */
void monitor_app_init(struct monitor *monitor);
uint64_t monitor_app_step(struct monitor *monitor);
void monitor_app_restart(struct monitor *monitor, uint32_t wake_reason);
void monitor_app_stop(struct monitor *monitor);
/* Stops it until the microvisor starts again, or something else is installed. */
void monitor_app_hold(struct monitor *monitor);
void monitor_app_installed(struct monitor *monitor, bool repaired);

/* monitor_test.c: the factory's test application. */
void monitor_test_init(struct monitor *monitor);
/* Is what is installed to be started as a test? */
bool monitor_test_applies(const struct monitor *monitor);
/* Acts on the test's word; true when the application was stopped for it. */
bool monitor_test_step(struct monitor *monitor);
/* Writes what the test has logged to the console. */
void monitor_test_drain(void);
/* Something was installed or mounted: if it is not the test, there is none any more. */
void monitor_test_settle(struct monitor *monitor);
/* The server wants this manifest: if it was tested here, it is an application like any other from now on. */
void monitor_test_wanted(struct monitor *monitor, const uint8_t manifest_sha256[SHA256_BYTES]);

/* monitor_polite.c: the moment from which the application may be interrupted for an update, 0 = now (P1, P2); and telling
 * it what the updates are about. */
uint64_t monitor_polite_until(const struct monitor *monitor);
void monitor_polite_tell(struct monitor *monitor);

/* monitor_crash.c: reports of crashes, delivered until they are acknowledged. */
void monitor_crash_init(struct monitor *monitor);
void monitor_crash_record(struct monitor *monitor, const struct port_fault *fault, const otr_Crash *crash);
void monitor_crash_step(struct monitor *monitor);
void monitor_crash_ack(struct monitor *monitor, uint64_t report_id);

/* monitor_flash.c: what the application waits for in external flash. */
void monitor_flash_init(void);
uint64_t monitor_flash_step(struct monitor *monitor);

/* monitor_status.c: what the server is told. */
void monitor_status_hello(struct monitor *monitor, otr_Hello *hello);
uint64_t monitor_status_step(struct monitor *monitor);
bool monitor_status_is_told(const struct monitor *monitor); /* the server knows it all */

#endif
