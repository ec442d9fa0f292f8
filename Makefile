# SPDX-License-Identifier: Apache-2.0
# Outrigger. `make help` says what can be built; `./bootstrap demo` and `./bootstrap test` also install what is missing.
#
# One make, not recursive. Sources are found by folder, so a new file needs no line here. B is the output folder,
# V=1 shows commands. What needs rules of its own has a file in mk/rooms.
B ?= build
OUTRIGGER_CACHE ?= .cache
CACHE := $(OUTRIGGER_CACHE)
MAKEFLAGS += --no-builtin-rules
export PYTHONDONTWRITEBYTECODE := 1
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

CC := gcc
CROSS := arm-none-eabi-
Q := $(if $(V),,@)
say = @printf '  %-7s %s\n' $(1) '$(2)';

.PHONY: all help server cli device-host firmware tests
## make all          server, cli, device-host and firmware
all: server cli device-host firmware

help:
	@sed -n 's/^##  *//p' $(MAKEFILE_LIST)

include mk/compile.mk
include mk/thirdparty.mk
include mk/proto.mk
include mk/version.mk
include mk/server.mk
include mk/cli.mk
include mk/device_host.mk
include mk/firmware.mk
include mk/tests.mk
include mk/lint.mk
include mk/use.mk
-include mk/rooms/*.mk
-include $(shell find $(B) -name '*.d' 2>/dev/null)
