# SPDX-License-Identifier: Apache-2.0
# What microvisors are built as. These values are linked into the image (device_fw/version) and stand in its signed header.
# A higher ratchet is for good: a device that has confirmed it never runs an image with a lower one again.
MICROVISOR_VERSION := 0.1.0
MICROVISOR_RATCHET := 0

# $(call version_number,1.2.3): major * 10,000 + minor * 100 + patch
version_number = $(shell echo '$(1)' | awk -F. '{ print $$1 * 10000 + $$2 * 100 + $$3 }')
# $(call version_flags,version,ratchet,milliseconds on trial)
version_flags = -DMICROVISOR_VERSION='"$(1)"' -DMICROVISOR_NUMBER=$(call version_number,$(1))u -DMICROVISOR_RATCHET=$(2)u \
	-DMICROVISOR_TRIAL_MS=$(3)

VERSION_SRC := device_fw/version/version.c
FLAGS_device_fw/version := $(call version_flags,$(MICROVISOR_VERSION),$(MICROVISOR_RATCHET),SELF_TRIAL_MS)
$(call obj,$(VERSION_SRC)) $(call asan,$(VERSION_SRC)) $(B)/fw/obj/device_fw/version/version.o: mk/version.mk
