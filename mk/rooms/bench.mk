# SPDX-License-Identifier: Apache-2.0
# Benchmarks (tests/bench): load generators and peers in C, arithmetic and tables in run.py.
BENCH := $(B)/bench

BENCH_TLS_PARTS := tests/bench/bench_identities.c tests/bench/bench_openssl.c

$(BENCH)/bench_tls: $(call obj,tests/bench/bench_tls.c $(BENCH_TLS_PARTS)) $(B)/libproto.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) $^ -lssl -lcrypto -lpthread $(PROTO_LIBS) -o $@
$(BENCH)/bench_tls_memory: $(call obj,tests/bench/bench_tls_memory.c $(BENCH_TLS_PARTS)) $(B)/libserver.a $(B)/libproto.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) $^ $(SERVER_LIBS) $(PROTO_LIBS) -o $@
$(BENCH)/bench_http: $(call obj,tests/bench/bench_http.c)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) $^ -lpthread -o $@
$(BENCH)/bench_http_peer: $(call obj,tests/bench/bench_http_peer.c)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) $^ -lmicrohttpd -o $@

## make bench        measure against peers on this machine; tables and build/bench.json
bench: all $(BENCH)/bench_tls $(BENCH)/bench_tls_memory $(BENCH)/bench_http $(BENCH)/bench_http_peer
	$(Q)/usr/bin/python3 tests/bench/run.py --build $(B)
