# SPDX-License-Identifier: Apache-2.0
.PHONY: lint
## make lint         layers, library confinement, sizes, format, static analysis (tests/lint)
lint:
	$(Q)/usr/bin/python3 tests/lint/lint.py
