# SPDX-License-Identifier: Apache-2.0
# Campaign programs (tests/campaigns): optimized for `make test-long`, and with the sanitizers for the slice of `make test`.
CAMPAIGN_FAKES := $(wildcard tests/unit/device/*_fake.c tests/campaigns/*_fake.c)
CAMPAIGN_PARTS := $(filter-out %_main.c %_fake.c,$(wildcard tests/campaigns/*.c))
$(B)/libcampaigns.a: $(call obj,$(CAMPAIGN_PARTS))
$(B)/asan/libcampaigns.a: $(call asan,$(CAMPAIGN_PARTS))
CAMPAIGNS := $(patsubst tests/campaigns/%_main.c,%,$(wildcard tests/campaigns/*_main.c))
CAMPAIGN_LIBS := $(HOSTPORT_LIBS) -lcrypto

$(CAMPAIGNS:%=$(B)/campaigns/%): $(B)/campaigns/%: $(B)/obj/tests/campaigns/%_main.o \
		$(call obj,$(CAMPAIGN_FAKES)) $(B)/libcampaigns.a $(B)/libcore.a $(B)/libhostport.a $(B)/libtlsport.a $(B)/libhostmbed.a $(B)/libproto.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(PROTO_LIBS) \
		$(CAMPAIGN_LIBS) -o $@
$(CAMPAIGNS:%=$(T)/campaigns/%_test): $(T)/campaigns/%_test: $(B)/asan/obj/tests/campaigns/%_main.o \
		$(call asan,$(CAMPAIGN_FAKES)) $(B)/asan/libcampaigns.a $(ASAN_DEVICE)
	@mkdir -p $(@D)
	$(call say,LD-ASAN,$@)
	$(Q)$(CC) $(ASAN_LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(PROTO_LIBS) \
		$(CAMPAIGN_LIBS) -o $@

.PHONY: campaigns
## make campaigns    build the programs of tests/campaigns
campaigns: $(CAMPAIGNS:%=$(B)/campaigns/%)
tests: $(CAMPAIGNS:%=$(T)/campaigns/%_test)
test-long: campaigns
