# SPDX-License-Identifier: Apache-2.0
# Firmware of the emulated board (mps2_an505): boot0, microvisor, SDK, sample applications.
#
# Our objects are $(B)/fw/obj/<path>.o; third-party ones $(B)/fw/{mbedtls,lwip,nanopb}/<path>.o.
# boot0 gets its own objects of the TLS library in $(B)/fw/boot0, compiled with the configuration of boot0.
FW := $(B)/fw
FW_BOARD := device_fw/ports/mps2_an505
FW_CPU := -mcpu=cortex-m33+nofp -mthumb -mfloat-abi=soft
FW_OPT := -Os -g -ffunction-sections -fdata-sections -fno-common
FW_CFLAGS := $(FW_CPU) $(FW_OPT) -std=gnu11 --specs=nano.specs
FW_LDFLAGS := $(FW_CPU) -nostartfiles --specs=nano.specs -Wl,--gc-sections -Wl,--no-warn-rwx-segments -Wl,--fatal-warnings
LWIP_INCLUDES := -I$(FW_BOARD) -isystem $(LWIP)/include
NANOPB_INCLUDES := -isystem $(NANOPB)

# boot0 shares these objects with the microvisor: what both must do alike is there once.
BOOT_SHARED_SRC := $(FW_BOARD)/flash.c $(FW_BOARD)/handover.c $(FW_BOARD)/power.c device_fw/core/base/base64.c \
	device_fw/core/base/bytes.c device_fw/core/base/crc.c
BOOT_SRC := $(wildcard device_fw/boot/*.c device_fw/boot/*.S device_fw/core/boot/*.c) $(BOOT_SHARED_SRC)
BOARD_SRC := $(wildcard $(FW_BOARD)/*.c $(FW_BOARD)/*.S)
SDK_SRC := $(wildcard device_fw/sdk/*.c device_fw/sdk/*.cpp device_fw/sdk/*.S)
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
	$(Q)$(CROSS)gcc $(FW_CFLAGS) -w $(NANOPB_INCLUDES) $(INCLUDES) -c $< -o $@

# Linker scripts share the addresses of memory_map.h with the code, hence the preprocessor.
FW_LD_MAP := $(FW_BOARD)/memory_map.h
$(FW)/boot0.ld: device_fw/boot/boot0.ld $(FW_LD_MAP)
$(FW)/microvisor.ld: $(FW_BOARD)/microvisor.ld $(FW_LD_MAP)
$(FW)/boot0.ld $(FW)/microvisor.ld:
	@mkdir -p $(@D)
	$(Q)$(CROSS)cpp -P -Idevice_fw $< -o $@

# The host tool that makes the root keys, signs images and makes new flash files. The root keys are made once per build
# folder and never committed; `make clean` throws them away, and with them what flash files of this folder would boot.
IMAGE_TOOL := $(B)/bin/outrigger-image
IMAGE_TOOL_SRC := $(wildcard device_fw/boot/tool/*.c)
$(IMAGE_TOOL): $(call obj,$(IMAGE_TOOL_SRC))
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) $^ -lcrypto -o $@
BOOT_KEY := $(B)/keys/boot_root.pem
BOOT_PUBLIC_KEYS := $(B)/keys/boot_root_public.pem $(B)/keys/boot_root_2_public.pem
$(B)/keys/boot_root_key.h $(BOOT_PUBLIC_KEYS) &: $(IMAGE_TOOL)
	@mkdir -p $(B)/keys
	$(call say,KEY,$(BOOT_KEY))
	$(Q)$(IMAGE_TOOL) key --dir $(B)/keys

# boot0: SHA-256 and P-256 verification from the TLS library's sources with a configuration of its own, made for speed: every start
# hashes and verifies the microvisor twice.
BOOT_MBEDTLS_OBJ := $(addprefix $(FW)/boot0/,library/sha256.o library/platform_util.o library/constant_time.o \
	3rdparty/p256-m/p256-m/p256-m.o)
BOOT_INCLUDES := -DMBEDTLS_CONFIG_FILE='"boot/boot_mbedtls_config.h"' -I$(B)/keys -isystem $(MBEDTLS)/include \
	-isystem $(MBEDTLS)/library -isystem $(MBEDTLS)/3rdparty/p256-m/p256-m
FLAGS_FW_device_fw/boot = $(BOOT_INCLUDES)
$(FW)/obj/device_fw/boot/boot_verify.o: | $(B)/keys/boot_root_key.h
$(BOOT_MBEDTLS_OBJ): $(FW)/boot0/%.o: $(SRC_READY) device_fw/boot/boot_mbedtls_config.h
	@mkdir -p $(@D)
	$(call say,CC-FW,boot0:mbedtls/$*.c)
	$(Q)$(CROSS)gcc $(FW_CFLAGS) -O2 -w -Idevice_fw $(BOOT_INCLUDES) -c $(MBEDTLS)/$*.c -o $@
$(FW)/boot0.elf: $(FW)/boot0.ld $(call fwobj,$(BOOT_SRC)) $(BOOT_MBEDTLS_OBJ)
	@mkdir -p $(@D)
	$(call say,LD-FW,$@)
	$(Q)$(CROSS)gcc $(FW_LDFLAGS) -T $< -Wl,-Map=$(@:.elf=.map) $(filter %.o,$^) -o $@
	$(Q)$(CROSS)size $@

MICROVISOR_SRC := $(CORE_SRC) $(TLSPORT_SRC) $(BOARD_SRC) $(PROTO_SRC) $(VERSION_SRC)
$(FW)/microvisor.elf: $(FW)/microvisor.ld $(call fwobj,$(MICROVISOR_SRC)) $(FW_PROTO_GEN_OBJ) $(FW_NANOPB_OBJ) \
		$(FW_LWIP_OBJ) $(FW_MBEDTLS_OBJ)
	@mkdir -p $(@D)
	$(call say,LD-FW,$@)
	$(Q)$(CROSS)gcc $(FW_LDFLAGS) -T $< -Wl,-Map=$(@:.elf=.map) $(filter %.o,$^) -o $@
	$(Q)$(CROSS)size $@

# Images of other versions set these two for themselves.
IMAGE_NUMBER = $(call version_number,$(MICROVISOR_VERSION))
IMAGE_RATCHET = $(MICROVISOR_RATCHET)
$(FW)/%.img: $(FW)/%.bin $(IMAGE_TOOL) $(B)/keys/boot_root_key.h mk/version.mk
	$(call say,SIGN,$@)
	$(Q)$(IMAGE_TOOL) sign --key $(BOOT_KEY) --in $< --out $@ --number $(IMAGE_NUMBER) --ratchet $(IMAGE_RATCHET)

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
firmware: $(FW)/boot0.elf $(IMAGE_TOOL) $(BOOT_PUBLIC_KEYS) \
	$(if $(wildcard device_fw/core/monitor/*.c),$(FW)/microvisor.elf $(FW)/microvisor.img) $(APPS)
