# SPDX-License-Identifier: Apache-2.0
# How C is compiled: flags and pattern rules. Objects of x/y/z.c are $(B)/obj/x/y/z.o, the same with the address and
# undefined-behaviour sanitizers under $(B)/asan/obj, and for the device's core under $(B)/fw/obj (mk/firmware.mk).

# Generated headers: made before anything is compiled.
GENERATED := $(patsubst proto/%.proto,$(B)/gen/%.pb.h,$(wildcard proto/*.proto))

WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wcast-qual -Wsign-compare -Wpointer-arith -Wvla -Werror
INCLUDES := -I. -I$(B)/gen
# -I of each tree: includes are written from the tree's root, so that the line names the room.
TREE_server := -Iserver
TREE_cli := -Icli
TREE_proto :=
TREE_device_fw := -Idevice_fw
TREE_tests := -Iserver -Idevice_fw -Icli -Itests

HOST_CFLAGS := -std=gnu11 -O2 -g -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE -fno-common
ASAN_CFLAGS := -std=gnu11 -O1 -g -D_GNU_SOURCE -fno-omit-frame-pointer -fno-common \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined
# The sanitizers' checks hide value ranges from these two: the same files are compiled with them in the plain build.
ASAN_WARNINGS = $(WARNINGS) -Wno-format-truncation -Wno-maybe-uninitialized
HOST_LDFLAGS := -pie -Wl,-z,relro,-z,now
ASAN_LDFLAGS := -fsanitize=address,undefined
DEPS = -MMD -MP

# $(call tree_flags,server/x/y): the includes of the tree, and those that a room adds with FLAGS_<path of a folder>.
dir_flags = $(FLAGS_$(1)) $(if $(findstring /,$(1)),$(call dir_flags,$(patsubst %/,%,$(dir $(1)))))
tree_flags = $(INCLUDES) $(call dir_flags,$(patsubst %/,%,$(dir $(1)))) $(TREE_$(firstword $(subst /, ,$(1))))

$(B)/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) $(WARNINGS) $(call tree_flags,$<) $(DEPS) -c $< -o $@

$(B)/asan/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC-ASAN,$<)
	$(Q)$(CC) $(ASAN_CFLAGS) $(ASAN_WARNINGS) $(call tree_flags,$<) $(DEPS) -c $< -o $@

# q, not r: rooms may have files of the same name, and r would let one replace the other.
$(B)/%.a:
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar qcs $@ $(filter %.o,$^)

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
asan = $(patsubst %.c,$(B)/asan/obj/%.o,$(1))
