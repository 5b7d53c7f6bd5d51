# SPDX-License-Identifier: Apache-2.0
"""Guests made of Debian's packages: what tools/fetch-guests is made of."""
