-- SPDX-License-Identifier: Apache-2.0
-- Crash reports of devices: CrashReport of proto/wire.proto. Each report_id of a device once.

CREATE TABLE crashes (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    sid                 TEXT   NOT NULL UNIQUE,
    device_id           BIGINT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    report_id           BIGINT NOT NULL,
    received_us         BIGINT NOT NULL,
    origin              BIGINT NOT NULL,
    boot_id             BIGINT NOT NULL,
    device_us           BIGINT NOT NULL,
    app_sid             TEXT   NOT NULL,
    microvisor_number   BIGINT NOT NULL,
    cause               BIGINT NOT NULL,
    pc                  BIGINT NOT NULL,
    lr                  BIGINT NOT NULL,
    xpsr                BIGINT NOT NULL,
    address_known       BIGINT NOT NULL,
    address             BIGINT NOT NULL,
    fault_status        BIGINT NOT NULL,
    secure_fault_status BIGINT NOT NULL,
    restart_in_ms       BIGINT NOT NULL,
    count               BIGINT NOT NULL,
    registers           BYTEA  NOT NULL,
    stack               BYTEA  NOT NULL,
    sealed              BYTEA  NOT NULL,
    UNIQUE (device_id, report_id)
);
CREATE INDEX crashes_by_device ON crashes (device_id, id);
