# SPDX-License-Identifier: Apache-2.0
# What server and device share: nanopb's output for proto/*.proto and the code of proto/*/.
# The generator is run with the system's python3, whatever python3 stands first in PATH: its modules are there.
PROTO_GEN := $(patsubst proto/%.proto,$(B)/gen/%.pb,$(wildcard proto/*.proto))
PROTO_SRC := $(wildcard proto/*/*.c)

# Explicit rules, not a pattern: make deletes files that only patterns mention.
define proto_rule
$(1).c $(1).h &: proto/$(notdir $(1:.pb=)).proto proto/$(notdir $(1:.pb=)).options
	@mkdir -p $$(@D)
	$$(call say,NANOPB,$$<)
	$$(Q)/usr/bin/python3 /usr/bin/nanopb_generator.py -q -I proto -D $(B)/gen -L '#include <%s>' $$(<F)
endef
$(foreach p,$(PROTO_GEN),$(eval $(call proto_rule,$(p))))

# Generated code is checked by its generator's own tests, not by our warnings.
PROTO_GEN_OBJ := $(PROTO_GEN:$(B)/gen/%=$(B)/obj/gen/%.o)
PROTO_GEN_ASAN := $(PROTO_GEN:$(B)/gen/%=$(B)/asan/obj/gen/%.o)
$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) -w $(INCLUDES) -c $< -o $@
$(B)/asan/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(call say,CC-ASAN,$<)
	$(Q)$(CC) $(ASAN_CFLAGS) -w $(INCLUDES) -c $< -o $@

$(B)/libproto.a: $(call obj,$(PROTO_SRC)) $(PROTO_GEN_OBJ)
$(B)/asan/libproto.a: $(call asan,$(PROTO_SRC)) $(PROTO_GEN_ASAN)
PROTO_LIBS := -lprotobuf-nanopb
