# SPDX-License-Identifier: Apache-2.0
"""Starts real servers and devices for tests, waits for what they say, and ends exactly what it started."""
