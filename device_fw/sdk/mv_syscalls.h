/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls: what an application asks of the microvisor. Names, numbers and layouts are those of the
 * Microvisor SDK 0.7.0, so that its applications build unchanged.
 *
 * Every call returns MV_STATUS_OKAY or says what is wrong. Pointers must lie in the application's own memory.
 * Calls that this microvisor does not have yet return MV_STATUS_UNAVAILABLE. Calls from interrupt handlers
 * should be avoided.
 */
#ifndef MV_SYSCALLS_H
#define MV_SYSCALLS_H

#include <stdint.h>

#include "mv_enums.h"
#include "mv_structs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Time, clocks, identity ---- */

/* Microseconds since the microvisor started. */
enum MvStatus mvGetMicroseconds(uint64_t *ms);
/* Microseconds since 1970 in UTC; MV_STATUS_TIMENOTSET before the first connection. May jump. */
enum MvStatus mvGetWallTime(uint64_t *usec);
/* System clock in hertz. */
enum MvStatus mvGetSysClk(uint32_t *hz);
/* AHB clock in hertz: what SysTick counts. */
enum MvStatus mvGetHClk(uint32_t *hz);
/* APB1 clock in hertz. */
enum MvStatus mvGetPClk1(uint32_t *hz);
/* APB2 clock in hertz. */
enum MvStatus mvGetPClk2(uint32_t *hz);
/* The device's SID: exactly 34 characters, not terminated; len must be 34. */
enum MvStatus mvGetDeviceId(uint8_t *buf, uint32_t len);

/* ---- Logging ---- */

/* Gives the microvisor a buffer for log messages: 512-aligned, a multiple of 512 bytes. */
enum MvStatus mvServerLoggingInit(uint8_t *buffer, uint32_t length_bytes);
/* Sends a message to the server, best effort. At most 1,024 bytes. */
enum MvStatus mvServerLog(const uint8_t *message, uint16_t length_bytes);
/* The same for the factory test; unavailable outside it. */
enum MvStatus mvTestLoggingInit(uint8_t *buffer, uint32_t length_bytes);
/* Writes to the factory's console; unavailable outside the test. */
enum MvStatus mvTestLog(const uint8_t *message, uint16_t length_bytes);
/* Ends the factory test: 0 is success; unavailable outside it. */
enum MvStatus mvTestingComplete(uint32_t status);

/* ---- Notifications ---- */

/* Opens a notification center; at most 32. The application enables the interrupt itself. */
enum MvStatus mvSetupNotifications(const struct MvNotificationSetup *notifications,
                                   MvNotificationHandle *handle_out);
/* Closes a center and sets the handle to 0. */
enum MvStatus mvCloseNotifications(MvNotificationHandle *handle_in_out);
/* Puts a notification into a center's own buffer, for trying it out. */
enum MvStatus mvTempTriggerNotification(MvNotificationHandle handle, enum MvEventType type, uint32_t tag);
/* Asks to be told about system events. */
enum MvStatus mvOpenSystemNotification(const struct MvOpenSystemNotificationParams *params,
                                       MvSystemEventHandle *handle);
/* Ends that. */
enum MvStatus mvCloseSystemNotification(MvSystemEventHandle *handle);

/* ---- Network ---- */

/* Asks for a connection; requests are counted. */
enum MvStatus mvRequestNetwork(const struct MvRequestNetworkParams *params, MvNetworkHandle *handle);
/* Takes the request back and sets the handle to 0. */
enum MvStatus mvReleaseNetwork(MvNetworkHandle *handle);
/* State of the connection. */
enum MvStatus mvGetNetworkStatus(MvNetworkHandle handle, enum MvNetworkStatus *status);
/* Why the device is connected, and how many requests there are. */
enum MvStatus mvGetNetworkReasons(enum MvNetworkReason *reasons, uint32_t *request_ref_count);

/* ---- Channels ---- */

/* Opens a channel to the server; at most 4. */
enum MvStatus mvOpenChannel(const struct MvOpenChannelParams *params, MvChannelHandle *handle);
/* Closes a channel and sets the handle to 0. */
enum MvStatus mvCloseChannel(MvChannelHandle *handle);
/* Why a channel is closed. */
enum MvStatus mvGetChannelClosureReason(MvChannelHandle handle, enum MvClosureReason *reason_out);
/* Writes all of data or nothing. */
enum MvStatus mvWriteChannel(MvChannelHandle handle, const uint8_t *data, uint32_t len, uint32_t *available);
/* Writes as much of data as there is room for. */
enum MvStatus mvWriteChannelStream(MvChannelHandle handle, const uint8_t *data, uint32_t len,
                                   uint32_t *written);
/* Shows what was received. */
enum MvStatus mvReadChannel(MvChannelHandle handle, uint8_t **read_pointer_out, uint32_t *length_out);
/* Frees what was read. */
enum MvStatus mvReadChannelComplete(MvChannelHandle handle, uint32_t consumed);

/* ---- HTTP over a channel ---- */

/* Sends the one request of a channel. */
enum MvStatus mvSendHttpRequest(MvChannelHandle handle, const struct MvHttpRequest *request);
/* Result, status code and sizes. */
enum MvStatus mvReadHttpResponseData(MvChannelHandle handle, struct MvHttpResponseData *response_data);
/* One header line. */
enum MvStatus mvReadHttpResponseHeader(MvChannelHandle handle, uint32_t header_index, uint8_t *buf,
                                       uint32_t size);
/* Part of the body. */
enum MvStatus mvReadHttpResponseBody(MvChannelHandle handle, uint32_t offset, uint8_t *buf, uint32_t size);

/* ---- Configuration over a channel ---- */

/* Asks for keys. */
enum MvStatus mvSendConfigFetchRequest(MvChannelHandle handle, const struct MvConfigKeyFetchParams *request);
/* Result and number of items. */
enum MvStatus mvReadConfigFetchResponseData(MvChannelHandle handle,
                                            struct MvConfigResponseData *response_data);
/* One item. */
enum MvStatus mvReadConfigResponseItem(MvChannelHandle handle,
                                       const struct MvConfigResponseReadItemParams *params);

/* ---- MQTT over a channel ---- */

/* Connects to a broker. */
enum MvStatus mvMqttRequestConnect(MvChannelHandle handle, const struct MvMqttConnectRequest *request);
/* How that went. */
enum MvStatus mvMqttReadConnectResponse(MvChannelHandle handle, struct MvMqttConnectResponse *response_data);
/* Subscribes to topics. */
enum MvStatus mvMqttRequestSubscribe(MvChannelHandle handle, const struct MvMqttSubscribeRequest *request);
/* How that went. */
enum MvStatus mvMqttReadSubscribeResponse(MvChannelHandle handle,
                                          const struct MvMqttSubscribeResponse *response_data);
/* Unsubscribes. */
enum MvStatus mvMqttRequestUnsubscribe(MvChannelHandle handle,
                                       const struct MvMqttUnsubscribeRequest *request);
/* How that went. */
enum MvStatus mvMqttReadUnsubscribeResponse(MvChannelHandle handle,
                                            const struct MvMqttUnsubscribeResponse *response_data);
/* Publishes a message. */
enum MvStatus mvMqttRequestPublish(MvChannelHandle handle, const struct MvMqttPublishRequest *request);
/* How that went. */
enum MvStatus mvMqttReadPublishResponse(MvChannelHandle handle, struct MvMqttPublishResponse *response_data);
/* What can be read next. */
enum MvStatus mvMqttGetNextReadableDataType(MvChannelHandle handle, enum MvMqttReadableDataType *data_type);
/* Takes a message. */
enum MvStatus mvMqttReceiveMessage(MvChannelHandle handle, const struct MvMqttMessage *message_data);
/* Acknowledges a message with quality of service 1 or 2. */
enum MvStatus mvMqttAcknowledgeMessage(MvChannelHandle handle, uint32_t correlation_id);
/* Takes the facts about a lost message. */
enum MvStatus mvMqttReceiveLostMessageInfo(MvChannelHandle handle,
                                           const struct MvMqttLostMessageInfo *lost_message_info);
/* Disconnects from the broker. */
enum MvStatus mvMqttRequestDisconnect(MvChannelHandle handle);
/* How that went. */
enum MvStatus mvMqttReadDisconnectResponse(MvChannelHandle handle,
                                           struct MvMqttDisconnectResponse *response_data);

/* ---- Power and life. Not from interrupt handlers (MV_STATUS_UNAVAILABLE) ---- */

/* Sleeps until something happens. */
enum MvStatus mvPowerSave(enum MvPowerSavingMode mode);
/* Sleeps without keeping RAM. */
enum MvStatus mvDeepSleep(enum MvDeepSleepMode mode);
/* Why the application was started. */
enum MvStatus mvGetWakeReason(enum MvWakeReason *mode);
/* Restarts the application, with the waiting update if there is one. */
enum MvStatus mvRestart(enum MvRestartMode mode);
/* Lets the microvisor use the system LED, or not. */
enum MvStatus mvSystemLedEnable(uint32_t enable);

/* ---- External flash. Not from interrupt handlers ---- */

/* Opens it; at most 32 handles. */
enum MvStatus mvExternalFlashOpen(MvExternalFlashHandle *handle);
/* Closes it and sets the handle to 0. */
enum MvStatus mvExternalFlashClose(MvExternalFlashHandle *handle);
/* Size and kind. */
enum MvStatus mvExternalFlashGetInfo(MvExternalFlashHandle handle, struct MvExternalFlashInfo *info);
/* Reads bytes. */
enum MvStatus mvExternalFlashReadBlocking(MvExternalFlashHandle handle, uint32_t address, uint32_t length,
                                          uint8_t *buffer);
/* Programs erased bytes. */
enum MvStatus mvExternalFlashWriteBlocking(MvExternalFlashHandle handle, uint32_t address, uint32_t length,
                                           const uint8_t *buffer);
/* Erases sectors of 4,096 bytes. */
enum MvStatus mvExternalFlashEraseBlocking(MvExternalFlashHandle handle, uint32_t address, uint32_t length);

/* ---- Fast interrupts: served while the microvisor works ---- */

/* Makes an interrupt a fast one. */
enum MvStatus mvSetFastInterrupt(uint32_t irqn);
/* Makes it an ordinary one again. */
enum MvStatus mvClearFastInterrupt(uint32_t irqn);
/* Enables one. */
enum MvStatus mvEnableFastInterrupt(uint32_t irqn);
/* Disables one. */
enum MvStatus mvDisableFastInterrupt(uint32_t irqn);
/* Enables all. */
enum MvStatus mvEnableAllFastInterrupts(void);
/* Disables all. */
enum MvStatus mvDisableAllFastInterrupts(void);

/* ---- Peripherals shared with the microvisor ---- */

/* Reads a register. */
enum MvStatus mvPeriphPeek32(uint32_t reg, uint32_t *output);
/* *reg = (*reg & ~mask) ^ xorvalue; bits that may not change are left alone. */
enum MvStatus mvPeriphPoke32(uint32_t reg, uint32_t mask, uint32_t xorvalue);

/* ---- Wi-Fi ---- */

/* Sets or clears the credentials. */
enum MvStatus mvSetWifiConfig(const struct MvWifiConfig *params);
/* Reads the network's name. */
enum MvStatus mvGetWifiConfig(const struct MvWifiConfigOut *params);

/* ---- Nothing ---- */

/* Does nothing: measures what a call costs. */
enum MvStatus mvNoOp(void);

#ifdef __cplusplus
}
#endif

#endif
