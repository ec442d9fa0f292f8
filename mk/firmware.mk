# SPDX-License-Identifier: Apache-2.0
# Firmware of the emulated board (mps2_an505): boot0, microvisor, SDK, sample applications.
#
# Our objects are $(B)/fw/obj/<path>.o; third-party ones $(B)/fw/{mbedtls,lwip,nanopb}/<path>.o.
# boot0 gets its own objects in $(B)/fw/boot0: it is compiled with the configuration of boot0, and shares nothing.
FW := $(B)/fw
FW_BOARD := device_fw/ports/mps2_an505
FW_CPU := -mcpu=cortex-m33+nofp -mthumb -mfloat-abi=soft
FW_OPT := -Os -g -ffunction-sections -fdata-sections -fno-common
FW_CFLAGS := $(FW_CPU) $(FW_OPT) -std=gnu11 --specs=nano.specs
FW_LDFLAGS := $(FW_CPU) -nostartfiles --specs=nano.specs -Wl,--gc-sections -Wl,--no-warn-rwx-segments -Wl,--fatal-warnings
LWIP_INCLUDES := -I$(FW_BOARD) -isystem $(LWIP)/include
NANOPB_INCLUDES := -isystem $(NANOPB)

BOOT_SRC := $(wildcard device_fw/boot/*.c device_fw/boot/*.S)
BOARD_SRC := $(wildcard $(FW_BOARD)/*.c $(FW_BOARD)/*.S)
SDK_SRC := $(wildcard device_fw/sdk/*.c device_fw/sdk/*.S)
APP_NAMES := $(patsubst device_fw/apps/%/,%,$(filter %/,$(wildcard device_fw/apps/*/)))
APP_NAMES := $(foreach a,$(APP_NAMES),$(if $(wildcard device_fw/apps/$(a)/*.c device_fw/apps/$(a)/*.cpp),$(a)))
fwobj = $(addprefix $(FW)/obj/,$(addsuffix .o,$(basename $(1))))

FLAGS_FW_device_fw/ports/mps2_an505 = -mcmse $(LWIP_INCLUDES)
fw_dir_flags = $(FLAGS_FW_$(1)) $(FLAGS_$(1)) \
	$(if $(findstring /,$(1)),$(call fw_dir_flags,$(patsubst %/,%,$(dir $(1)))))
fw_flags = $(INCLUDES) $(TREE_device_fw) $(NANOPB_INCLUDES) $(call fw_dir_flags,$(patsubst %/,%,$(dir $(1))))

$(FW)/obj/%.o: %.c | $(GENERATED) $(SRC_READY)
	@mkdir -p $(@D)
	$(call say,CC-FW,$<)
	$(Q)$(CROSS)gcc $(FW_CFLAGS) $(WARNINGS) $(call fw_flags,$<) $(DEPS) -c $< -o $@
$(FW)/obj/%.o: %.S
	@mkdir -p $(@D)
	$(call say,AS-FW,$<)
	$(Q)$(CROSS)gcc $(FW_CPU) -g $(call fw_flags,$<) $(DEPS) -c $< -o $@
$(FW)/obj/%.o: %.cpp
	@mkdir -p $(@D)
	$(call say,CXX-FW,$<)
	$(Q)$(CROSS)g++ $(FW_CPU) $(FW_OPT) -std=gnu++17 -fno-exceptions -fno-rtti -fno-threadsafe-statics \
		--specs=nano.specs $(filter-out -Wmissing-prototypes,$(WARNINGS)) $(call fw_flags,$<) $(DEPS) -c $< -o $@

# Third-party code, without our warnings.
FW_MBEDTLS_OBJ := $(MBEDTLS_FILES:%=$(FW)/mbedtls/%.o)
$(FW_MBEDTLS_OBJ): $(FW)/mbedtls/%.o: $(SRC_READY) $(MBEDTLS_CONFIG)
	@mkdir -p $(@D)
	$(call say,CC-FW,mbedtls/$*.c)
	$(Q)$(CROSS)gcc $(FW_CFLAGS) -w -include string.h $(MBEDTLS_INCLUDES) -c $(MBEDTLS)/$*.c -o $@
FW_LWIP_OBJ := $(LWIP_FILES:%=$(FW)/lwip/%.o)
$(FW_LWIP_OBJ): $(FW)/lwip/%.o: $(SRC_READY) $(wildcard $(FW_BOARD)/lwipopts.h $(FW_BOARD)/arch/*.h)
	@mkdir -p $(@D)
	$(call say,CC-FW,lwip/$*.c)
	$(Q)$(CROSS)gcc $(FW_CFLAGS) -w $(LWIP_INCLUDES) -c $(LWIP)/$*.c -o $@
FW_NANOPB_OBJ := $(NANOPB_FILES:%=$(FW)/nanopb/%.o)
$(FW_NANOPB_OBJ): $(FW)/nanopb/%.o: $(SRC_READY)
	@mkdir -p $(@D)
	$(call say,CC-FW,nanopb/$*.c)
	$(Q)$(CROSS)gcc $(FW_CFLAGS) -w -c $(NANOPB)/$*.c -o $@
FW_PROTO_GEN_OBJ := $(PROTO_GEN:$(B)/gen/%=$(FW)/gen/%.o)
$(FW_PROTO_GEN_OBJ): $(FW)/gen/%.o: $(B)/gen/%.c | $(SRC_READY)
	@mkdir -p $(@D)
	$(call say,CC-FW,$<)
	$(Q)$(CROSS)gcc $(FW_CFLAGS) -w $(NANOPB_INCLUDES) -I$(B)/gen -c $< -o $@

# boot0: SHA-256 and P-256 verification from the TLS library's sources, nothing else of it.
BOOT_MBEDTLS_FILES := library/sha256 library/platform_util library/constant_time 3rdparty/p256-m/p256-m/p256-m
$(FW)/boot0.elf: device_fw/boot/boot0.ld $(call fwobj,$(BOOT_SRC) $(BOOT_CORE_SRC)) $(BOOT_MBEDTLS_FILES:%=$(FW)/mbedtls/%.o)
	@mkdir -p $(@D)
	$(call say,LD-FW,$@)
	$(Q)$(CROSS)gcc $(FW_LDFLAGS) -T $< -Wl,-Map=$(@:.elf=.map) $(filter %.o,$^) -o $@

MICROVISOR_SRC := $(CORE_SRC) $(TLSPORT_SRC) $(BOARD_SRC) $(PROTO_SRC)
$(FW)/microvisor.elf: $(FW_BOARD)/microvisor.ld $(call fwobj,$(MICROVISOR_SRC)) $(FW_PROTO_GEN_OBJ) $(FW_NANOPB_OBJ) \
		$(FW_LWIP_OBJ) $(FW_MBEDTLS_OBJ)
	@mkdir -p $(@D)
	$(call say,LD-FW,$@)
	$(Q)$(CROSS)gcc $(FW_LDFLAGS) -T $< -Wl,-Map=$(@:.elf=.map) $(filter %.o,$^) -o $@

$(FW)/%.bin: $(FW)/%.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(CROSS)objcopy -O binary $< $@

# Applications: each folder of device_fw/apps with the SDK's objects. They are not secure code: no -mcmse.
app_src = $(wildcard device_fw/apps/$(1)/*.c device_fw/apps/$(1)/*.cpp device_fw/apps/$(1)/*.S)
FLAGS_FW_device_fw/apps = -Idevice_fw/sdk
define app_rule
$(FW)/apps/$(1).elf: device_fw/sdk/app.ld $(call fwobj,$(call app_src,$(1)) $(SDK_SRC))
	@mkdir -p $$(@D)
	$$(call say,LD-FW,$$@)
	$$(Q)$(CROSS)gcc $$(FW_LDFLAGS) -T $$< -Wl,-Map=$$(@:.elf=.map) $$(filter %.o,$$^) -o $$@
endef
$(foreach a,$(APP_NAMES),$(eval $(call app_rule,$(a))))
APPS := $(if $(wildcard device_fw/sdk/app.ld),$(foreach a,$(APP_NAMES),$(FW)/apps/$(a).elf $(FW)/apps/$(a).bin))

## make firmware     build/fw: boot0, microvisor, sample applications
firmware: $(if $(wildcard device_fw/boot/boot0.ld),$(FW)/boot0.elf) \
	$(if $(wildcard $(FW_BOARD)/microvisor.ld),$(FW)/microvisor.elf $(FW)/microvisor.bin) $(APPS)
