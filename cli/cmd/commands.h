/* SPDX-License-Identifier: Apache-2.0 */
/* The commands themselves. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cmd/cmd.h"

extern const struct command cmd_bundle, cmd_bundle_show;
extern const struct command cmd_apps_upload, cmd_apps_list, cmd_apps_show, cmd_apps_delete, cmd_apps_manifest;
extern const struct command cmd_microvisors_bundle, cmd_microvisors_upload, cmd_microvisors_list;
extern const struct command cmd_microvisors_show, cmd_microvisors_update, cmd_microvisors_delete;
extern const struct command cmd_devices_list, cmd_devices_show, cmd_devices_update;
extern const struct command cmd_devices_revoke, cmd_devices_restore;
extern const struct command cmd_deploy, cmd_logs, cmd_provision, cmd_recover, cmd_version, cmd_help;
extern const struct command cmd_factory_image, cmd_factory_label, cmd_factory_enrolments;
extern const struct command cmd_factory_tokens_create, cmd_factory_tokens_list, cmd_factory_tokens_revoke;
extern const struct command cmd_keys_generate, cmd_crashes_list, cmd_crashes_open;
extern const struct command cmd_signers_list, cmd_signers_add, cmd_signers_remove;
extern const struct command cmd_decrypters_add, cmd_decrypters_remove;
extern const struct command cmd_keys_list, cmd_keys_upload;
extern const struct command cmd_server_ca_show, cmd_server_ca_add, cmd_server_ca_switch, cmd_server_ca_delete;

#endif
