# SPDX-License-Identifier: Apache-2.0
# The command line tool, outrigger.
CLI_MAIN := $(wildcard cli/main/main.c)
CLI_SRC := $(filter-out $(CLI_MAIN),$(wildcard cli/*/*.c))
CLI_LIBS := -lcurl -ljansson -lzip -lssl -lcrypto

$(B)/libcli.a: $(call obj,$(CLI_SRC))
$(B)/asan/libcli.a: $(call asan,$(CLI_SRC))

$(B)/bin/outrigger: $(call obj,$(CLI_MAIN)) $(B)/libcli.a $(B)/libproto.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) $(filter %.o %.a,$^) $(CLI_LIBS) $(PROTO_LIBS) -o $@

## make cli          build/bin/outrigger
cli: $(if $(CLI_MAIN),$(B)/bin/outrigger)

# Server and tool both have rooms called base and crypto: tests of the tool mean its own.
FLAGS_tests/unit/cli := -Icli
