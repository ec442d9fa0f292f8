-- SPDX-License-Identifier: Apache-2.0
-- Which server CAs devices have, and which one vouches for their connection: a roll-over waits for them (proto/PROTOCOL.md section 13).
-- Ids are 64-bit numbers, stored as signed ones; 0: none.

ALTER TABLE device_keys ADD COLUMN server_ca_0 BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device_keys ADD COLUMN server_ca_1 BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device_keys ADD COLUMN server_ca_in_use BIGINT NOT NULL DEFAULT 0;

-- Devices are asked nothing: what they say at their next check-in is news again, and fills the columns.
DELETE FROM device_keys;
