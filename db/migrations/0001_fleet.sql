-- SPDX-License-Identifier: Apache-2.0
-- Accounts, applications, devices and their log lines. Times are microseconds since the Unix epoch, 0 = never.
-- Written in the subset that SQLite and PostgreSQL share (db/README.md).

CREATE TABLE accounts (
    sid          TEXT   NOT NULL PRIMARY KEY,
    token_sha256 BYTEA  NOT NULL,
    revoked      BIGINT NOT NULL DEFAULT 0,
    created_us   BIGINT NOT NULL
);

CREATE TABLE api_keys (
    sid           TEXT   NOT NULL PRIMARY KEY,
    account_sid   TEXT   NOT NULL REFERENCES accounts (sid),
    name          TEXT   NOT NULL,
    secret_sha256 BYTEA  NOT NULL,
    revoked       BIGINT NOT NULL DEFAULT 0,
    created_us    BIGINT NOT NULL
);
CREATE INDEX api_keys_by_account ON api_keys (account_sid);

CREATE TABLE apps (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    sid             TEXT   NOT NULL UNIQUE,
    account_sid     TEXT   NOT NULL REFERENCES accounts (sid),
    unique_name     TEXT,
    manifest        BYTEA  NOT NULL,
    manifest_sha256 BYTEA  NOT NULL,
    created_us      BIGINT NOT NULL,
    updated_us      BIGINT NOT NULL,
    UNIQUE (account_sid, unique_name)
);
CREATE INDEX apps_by_account ON apps (account_sid, id);
CREATE INDEX apps_by_manifest ON apps (manifest_sha256);

CREATE TABLE app_layers (
    app_id            BIGINT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    position          BIGINT NOT NULL,
    fetch_sha256      BYTEA  NOT NULL,
    bytes             BIGINT NOT NULL,
    block_list_sha256 BYTEA,
    block_list_bytes  BIGINT NOT NULL,
    external          BIGINT NOT NULL,
    start             BIGINT NOT NULL,
    size              BIGINT NOT NULL,
    PRIMARY KEY (app_id, position)
);
CREATE INDEX app_layers_by_fetch ON app_layers (fetch_sha256);
CREATE INDEX app_layers_by_block_list ON app_layers (block_list_sha256);

CREATE TABLE devices (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    sid              TEXT   NOT NULL UNIQUE,
    account_sid      TEXT   NOT NULL REFERENCES accounts (sid),
    unique_name      TEXT,
    key_sha256       BYTEA  NOT NULL,
    revoked          BIGINT NOT NULL DEFAULT 0,
    target_app_id    BIGINT REFERENCES apps (id),
    targeted_us      BIGINT NOT NULL DEFAULT 0,
    restart_seq      BIGINT NOT NULL DEFAULT 0,
    logging_until_us BIGINT NOT NULL DEFAULT 0,
    created_us       BIGINT NOT NULL,
    updated_us       BIGINT NOT NULL,
    UNIQUE (account_sid, unique_name)
);
CREATE INDEX devices_by_account ON devices (account_sid, id);
CREATE INDEX devices_by_target ON devices (target_app_id);

-- What a device last said about itself. Numbers are the enum values of proto/wire.proto.
CREATE TABLE device_reports (
    device_id          BIGINT NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    reported_us        BIGINT NOT NULL,
    reported_app_sid   TEXT   NOT NULL,
    manifest_sha256    BYTEA  NOT NULL,
    app_state          BIGINT NOT NULL,
    update_phase       BIGINT NOT NULL,
    update_error       BIGINT NOT NULL,
    update_sha256      BYTEA  NOT NULL,
    bytes_done         BIGINT NOT NULL,
    bytes_total        BIGINT NOT NULL,
    crash_count        BIGINT NOT NULL,
    board              TEXT   NOT NULL,
    microvisor_version TEXT   NOT NULL,
    boot_count         BIGINT NOT NULL,
    reset_reason       BIGINT NOT NULL
);

CREATE TABLE device_presence (
    device_id    BIGINT NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    online       BIGINT NOT NULL,
    gateway      BIGINT NOT NULL,
    last_seen_us BIGINT NOT NULL
);
CREATE INDEX device_presence_by_gateway ON device_presence (gateway, online);

-- boot_id 0: written by the server itself, never compared with another line.
CREATE TABLE logs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id   BIGINT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    boot_id     BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    device_us   BIGINT NOT NULL,
    received_us BIGINT NOT NULL,
    type        TEXT   NOT NULL,
    text        TEXT   NOT NULL,
    dropped     BIGINT NOT NULL
);
CREATE INDEX logs_by_device ON logs (device_id, id);
CREATE UNIQUE INDEX logs_once ON logs (device_id, boot_id, seq) WHERE boot_id <> 0;
