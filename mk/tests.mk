# SPDX-License-Identifier: Apache-2.0
# Test programs: one per *_test.c or *_fuzz.c, with the sanitizers, linked with the product's own objects.
# Sources called *_fake.c in the same folder are linked into each test of the folder.
UNIT_AREAS := proto server device cli
T := $(B)/tests

# Libraries per kind of test; archives, so that a test takes only what it uses.
ASAN_PROTO := $(B)/asan/libproto.a
ASAN_SERVER := $(B)/asan/libserver.a $(ASAN_PROTO)
ASAN_DEVICE := $(B)/asan/libcore.a $(if $(HOSTPORT_SRC),$(B)/asan/libhostport.a) \
	$(if $(TLSPORT_SRC),$(B)/asan/libtlsport.a $(B)/libhostmbed.a) $(ASAN_PROTO)
ASAN_CLI := $(B)/asan/libcli.a $(B)/asan/libfactory.a $(B)/asan/libcore.a $(ASAN_PROTO)
TESTLIBS_unit/proto := $(ASAN_PROTO)
TESTLIBS_unit/server := $(ASAN_SERVER)
TESTLIBS_unit/device := $(ASAN_DEVICE)
TESTLIBS_unit/cli := $(ASAN_CLI)
TESTLIBS_sim := $(B)/asan/libserver.a $(B)/asan/libcli.a $(ASAN_DEVICE)
TESTLIBS_powercut := $(ASAN_DEVICE)
TESTLIBS_fuzz := $(B)/asan/libserver.a $(B)/asan/libcli.a $(ASAN_DEVICE)
TESTSYS_unit/proto :=
TESTSYS_unit/server := $(SERVER_LIBS)
TESTSYS_unit/device := $(HOSTPORT_LIBS)
TESTSYS_unit/cli := $(CLI_LIBS)
TESTSYS_sim := $(SERVER_LIBS) $(HOSTPORT_LIBS)
TESTSYS_powercut := $(HOSTPORT_LIBS)
TESTSYS_fuzz := $(SERVER_LIBS) $(CLI_LIBS) $(HOSTPORT_LIBS)

TEST_DIRS := $(UNIT_AREAS:%=unit/%) sim powercut
# $(1) folder below tests, $(2) program, $(3) further objects
define test_rule
$(T)/$(1)/$(2): $(call asan,tests/$(1)/$(2).c $(wildcard tests/$(1)/*_fake.c)) $(3) $(TESTLIBS_$(1))
	@mkdir -p $$(@D)
	$$(call say,LD-ASAN,$$@)
	$$(Q)$(CC) $(ASAN_LDFLAGS) $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group \
		$(TESTSYS_$(1)) $(PROTO_LIBS) $(if $(3),,-lcmocka) -o $$@
TEST_PROGRAMS += $(T)/$(1)/$(2)
endef
names = $(basename $(notdir $(wildcard $(1))))
TEST_PROGRAMS :=
$(foreach d,$(TEST_DIRS),$(foreach t,$(call names,tests/$(d)/*_test.c),$(eval $(call test_rule,$(d),$(t),))))
$(foreach t,$(call names,tests/fuzz/*_fuzz.c),$(eval $(call test_rule,fuzz,$(t),$(call asan,tests/fuzz/driver.c))))

## make tests        build all test programs
tests: $(TEST_PROGRAMS)

.PHONY: test test-quick test-long bench
## make test         run every suite; the last line is "N passed, N failed, N skipped"
test: all tests
	$(Q)tests/run --build $(B)
## make test-quick   unit tests, simulations and lint only
test-quick: tests
	$(Q)tests/run --build $(B) lint unit sim powercut campaigns
## make test-long    every case of the campaigns: hours; build/campaigns.json; REPORT=FILE writes the table of that page
test-long: all tests
	$(Q)tests/campaigns/run --build $(B) $(if $(REPORT),--report $(REPORT))
