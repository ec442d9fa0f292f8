# SPDX-License-Identifier: Apache-2.0
# The device's core on the host: a library for tests, and the same core as a Linux process (outrigger-device-host).
CORE_SRC := $(wildcard device_fw/core/*/*.c)
TLSPORT_SRC := $(wildcard device_fw/ports/mbedtls/*.c)
HOSTPORT_MAIN := $(wildcard device_fw/ports/host/*main.c)
HOSTPORT_SRC := $(filter-out $(HOSTPORT_MAIN),$(wildcard device_fw/ports/host/*.c))
HOSTBOOT_SRC := $(wildcard device_fw/boot/host/*.c)
FLAGS_device_fw/ports/mbedtls = $(MBEDTLS_INCLUDES)
FLAGS_device_fw/ports/host = -I$(B)/keys
$(call obj,device_fw/ports/host/boot.c) $(call asan,device_fw/ports/host/boot.c): | $(B)/keys/boot_root_key.h

$(B)/libcore.a: $(call obj,$(CORE_SRC))
$(B)/asan/libcore.a: $(call asan,$(CORE_SRC))
$(B)/libtlsport.a: $(call obj,$(TLSPORT_SRC))
$(B)/asan/libtlsport.a: $(call asan,$(TLSPORT_SRC))
$(B)/libhostport.a: $(call obj,$(HOSTPORT_SRC) $(VERSION_SRC))
$(B)/asan/libhostport.a: $(call asan,$(HOSTPORT_SRC) $(VERSION_SRC))
$(call obj,$(TLSPORT_SRC)) $(call asan,$(TLSPORT_SRC)): | $(SRC_READY)

$(B)/bin/outrigger-device-host: $(call obj,$(HOSTPORT_MAIN) $(HOSTBOOT_SRC)) $(B)/libcore.a $(B)/libhostport.a $(B)/libtlsport.a \
		$(B)/libhostmbed.a $(B)/libproto.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(PROTO_LIBS) \
		$(HOSTPORT_LIBS) -o $@

## make device-host  build/bin/outrigger-device-host, the device's core as a Linux process
device-host: $(if $(HOSTPORT_MAIN),$(B)/bin/outrigger-device-host)
