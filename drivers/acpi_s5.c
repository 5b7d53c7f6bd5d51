/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_s5.c: what to write to a machine's PM1 control registers to switch it off. */
#include "drivers/acpi_s5.h"

#include "kernel/lib/cursor.h"
#include "kernel/lib/string.h"

/* ACPI Specification 6.5, "AML Byte Stream Byte Values". */
enum {
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0A,
	AML_WORD = 0x0B,
	AML_DWORD = 0x0C,
	AML_QWORD = 0x0E,
	AML_PACKAGE = 0x12,
	AML_ROOT = 0x5C,
	AML_ONES = 0xFF,
};

enum { SLP_TYP_MAX = 7 };

/* A package's length counts its own bytes. Return: the package's contents; failed when they are not all there. */
static struct cursor open_package(struct cursor *aml)
{
	size_t start = aml->at;
	uint8_t lead = cursor_u8(aml);
	unsigned more = lead >> 6;
	uint64_t length = more == 0 ? lead & 0x3F : lead & 0x0F;

	if (more > 0) {
		length |= cursor_le(aml, more) << 4;
	}
	size_t used = aml->at - start;
	size_t rest = length - used; /* less than nothing is more than there is */
	const uint8_t *bytes = cursor_take(aml, rest);
	struct cursor contents = cursor_over(bytes, bytes != NULL ? rest : 0);

	contents.failed = bytes == NULL;
	return contents;
}

/* The next element as a number; failed when it is none. */
static uint64_t take_number(struct cursor *c)
{
	switch (cursor_u8(c)) {
	case AML_ZERO:
		return 0;
	case AML_ONE:
		return 1;
	case AML_ONES:
		return UINT64_MAX;
	case AML_BYTE:
		return cursor_le(c, 1);
	case AML_WORD:
		return cursor_le(c, 2);
	case AML_DWORD:
		return cursor_le(c, 4);
	case AML_QWORD:
		return cursor_le(c, 8);
	default:
		c->failed = true;
		return 0;
	}
}

/* @aml stands behind the name. */
static bool read_types(struct cursor *aml, struct acpi_s5 *out)
{
	if (cursor_u8(aml) != AML_PACKAGE) {
		return false;
	}
	struct cursor package = open_package(aml);
	uint8_t count = cursor_u8(&package);
	uint64_t a = take_number(&package);
	/* With one element both registers get the same. */
	uint64_t b = count > 1 ? take_number(&package) : a;

	if (package.failed || count == 0 || a > SLP_TYP_MAX || b > SLP_TYP_MAX) {
		return false;
	}
	*out = (struct acpi_s5){ (uint8_t)a, (uint8_t)b };
	return true;
}

static bool name_is_here(struct cursor *aml)
{
	if (cursor_u8(aml) != AML_NAME) {
		return false;
	}
	if (cursor_left(aml) > 0 && aml->bytes[aml->at] == AML_ROOT) {
		cursor_u8(aml);
	}
	const uint8_t *name = cursor_take(aml, 4);
	return name != NULL && memcmp(name, "_S5_", 4) == 0;
}

enum status acpi_s5_parse(const struct acpi_table *table, struct acpi_s5 *out)
{
	if (table->length < ACPI_HEADER_BYTES) {
		return E_TRUNCATED;
	}
	/* The name may stand by chance in other data: go on until what follows makes sense. */
	for (size_t at = ACPI_HEADER_BYTES; at < table->length; at++) {
		struct cursor aml = cursor_over(table->bytes, table->length);

		cursor_seek(&aml, at);
		if (name_is_here(&aml) && read_types(&aml, out)) {
			return OK;
		}
	}
	return E_NOT_FOUND;
}
