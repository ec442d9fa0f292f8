-- SPDX-License-Identifier: Apache-2.0
-- Tokens that let a factory enrol devices and nothing else; who enrolled what; the claim codes of devices.

CREATE TABLE factory_tokens (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    sid           TEXT   NOT NULL UNIQUE,
    account_sid   TEXT   NOT NULL REFERENCES accounts (sid),
    name          TEXT   NOT NULL,
    secret_sha256 BYTEA  NOT NULL,
    devices_max   BIGINT NOT NULL,
    devices       BIGINT NOT NULL DEFAULT 0,
    rate_per_hour BIGINT NOT NULL,
    expires_us    BIGINT NOT NULL,
    revoked_us    BIGINT NOT NULL DEFAULT 0,
    created_us    BIGINT NOT NULL
);
CREATE INDEX factory_tokens_by_account ON factory_tokens (account_sid, id);

-- One row per enrolment, never changed: by_sid is an account (AC), an API key (SK) or a factory token (FT). Devices are named and not
-- referred to, because the record outlives them.
CREATE TABLE enrolments (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    account_sid TEXT   NOT NULL REFERENCES accounts (sid),
    by_sid      TEXT   NOT NULL,
    device_sid  TEXT   NOT NULL,
    again       BIGINT NOT NULL,
    address     TEXT   NOT NULL,
    at_us       BIGINT NOT NULL
);
CREATE INDEX enrolments_by_account ON enrolments (account_sid, id);
CREATE INDEX enrolments_by_whom ON enrolments (by_sid, id);

-- Of the claim code on the device's label, NULL before this was known; and whose credentials enrolled the device first.
ALTER TABLE devices ADD COLUMN claim_sha256 BYTEA;
ALTER TABLE devices ADD COLUMN enrolled_by TEXT NOT NULL DEFAULT '';
