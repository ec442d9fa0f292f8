-- SPDX-License-Identifier: Apache-2.0
-- Microvisors: uploaded ones, what each device is to run, and what it said about its own.

CREATE TABLE microvisors (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    sid             TEXT   NOT NULL UNIQUE,
    account_sid     TEXT   NOT NULL REFERENCES accounts (sid),
    unique_name     TEXT,
    manifest_sha256 BYTEA  NOT NULL,
    manifest_bytes  BIGINT NOT NULL,
    image_sha256    BYTEA  NOT NULL,
    image_bytes     BIGINT NOT NULL,
    board           TEXT   NOT NULL,
    version         TEXT   NOT NULL,
    number          BIGINT NOT NULL,
    ratchet         BIGINT NOT NULL,
    created_us      BIGINT NOT NULL,
    updated_us      BIGINT NOT NULL,
    UNIQUE (account_sid, unique_name),
    UNIQUE (account_sid, manifest_sha256)
);
CREATE INDEX microvisors_by_account ON microvisors (account_sid, id);
CREATE INDEX microvisors_by_manifest ON microvisors (manifest_sha256);
CREATE INDEX microvisors_by_image ON microvisors (image_sha256);

-- What the devices of an account run that have no target of their own, for each kind of board.
CREATE TABLE microvisor_defaults (
    account_sid   TEXT   NOT NULL REFERENCES accounts (sid),
    board         TEXT   NOT NULL,
    microvisor_id BIGINT NOT NULL REFERENCES microvisors (id),
    PRIMARY KEY (account_sid, board)
);
CREATE INDEX microvisor_defaults_by_microvisor ON microvisor_defaults (microvisor_id);

ALTER TABLE devices ADD COLUMN target_microvisor_id BIGINT REFERENCES microvisors (id);
ALTER TABLE devices ADD COLUMN microvisor_targeted_us BIGINT NOT NULL DEFAULT 0;
-- The one that is to be installed without waiting for the application's leave.
ALTER TABLE devices ADD COLUMN urgent_microvisor_id BIGINT REFERENCES microvisors (id) ON DELETE SET NULL;
CREATE INDEX devices_by_target_microvisor ON devices (target_microvisor_id);
CREATE INDEX devices_by_urgent_microvisor ON devices (urgent_microvisor_id);

ALTER TABLE device_reports ADD COLUMN microvisor_number BIGINT NOT NULL DEFAULT 0;

-- MicrovisorStatus of proto/wire.proto; devices without self-update have no row.
CREATE TABLE device_microvisors (
    device_id       BIGINT NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    reported_us     BIGINT NOT NULL,
    slot            BIGINT NOT NULL,
    confirmed       BIGINT NOT NULL,
    ratchet         BIGINT NOT NULL,
    update_phase    BIGINT NOT NULL,
    update_error    BIGINT NOT NULL,
    update_sha256   BYTEA  NOT NULL,
    bytes_done      BIGINT NOT NULL,
    bytes_total     BIGINT NOT NULL,
    manifest_sha256 BYTEA  NOT NULL
);
