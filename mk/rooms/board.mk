# SPDX-License-Identifier: Apache-2.0
# The board's self-test image (tests/board): everything of the board, with a stand-in for the core that obeys commands on
# the console. tests/e2e/board_test.py drives it.
BOARDTEST := $(FW)/boardtest
BOARDTEST_APP_SRC := $(wildcard tests/board/app/*.c)
BOARDTEST_SRC := $(wildcard tests/board/*.c)
FLAGS_FW_tests/board := -Itests -Idevice_fw

$(BOARDTEST)/app.elf: device_fw/sdk/app.ld $(call fwobj,$(BOARDTEST_APP_SRC))
	@mkdir -p $(@D)
	$(call say,LD-FW,$@)
	$(Q)$(CROSS)gcc $(FW_LDFLAGS) -T $< $(filter %.o,$^) -o $@
$(BOARDTEST)/app.o: tests/board/test_app.S $(BOARDTEST)/app.bin
	$(call say,AS-FW,$<)
	$(Q)$(CROSS)gcc $(FW_CPU) -DTEST_APP_BIN='"$(BOARDTEST)/app.bin"' -c $< -o $@
$(BOARDTEST)/selftest.elf: $(FW)/microvisor.ld $(call fwobj,$(BOARDTEST_SRC) $(BOARD_SRC) $(VERSION_SRC)) $(BOARDTEST)/app.o $(FW_LWIP_OBJ)
	@mkdir -p $(@D)
	$(call say,LD-FW,$@)
	$(Q)$(CROSS)gcc $(FW_LDFLAGS) -T $< -Wl,-Map=$(@:.elf=.map) $(filter %.o,$^) -o $@

.PHONY: boardtest
## make boardtest    build/fw/boardtest: the emulated board's self-test image
boardtest: $(BOARDTEST)/selftest.img $(FW)/boot0.elf
tests: boardtest

# Unit tests of the parts of board and boot loader that touch no hardware.
TESTLIBS_unit/board := $(B)/asan/libboard.a $(B)/asan/libcore.a
$(B)/asan/libboard.a: $(call asan,$(FW_BOARD)/crash.c)
BOARD_TESTS := $(call names,tests/unit/board/*_test.c)
$(foreach t,$(BOARD_TESTS),$(eval $(call test_rule,unit/board,$(t),)))
tests: $(BOARD_TESTS:%=$(T)/unit/board/%)
