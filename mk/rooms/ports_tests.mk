# SPDX-License-Identifier: Apache-2.0
# Tests of the ports that run on the host (tests/unit/ports): the device's TLS against OpenSSL, flash, script, sockets.
# A folder of their own, because tests of the core replace the same ports by fakes.
TESTLIBS_unit/ports := $(B)/asan/libhostport.a $(B)/asan/libtlsport.a $(B)/libhostmbed.a
TESTSYS_unit/ports := $(HOSTPORT_LIBS) -lssl -lcrypto
PORTS_TESTS := $(call names,tests/unit/ports/*_test.c)
$(foreach t,$(PORTS_TESTS),$(eval $(call test_rule,unit/ports,$(t),)))
tests: $(PORTS_TESTS:%=$(T)/unit/ports/%)
