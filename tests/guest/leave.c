/* SPDX-License-Identifier: Apache-2.0 */
/* leave.c: a guest that ends itself, or its machine, in the way that its command line names: "leave=WAY". */
#include "tests/guest/lib.h"
#include "tests/guest/suite/acpi.h"
#include "tests/guest/suite/text.h"

/* Source: Multiboot Specification version 0.6.96, "Boot information format". */
enum { MB_HAS_CMDLINE = 1 << 2 };
struct mb_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
};

/* Source: ACPI Specification 6.4, "Fixed ACPI Description Table (FADT)", "Generic Address Structure", "PM1 Control Registers". */
enum {
	FADT_DSDT = 40,
	FADT_PM1A_CONTROL = 64,
	FADT_FLAGS = 112,
	FADT_RESET_REG = 116,
	FADT_RESET_VALUE = 128,
	FLAG_RESET_REG_SUP = 1 << 10,
	GAS_ADDRESS = 4,
	SLP_TYP_SHIFT = 10,
	SLP_TYP_MASK = 7 << SLP_TYP_SHIFT,
	SLP_EN = 1 << 13,
	AML_PACKAGE = 0x12,
	AML_BYTE = 0x0A,
};

enum {
	PORT_RESET = 0xCF9,
	RESET_HARD = 0x02,
	RESET_NOW = 0x06,
	PORT_KBC = 0x64,
	KBC_BUSY = 1 << 1,
	KBC_PULSE_RESET = 0xFE,
	PORT_FAST = 0x92,
	FAST_RESET = 1,
	WAIT_ROUNDS = 10000000,
};

void guest_interrupt(struct frame *frame)
{
	die("leave", frame);
}

static bool by_acpi_register(void)
{
	const struct acpi_header *fadt = acpi_find("FACP");

	if (fadt == NULL || (acpi_dword(fadt, FADT_FLAGS) & FLAG_RESET_REG_SUP) == 0) {
		return false;
	}
	out8(acpi_word(fadt, FADT_RESET_REG + GAS_ADDRESS), acpi_byte(fadt, FADT_RESET_VALUE));
	return true;
}

static bool by_cf9(void)
{
	out8(PORT_RESET, RESET_HARD);
	out8(PORT_RESET, RESET_NOW);
	return true;
}

static bool by_8042(void)
{
	for (unsigned i = 0; i < WAIT_ROUNDS && (in8(PORT_KBC) & KBC_BUSY) != 0; i++) {
		__builtin_ia32_pause();
	}
	out8(PORT_KBC, KBC_PULSE_RESET);
	return true;
}

static bool by_port_92(void)
{
	uint8_t before = in8(PORT_FAST);

	out8(PORT_FAST, (uint8_t)(before & ~FAST_RESET));
	out8(PORT_FAST, before | FAST_RESET);
	return true;
}

static bool by_triple_fault(void)
{
	triple_fault();
}

/* The first element of the package \_S5 of the DSDT; 0xFF: there is none. */
static uint8_t s5_type(const struct acpi_header *dsdt)
{
	for (uint32_t at = sizeof(*dsdt); at + 8 < dsdt->length; at++) {
		const uint8_t *aml = (const uint8_t *)dsdt + at;

		if (acpi_same(aml, "_S5_", 4) && aml[4] == AML_PACKAGE) {
			return aml[7] == AML_BYTE ? aml[8] : aml[7];
		}
	}
	return 0xFF;
}

static bool by_s5(void)
{
	const struct acpi_header *fadt = acpi_find("FACP");
	const struct acpi_header *dsdt;
	uint16_t port, control;
	uint8_t type;

	if (fadt == NULL) {
		return false;
	}
	dsdt = (const struct acpi_header *)acpi_dword(fadt, FADT_DSDT);
	type = s5_type(dsdt);
	port = (uint16_t)acpi_dword(fadt, FADT_PM1A_CONTROL);
	control = (uint16_t)((in16(port) & ~SLP_TYP_MASK) | type << SLP_TYP_SHIFT);
	if (type == 0xFF) {
		return false;
	}
	out16(port, control);
	out16(port, control | SLP_EN);
	return true;
}

static const struct {
	const char *name;
	bool (*leave)(void); /* false: this machine has no such way */
} ways[] = {
	{ "acpi", by_acpi_register },  { "cf9", by_cf9 },
	{ "8042", by_8042 },           { "port92", by_port_92 },
	{ "triple", by_triple_fault }, { "s5", by_s5 },
};

static void leave(const char *way)
{
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (text_is_word(way, ways[i].name)) {
			print("leave: begin ");
			print(ways[i].name);
			print("\n");
			uart_wait();
			print(ways[i].leave() ? "" : "leave: no such way here\n");
			for (unsigned wait = 0; wait < WAIT_ROUNDS; wait++) {
				__builtin_ia32_pause();
			}
			print("leave: still here\n");
			stop();
		}
	}
	print("leave: unknown way\n");
	stop();
}

void guest_main(uint32_t magic, uint32_t info)
{
	const struct mb_info *mb = (const struct mb_info *)info;
	const char *way = NULL;

	(void)magic;
	idt_load();
	uart_start(false);
	if ((mb->flags & MB_HAS_CMDLINE) != 0) {
		way = text_behind((const char *)mb->cmdline, "leave");
	}
	leave(way == NULL ? "" : way);
}
