-- SPDX-License-Identifier: Apache-2.0
-- NewKeys messages of accounts, and the key rings of devices as they last told (proto/PROTOCOL.md section 12).

-- A chain per account. Sequence 0 has no message: the ring as devices were given it before the first one.
CREATE TABLE key_updates (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    account_sid TEXT   NOT NULL REFERENCES accounts (sid),
    sequence    BIGINT NOT NULL,
    message     BYTEA  NOT NULL,
    key_ring    BYTEA  NOT NULL,
    created_us  BIGINT NOT NULL,
    UNIQUE (account_sid, sequence)
);

-- status: otr.KeysStatus, serialized.
CREATE TABLE device_keys (
    device_id   BIGINT NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    sequence    BIGINT NOT NULL,
    error       BIGINT NOT NULL,
    status      BYTEA  NOT NULL,
    reported_us BIGINT NOT NULL
);
