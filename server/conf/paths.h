/* SPDX-License-Identifier: Apache-2.0 */
/* Files under data_dir, for conf_path(). Who writes them is in brackets; everybody else reads at most. */
#ifndef CONF_PATHS_H
#define CONF_PATHS_H

#define PATH_STORE "outrigger.db"
#define PATH_BLOBS "blobs"

/* [keeper] certificates, readable by every role */
#define PATH_FLEET_CA_CERT  "pki/fleet_ca.pem"
#define PATH_SERVER_CA_CERT "pki/server_ca.pem"
#define PATH_GATEWAY_CERT   "pki/gateway.pem"
/* while the server CA is rolled over (keeper/server_ca.h): the other authority, and the gateway's certificate signed by it */
#define PATH_SERVER_CA_NEXT_CERT "pki/server_ca_next.pem"
#define PATH_SERVER_CA_OLD_CERT  "pki/server_ca_old.pem"
#define PATH_GATEWAY_OTHER_CERT  "pki/gateway_other.pem"
#define PATH_GATEWAY_KEY         "pki/gateway.key" /* read by the gateways too */

/* [keeper] private keys that no other role opens */
#define PATH_FLEET_CA_KEY       "pki/fleet_ca.key"
#define PATH_SERVER_CA_KEY      "pki/server_ca.key"
#define PATH_SERVER_CA_NEXT_KEY "pki/server_ca_next.key"
#define PATH_SERVER_CA_OLD_KEY  "pki/server_ca_old.key"
#define PATH_APP_SIGNER_KEY     "pki/app_signer.key"

#define PATH_APP_SIGNER_PUB                                                                                  \
    "pki/app_signer.pem"             /* [keeper] public half, for devices that accept managed signing */
#define PATH_ADMIN "admin.json"      /* [keeper] first credentials, mode 0600 */
#define PATH_LOCK  "outriggerd.lock" /* [parent] held while a server runs on this folder */
#define PATH_RUN   "run.json"        /* [parent] ports and pids of the running server */

#endif
