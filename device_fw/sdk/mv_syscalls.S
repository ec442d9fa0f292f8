/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Import table: each system call is an absolute symbol in the microvisor's gateway page, 8 bytes per slot, Thumb bit set.
 * A call compiles to a long branch to its slot; no code of the microvisor is linked.
 *
 * Slots never move; new calls are appended. The page's address is the board's: the emulated mps2_an505 has it at
 * 0x101FE000 (the original's STM32U585 at 0x0C1FE000).
 */
#ifndef MV_SYSCALL_PAGE
#define MV_SYSCALL_PAGE 0x101FE000
#endif

    .syntax unified
    .thumb

    .macro slot number, name
    .global \name
    .type \name, %function
    .size \name, 8
    .set \name, MV_SYSCALL_PAGE + 8 * \number + 1
    .endm

    slot 0, mvEnableFastInterrupt
    slot 1, mvWriteChannelStream
    slot 2, mvGetMicroseconds
    slot 3, mvGetSysClk
    slot 4, mvDisableAllFastInterrupts
    slot 5, mvGetDeviceId
    slot 6, mvWriteChannel
    slot 7, mvGetWallTime
    slot 8, mvRequestNetwork
    slot 9, mvGetChannelClosureReason
    slot 10, mvCloseNotifications
    slot 11, mvSetFastInterrupt
    slot 12, mvTemporaryStructTest
    slot 13, mvDisableFastInterrupt
    slot 14, mvReadChannelComplete
    slot 15, mvClearFastInterrupt
    slot 16, mvSetupNotifications
    slot 17, mvGetPClk1
    slot 18, mvGetPClk2
    slot 19, mvEnableAllFastInterrupts
    slot 21, mvPeriphPoke32
    slot 22, mvReadChannel
    slot 23, mvGetHClk
    slot 24, mvOpenChannel
    slot 25, mvGetNetworkReasons
    slot 26, mvReleaseNetwork
    slot 27, mvNoOp
    slot 28, mvTempTriggerNotification
    slot 29, mvGetNetworkStatus
    slot 30, mvPeriphPeek32
    slot 31, mvCloseChannel
    slot 32, mvSendHttpRequest
    slot 33, mvReadHttpResponseBody
    slot 34, mvReadHttpResponseHeader
    slot 35, mvReadHttpResponseData
    slot 36, mvServerLoggingInit
    slot 37, mvServerLog
    slot 38, mvSendConfigFetchRequest
    slot 39, mvReadConfigFetchResponseData
    slot 40, mvReadConfigResponseItem
    slot 41, mvMqttReadUnsubscribeResponse
    slot 42, mvMqttAcknowledgeMessage
    slot 43, mvMqttReadDisconnectResponse
    slot 44, mvMqttRequestDisconnect
    slot 45, mvMqttReadConnectResponse
    slot 46, mvMqttRequestPublish
    slot 47, mvMqttRequestSubscribe
    slot 48, mvMqttReadPublishResponse
    slot 49, mvMqttReceiveLostMessageInfo
    slot 50, mvMqttReceiveMessage
    slot 51, mvMqttGetNextReadableDataType
    slot 52, mvMqttRequestUnsubscribe
    slot 53, mvMqttRequestConnect
    slot 54, mvMqttReadSubscribeResponse
    slot 55, mvTestingComplete
    slot 56, mvTestLog
    slot 57, mvTestLoggingInit
    slot 58, mvPowerSave
    slot 59, mvSystemLedEnable
    slot 60, mvOpenSystemNotification
    slot 61, mvCloseSystemNotification
    slot 62, mvDeepSleep
    slot 63, mvGetWakeReason
    slot 64, mvRestart
    slot 65, mvExternalFlashClose
    slot 66, mvExternalFlashGetInfo
    slot 67, mvExternalFlashWriteBlocking
    slot 68, mvExternalFlashOpen
    slot 69, mvExternalFlashEraseBlocking
    slot 70, mvExternalFlashReadBlocking
    slot 72, mvSetWifiConfig
    slot 73, mvGetWifiConfig
