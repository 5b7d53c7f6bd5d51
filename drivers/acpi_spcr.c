/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_spcr.c: the SPCR table: which serial port the firmware uses as its console. */
#include "drivers/acpi_spcr.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

/** struct baud_code - a configured baud rate. Any other code, 0 among them: leave it alone. */
struct baud_code {
	uint8_t code;
	uint32_t baud;
};

static const struct baud_code baud_codes[] = {
	{ 3, 9600 },
	{ 4, 19200 },
	{ 6, 57600 },
	{ 7, 115200 },
};

/* Microsoft "Debug Port Table 2 (DBG2)": serial port subtypes that are a 16550 to a driver. */
static const uint8_t interfaces_16550[] = { 0x00, 0x01, 0x12 };

enum { AT_INTERFACE = 36, AT_UART = 40, AT_BAUD = 58 };

static uint32_t baud_from(uint8_t code)
{
	for (size_t i = 0; i < ARRAY_COUNT(baud_codes); i++) {
		if (baud_codes[i].code == code) {
			return baud_codes[i].baud;
		}
	}
	return 0;
}

static bool is_16550(uint8_t interface)
{
	for (size_t i = 0; i < ARRAY_COUNT(interfaces_16550); i++) {
		if (interfaces_16550[i] == interface) {
			return true;
		}
	}
	return false;
}

/** stride_of() - ports lie side by side; in memory a register is as far as one access reaches. */
static uint8_t stride_of(const struct acpi_register *uart)
{
	uint8_t bytes = uart->access_bytes;

	if (bytes == 0) {
		bytes = uart->bit_width / 8;
	}
	bool is_spread = bytes == 2 || bytes == 4 || bytes == 8;

	return uart->space == ACPI_SPACE_MEMORY && is_spread ? bytes : 1;
}

enum status acpi_spcr_parse(const struct acpi_table *table, struct acpi_spcr *out)
{
	struct cursor c;

	memset(out, 0, sizeof(*out));
	enum status status = acpi_table_open(table, "SPCR", out->why, &c);

	if (status != OK) {
		return status;
	}
	cursor_seek(&c, AT_INTERFACE);
	out->interface = cursor_u8(&c);
	out->is_16550 = is_16550(out->interface);
	cursor_seek(&c, AT_UART);
	out->uart = acpi_register_read(&c);
	out->register_stride = stride_of(&out->uart);
	cursor_seek(&c, AT_BAUD);
	out->baud = baud_from(cursor_u8(&c));
	if (c.failed) {
		format(out->why, ACPI_WHY_BYTES, "SPCR: ends after %zu bytes", c.length);
		return E_TRUNCATED;
	}
	if (out->uart.address == 0) {
		format(out->why, ACPI_WHY_BYTES, "SPCR: console redirection is switched off");
		return E_NOT_FOUND;
	}
	if (!out->uart.present || out->uart.space == ACPI_SPACE_PCI) {
		format(out->why, ACPI_WHY_BYTES, "SPCR: port at 0x%lx in space %u cannot be used",
		       (unsigned long)out->uart.address, out->uart.space);
		return E_UNSUPPORTED;
	}
	return OK;
}
