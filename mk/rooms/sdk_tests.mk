# SPDX-License-Identifier: Apache-2.0
# The SDK's reader of file systems on the host: against the tool's writer, and against hostile bytes.
$(T)/unit/cli/fs_test $(T)/unit/cli/fs_tree_test $(T)/fuzz/fs_image_fuzz: $(call asan,device_fw/sdk/otr_fs.c)
