# SPDX-License-Identifier: Apache-2.0
# The server, outriggerd. The libraries hold everything but main, so that tests link the product's own objects.
SERVER_MAIN := $(wildcard server/main/main.c)
SERVER_SRC := $(filter-out $(SERVER_MAIN),$(wildcard server/*/*.c))
SERVER_LIBS := -lmicrohttpd -ljansson -luv -lssl -lcrypto -lsqlite3 -lzip -lpthread

$(B)/libserver.a: $(call obj,$(SERVER_SRC))
$(B)/asan/libserver.a: $(call asan,$(SERVER_SRC))

$(B)/bin/outriggerd: $(call obj,$(SERVER_MAIN)) $(B)/libserver.a $(B)/libproto.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) $(filter %.o %.a,$^) $(SERVER_LIBS) $(PROTO_LIBS) -o $@

## make server       build/bin/outriggerd
server: $(if $(SERVER_MAIN),$(B)/bin/outriggerd)
