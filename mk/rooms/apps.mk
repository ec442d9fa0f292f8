# SPDX-License-Identifier: Apache-2.0
# Variants of sample applications (device_fw/apps): the same sources with other definitions, as $(FW)/apps/<name>.{elf,bin}.
COMMA := ,
ROGUE_MODES := spin handler udf write jump stack badptr storm idle
# 60 KiB of padding and the code make 16 blocks of 4 KiB.
HELLO_PADDED := -DAPP_PADDING_BYTES=61440

# $(1) name, $(2) folder, $(3) definitions, $(4) flags of the linker
define variant_rule
$(FW)/variants/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(call say,CC-FW,$(1): $$<)
	$$(Q)$(CROSS)gcc $$(FW_CFLAGS) $$(WARNINGS) $$(call fw_flags,$$<) $(3) $$(DEPS) -c $$< -o $$@
$(FW)/variants/$(1)/%.o: %.S
	@mkdir -p $$(@D)
	$$(call say,AS-FW,$(1): $$<)
	$$(Q)$(CROSS)gcc $$(FW_CPU) -g $$(call fw_flags,$$<) $(3) $$(DEPS) -c $$< -o $$@
$(FW)/apps/$(1).elf: device_fw/sdk/app.ld $(addprefix $(FW)/variants/$(1)/,$(addsuffix .o,$(basename $(call app_src,$(2))))) \
		$(call fwobj,$(SDK_SRC))
	@mkdir -p $$(@D)
	$$(call say,LD-FW,$$@)
	$$(Q)$(CROSS)gcc $$(FW_LDFLAGS) -T $$< -Wl,-Map=$$(@:.elf=.map) $(4) $$(filter %.o,$$^) -o $$@
APP_VARIANTS += $(1)
endef

$(eval $(call variant_rule,hello-v1,hello,-DAPP_VERSION=1,))
$(eval $(call variant_rule,hello-v2,hello,-DAPP_VERSION=2,))
$(eval $(call variant_rule,hello64k-v1,hello,-DAPP_VERSION=1 $(HELLO_PADDED),-Wl$(COMMA)--undefined=app_padding))
$(eval $(call variant_rule,hello64k-v2,hello,-DAPP_VERSION=2 $(HELLO_PADDED),-Wl$(COMMA)--undefined=app_padding))
$(eval $(call variant_rule,polite-deaf,polite,-DPOLITE_GIVES_LEAVE=false,))
$(eval $(call variant_rule,tester-fail,tester,-DTESTER_FAILS=2,))
$(foreach m,$(ROGUE_MODES),$(eval $(call variant_rule,rogue-$(m),rogue,-DROGUE_MODE=$(m),)))

.PHONY: apps
## make apps         build/fw/apps: the sample applications and their variants
apps: $(APPS) $(foreach v,$(APP_VARIANTS),$(FW)/apps/$(v).elf $(FW)/apps/$(v).bin)
firmware: apps
