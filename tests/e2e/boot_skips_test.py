#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A slice of the campaign that skips instructions of the real boot0 (tests/campaigns/board_skips.py): E2E_SKIPS of them."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from campaigns import board_skips  # noqa: E402

if __name__ == "__main__":
    os.environ.setdefault("CAMPAIGN_SKIPS", os.environ.get("E2E_SKIPS", "120"))
    os.environ.setdefault("CAMPAIGN_SEED", os.environ.get("E2E_SEED", "1"))
    board_skips.main()
