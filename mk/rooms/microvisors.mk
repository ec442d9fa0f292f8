# SPDX-License-Identifier: Apache-2.0
# Microvisors for tests of the self-update, $(FW)/microvisors/NAME.img: the objects of the product, linked with another version
# (device_fw/version) and, in those that are no good, with tests/board/variants/NAME.c in the place of one object of the board.
MICROVISORS := $(FW)/microvisors
MICROVISOR_OBJ := $(FW_PROTO_GEN_OBJ) $(FW_NANOPB_OBJ) $(FW_LWIP_OBJ) $(FW_MBEDTLS_OBJ)

# $(1) name, $(2) version, $(3) security ratchet, $(4) milliseconds on trial, $(5) object of the board that is replaced
define microvisor_rule
$(MICROVISORS)/$(1).version.o: $(VERSION_SRC) mk/version.mk mk/rooms/microvisors.mk
	@mkdir -p $$(@D)
	$$(call say,CC-FW,$(1): $$<)
	$$(Q)$(CROSS)gcc $$(FW_CFLAGS) $$(WARNINGS) $(INCLUDES) $(TREE_device_fw) $(call version_flags,$(2),$(3),$(4)) $$(DEPS) \
		-c $$< -o $$@
$(MICROVISORS)/$(1).elf: $(FW)/microvisor.ld $(MICROVISORS)/$(1).version.o \
		$(call fwobj,$(filter-out $(VERSION_SRC) $(5),$(MICROVISOR_SRC)) $(if $(5),tests/board/variants/$(1).c)) $(MICROVISOR_OBJ)
	$$(call say,LD-FW,$$@)
	$$(Q)$(CROSS)gcc $$(FW_LDFLAGS) -T $$< $$(filter %.o,$$^) -o $$@
$(MICROVISORS)/$(1).img: IMAGE_NUMBER := $(call version_number,$(2))
$(MICROVISORS)/$(1).img: IMAGE_RATCHET := $(3)
MICROVISOR_IMAGES += $(MICROVISORS)/$(1).img
endef

$(eval $(call microvisor_rule,next,0.2.0,0,SELF_TRIAL_MS,))
$(eval $(call microvisor_rule,newer,0.3.0,0,SELF_TRIAL_MS,))
$(eval $(call microvisor_rule,ratchet,0.4.0,1,SELF_TRIAL_MS,))
$(eval $(call microvisor_rule,mute,0.5.0,1,10000u,$(FW_BOARD)/tcp.c))
$(eval $(call microvisor_rule,hang,0.6.0,1,SELF_TRIAL_MS,$(FW_BOARD)/board_main.c))
$(eval $(call microvisor_rule,crash,0.7.0,1,SELF_TRIAL_MS,$(FW_BOARD)/board_main.c))

.PHONY: microvisors
## make microvisors  build/fw/microvisors: other versions of the microvisor, good ones and bad ones, for tests
microvisors: $(MICROVISOR_IMAGES)
tests: microvisors
