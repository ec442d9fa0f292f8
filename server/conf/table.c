/* SPDX-License-Identifier: Apache-2.0 */
/* All keys of the configuration, with bounds and defaults. A new key is a field in conf.h and a row here. */
#include "conf/table.h"

#include <string.h>

#include "base/limits.h"
#include "proto/limits.h"

#define FIELD(field) offsetof(struct conf, field), sizeof(((struct conf *)0)->field)

/* clang-format off */
const struct conf_key conf_keys[] = {
    { "server",  "data_dir",             CONF_TEXT,   FIELD(data_dir), 1, 0, "./data" },
    { "server",  "user",                 CONF_TEXT,   FIELD(user), 0, 0, "" },
    { "server",  "log_level",            CONF_LEVEL,  FIELD(log_level), 0, 0, "info" },
    { "server",  "disk_reserve_mib",     CONF_U32,    FIELD(disk_reserve_mib), 0, 1048576, "64" },
    { "api",     "listen",               CONF_LISTEN, FIELD(api), 0, 0, "127.0.0.1:8080" },
    { "api",     "certificate",          CONF_TEXT,   FIELD(api_certificate), 0, 0, "" },
    { "api",     "private_key",          CONF_TEXT,   FIELD(api_private_key), 0, 0, "" },
    { "api",     "public_url",           CONF_URL,    FIELD(api_public_url), 0, 0, "" },
    { "api",     "threads",              CONF_U32,    FIELD(api_threads), 1, 64, "2" },
    { "api",     "connections_per_address", CONF_U32, FIELD(api_connections), 0, 512, "64" },
    { "gateway", "listen",               CONF_LISTEN, FIELD(gateway), 0, 0, "127.0.0.1:8883" },
    { "gateway", "processes",            CONF_U32,    FIELD(gateway_processes), 1, GATEWAYS_MAX, "2" },
    { "gateway", "sessions_max",         CONF_U32,    FIELD(gateway_sessions_max), 1, 1000000, "20000" },
    { "gateway", "heartbeat_ms",         CONF_U32,    FIELD(gateway_heartbeat_ms), HEARTBEAT_MIN_MS, HEARTBEAT_MAX_MS, "10000" },
    { "gateway", "advertise_host",       CONF_NAME,   FIELD(gateway_host), 0, 0, "127.0.0.1" },
    { "gateway", "advertise_port",       CONF_U16,    FIELD(gateway_port), 0, 65535, "0" },
    { "gateway", "server_name",          CONF_NAME,   FIELD(gateway_server_name), 0, 0, "gateway.outrigger.internal" },
    { "gateway", "certificate",          CONF_TEXT,   FIELD(gateway_certificate), 0, 0, "" },
    { "gateway", "private_key",          CONF_TEXT,   FIELD(gateway_private_key), 0, 0, "" },
    { "relay",   "listen",               CONF_LISTEN, FIELD(relay), 0, 0, "127.0.0.1:8081" },
    { "bundles", "app_signer",           CONF_LIST,   FIELD(app_signers), 1, 3, NULL },
    { "microvisors", "root_key",         CONF_LIST,   FIELD(root_keys), 1, CONF_LIST_MAX, NULL },
    { "logs",    "retention_days",       CONF_U32,    FIELD(log_retention_days), 1, 3650, "30" },
    { "logs",    "lines_per_device",     CONF_U32,    FIELD(log_lines_per_device), 100, 10000000, "100000" },
    { "logs",    "crashes_per_device",   CONF_U32,    FIELD(crashes_per_device), 1, 10000, "100" },
};
/* clang-format on */

const size_t conf_keys_count = sizeof conf_keys / sizeof conf_keys[0];

_Static_assert(sizeof conf_keys / sizeof conf_keys[0] <= CONF_KEYS_MAX, "raise CONF_KEYS_MAX");

int conf_key_find(const char *section, const char *name)
{
    for (size_t i = 0; i < conf_keys_count; i++)
        if (strcmp(conf_keys[i].section, section) == 0 && strcmp(conf_keys[i].name, name) == 0)
            return (int)i;
    return -1;
}

bool conf_section_is_known(const char *section)
{
    for (size_t i = 0; i < conf_keys_count; i++)
        if (strcmp(conf_keys[i].section, section) == 0)
            return true;
    return false;
}
