# SPDX-License-Identifier: Apache-2.0
"""The machines that tools/run starts: what a rig is, each emulator, and the serial line."""
