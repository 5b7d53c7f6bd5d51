/* SPDX-License-Identifier: Apache-2.0 */
/* hex.c: bytes as hexadecimal text. */
#include "kernel/monitor/hex.h"

void hex_text(const uint8_t *bytes, size_t count, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count && i < HEX_BYTES; i++) {
		if (i > 0) {
			*text++ = ' ';
		}
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}
