#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A slice of the campaign over the flash states of the real images (tests/campaigns/board_states.py): E2E_FLASH_STATES of them."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from campaigns import board_states  # noqa: E402

if __name__ == "__main__":
    os.environ.setdefault("CAMPAIGN_STATES", os.environ.get("E2E_FLASH_STATES", "30"))
    os.environ.setdefault("CAMPAIGN_SEED", os.environ.get("E2E_SEED", "1"))
    board_states.main()
