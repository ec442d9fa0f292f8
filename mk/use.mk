# SPDX-License-Identifier: Apache-2.0
# Targets for people: demo, run, device, cleaning.
.PHONY: demo run device clean distclean
## make demo         build all, then the whole story on this machine (DEMO_EXIT=1: verify, stop, exit)
demo: all
	$(Q)BUILD=$(B) scripts/demo
## make run          a server with an embedded store in ./data
run: server cli $(BOOT_PUBLIC_KEYS)
	$(Q)BUILD=$(B) scripts/run
## make device       one more emulated device against that server
device: firmware cli
	$(Q)BUILD=$(B) scripts/device

## make clean        remove build output
clean:
	$(Q)rm -rf $(B) tests/*/__pycache__
## make distclean    also stop what the demo left running and remove its files, ./data and the cache
distclean: clean
	$(Q)scripts/demo-stop
	$(Q)rm -rf demo data $(CACHE)
