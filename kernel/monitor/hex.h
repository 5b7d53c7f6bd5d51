/* SPDX-License-Identifier: Apache-2.0 */
/* hex.h: bytes as hexadecimal text. Pure. */
#pragma once

#include "kernel/lib/types.h"

enum {
	HEX_BYTES = 16, /* in a row */
	HEX_TEXT_BYTES = HEX_BYTES * 3,
};

/** hex_text() - up to HEX_BYTES bytes as "0a ff 00", into HEX_TEXT_BYTES. */
void hex_text(const uint8_t *bytes, size_t count, char *text);
