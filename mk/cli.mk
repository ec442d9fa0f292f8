# SPDX-License-Identifier: Apache-2.0
# The command line tool, outrigger.
CLI_MAIN := $(wildcard cli/main/main.c)
CLI_SRC := $(filter-out $(CLI_MAIN),$(wildcard cli/*/*.c))
CLI_LIBS := -lcurl -ljansson -lzip -lqrencode -lssl -lcrypto

$(B)/libcli.a: $(call obj,$(CLI_SRC))
$(B)/asan/libcli.a: $(call asan,$(CLI_SRC))

# Factory images are written by the device's own code, over a board that is nothing but its flash.
FACTORY_SRC := $(wildcard device_fw/factory/*.c device_fw/ports/image/*.c)
$(B)/libfactory.a: $(call obj,$(FACTORY_SRC))
$(B)/asan/libfactory.a: $(call asan,$(FACTORY_SRC))

$(B)/bin/outrigger: $(call obj,$(CLI_MAIN)) $(B)/libcli.a $(B)/libfactory.a $(B)/libcore.a $(B)/libproto.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(CLI_LIBS) \
		$(PROTO_LIBS) -o $@

## make cli          build/bin/outrigger
cli: $(if $(CLI_MAIN),$(B)/bin/outrigger)

# Server and tool both have rooms called base and crypto: tests of the tool mean its own.
FLAGS_tests/unit/cli := -Icli
