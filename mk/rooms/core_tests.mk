# SPDX-License-Identifier: Apache-2.0
# The simulated device of the core's unit tests also serves the power-cut tests and the fuzz targets of the core.
CORE_FAKES := $(call asan,$(wildcard tests/unit/device/*_fake.c))
$(patsubst tests/%.c,$(T)/%,$(wildcard tests/powercut/*_test.c)): $(CORE_FAKES)
$(T)/fuzz/syscall_fuzz $(T)/fuzz/provision_fuzz $(T)/fuzz/manifest_fuzz $(T)/fuzz/control_fuzz: $(CORE_FAKES)
$(T)/fuzz/crash_store_fuzz $(T)/fuzz/kernel_manifest_fuzz: $(CORE_FAKES)
