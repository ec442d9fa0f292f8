# SPDX-License-Identifier: Apache-2.0
# The simulated device of the core's unit tests also serves the power-cut tests and the fuzz targets of the core.
CORE_FAKES := $(call asan,$(wildcard tests/unit/device/*_fake.c))
$(T)/powercut/update_test $(T)/powercut/kv_test $(T)/powercut/boot_test $(T)/powercut/crash_test: $(CORE_FAKES)
$(T)/fuzz/syscall_fuzz $(T)/fuzz/provision_fuzz $(T)/fuzz/manifest_fuzz $(T)/fuzz/control_fuzz: $(CORE_FAKES)
$(T)/fuzz/crash_store_fuzz: $(CORE_FAKES)
