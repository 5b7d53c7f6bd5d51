/* SPDX-License-Identifier: Apache-2.0 */
/* test_acpi_fadt.c: registers that FADT, HPET and SPCR name. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/acpi_fadt.h"
#include "drivers/acpi_hpet.h"
#include "drivers/acpi_spcr.h"
#include "tests/host/acpi_bytes.h"

static uint8_t bytes[512];
static struct acpi_fadt fadt;
static struct acpi_hpet hpet;
static struct acpi_spcr spcr;

static struct acpi_table table_of(const char *signature, size_t length)
{
	put_header(bytes, signature, (uint32_t)length);
	return (struct acpi_table){ .bytes = bytes, .length = (uint32_t)length };
}

/* A FADT as a PC of revision 1 has it. */
static int old_fadt(void **state)
{
	(void)state;
	memset(bytes, 0, sizeof(bytes));
	put(bytes + 40, 0x7fe0000, 4);
	put(bytes + 46, 9, 2);
	put(bytes + 48, 0xb2, 4);
	bytes[52] = 0xf1;
	put(bytes + 64, 0x604, 4);
	put(bytes + 76, 0x608, 4);
	bytes[89] = 2;
	bytes[91] = 4;
	bytes[108] = 0x32;
	put(bytes + 109, 0xffff, 2);
	return 0;
}

static enum status parse_fadt(size_t length, uint8_t revision)
{
	struct acpi_table table = table_of("FACP", length);

	bytes[8] = revision;
	return acpi_fadt_parse(&table, &fadt);
}

static void fadt_of_revision_1_gives_ports(void **state)
{
	(void)state;
	assert_int_equal(parse_fadt(116, 1), OK);
	assert_int_equal(fadt.dsdt.value, 0x7fe0000);
	assert_int_equal(fadt.sci_irq, 9);
	assert_int_equal(fadt.smi_command, 0xb2);
	assert_int_equal(fadt.acpi_enable, 0xf1);
	assert_true(fadt.pm_timer.present);
	assert_int_equal(fadt.pm_timer.space, ACPI_SPACE_IO);
	assert_int_equal(fadt.pm_timer.address, 0x608);
	assert_int_equal(fadt.pm_timer_bits, 24);
	assert_int_equal(fadt.pm1a_control.address, 0x604);
	assert_false(fadt.pm1b_control.present);
	assert_false(fadt.has_reset);
	assert_false(fadt.has_boot_arch);
	assert_int_equal(fadt.boot_arch, 0);
	assert_int_equal(fadt.century, 0x32);
}

static void registers_of_later_revisions_win_over_ports(void **state)
{
	(void)state;
	put_register(bytes + 208, ACPI_SPACE_MEMORY, 3, 0xfed80000);
	put_register(bytes + 172, ACPI_SPACE_IO, 2, 0x1804);
	put(bytes + 140, 0x100007fe0000, 8);
	put(bytes + 112, 1 << 8, 4);
	assert_int_equal(parse_fadt(276, 6), OK);
	assert_int_equal(fadt.dsdt.value, 0x100007fe0000);
	assert_int_equal(fadt.pm_timer.space, ACPI_SPACE_MEMORY);
	assert_int_equal(fadt.pm_timer.address, 0xfed80000);
	assert_int_equal(fadt.pm_timer_bits, 32);
	assert_int_equal(fadt.pm1a_control.address, 0x1804);
	assert_int_equal(fadt.boot_arch, 0xffff);
}

static void register_beyond_the_end_of_the_table_is_not_read(void **state)
{
	(void)state;
	put_register(bytes + 208, ACPI_SPACE_MEMORY, 3, 0xfed80000);
	assert_int_equal(parse_fadt(219, 3), OK);
	assert_int_equal(fadt.pm_timer.address, 0x608);
}

/* ACPI Specification 6.5, "FADT Format": PM_TMR_LEN is 0 when there is no PM timer. */
static void pm_timer_needs_its_length(void **state)
{
	(void)state;
	bytes[91] = 0;
	assert_int_equal(parse_fadt(116, 1), OK);
	assert_false(fadt.pm_timer.present);
}

static void port_above_64k_is_not_used(void **state)
{
	(void)state;
	put(bytes + 76, 0x10608, 4);
	put(bytes + 48, 0x100b2, 4);
	assert_int_equal(parse_fadt(116, 1), OK);
	assert_false(fadt.pm_timer.present);
	assert_int_equal(fadt.smi_command, 0);
}

/* ACPI Specification 6.5, "Fixed ACPI Description Table Fixed Feature Flags": RESET_REG_SUP. */
static void reset_register_needs_its_flag(void **state)
{
	(void)state;
	put_register(bytes + 116, ACPI_SPACE_IO, 1, 0xcf9);
	bytes[128] = 0xe;
	assert_int_equal(parse_fadt(244, 3), OK);
	assert_false(fadt.has_reset);
	put(bytes + 112, 1 << 10, 4);
	assert_int_equal(parse_fadt(244, 3), OK);
	assert_true(fadt.has_reset);
	assert_int_equal(fadt.reset.address, 0xcf9);
	assert_int_equal(fadt.reset_value, 0xe);
	assert_int_equal(parse_fadt(128, 3), OK);
	assert_false(fadt.has_reset);
}

static void hardware_reduced_machine_has_no_pm_registers(void **state)
{
	(void)state;
	put(bytes + 112, 1 << 20, 4);
	assert_int_equal(parse_fadt(276, 6), OK);
	assert_true(fadt.hardware_reduced);
	assert_false(fadt.pm_timer.present);
	assert_false(fadt.pm1a_control.present);
	assert_int_equal(fadt.smi_command, 0);
}

static void fadt_that_is_too_short_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse_fadt(115, 1), E_TRUNCATED);
	assert_string_equal(fadt.why, "FACP: 115 bytes, at least 116 are needed");
}

static int no_table(void **state)
{
	(void)state;
	memset(bytes, 0, sizeof(bytes));
	return 0;
}

static enum status parse_hpet(size_t length)
{
	struct acpi_table table = table_of("HPET", length);

	return acpi_hpet_parse(&table, &hpet);
}

static void hpet_gives_its_address(void **state)
{
	(void)state;
	put_register(bytes + 40, ACPI_SPACE_MEMORY, 0, 0xfed00000);
	bytes[52] = 1;
	assert_int_equal(parse_hpet(56), OK);
	assert_int_equal(hpet.address.value, 0xfed00000);
	assert_int_equal(hpet.number, 1);
}

static void hpet_that_cannot_be_used_is_refused(void **state)
{
	(void)state;
	put_register(bytes + 40, ACPI_SPACE_MEMORY, 0, 0xfed00000);
	assert_int_equal(parse_hpet(52), E_TRUNCATED);
	put_register(bytes + 40, ACPI_SPACE_IO, 0, 0x400);
	assert_int_equal(parse_hpet(56), E_UNSUPPORTED);
	assert_int_equal(hpet.address.value, 0);
}

static enum status parse_spcr(size_t length)
{
	struct acpi_table table = table_of("SPCR", length);

	return acpi_spcr_parse(&table, &spcr);
}

static void spcr_gives_a_port_and_its_speed(void **state)
{
	(void)state;
	put_register(bytes + 40, ACPI_SPACE_IO, 3, 0x3f8);
	bytes[58] = 7;
	assert_int_equal(parse_spcr(80), OK);
	assert_true(spcr.is_16550);
	assert_int_equal(spcr.uart.address, 0x3f8);
	assert_int_equal(spcr.uart.space, ACPI_SPACE_IO);
	assert_int_equal(spcr.register_stride, 1);
	assert_int_equal(spcr.baud, 115200);
}

static void spcr_in_memory_has_registers_an_access_apart(void **state)
{
	(void)state;
	put_register(bytes + 40, ACPI_SPACE_MEMORY, 3, 0xfe030000);
	bytes[36] = 0x12;
	assert_int_equal(parse_spcr(80), OK);
	assert_true(spcr.is_16550);
	assert_int_equal(spcr.register_stride, 4);
	assert_int_equal(spcr.baud, 0);
	bytes[43] = 0; /* no access size: the register's 32 bits decide */
	assert_int_equal(parse_spcr(80), OK);
	assert_int_equal(spcr.register_stride, 4);
	bytes[43] = 1;
	assert_int_equal(parse_spcr(80), OK);
	assert_int_equal(spcr.register_stride, 1);
}

static void spcr_of_another_port_kind_is_no_16550(void **state)
{
	(void)state;
	put_register(bytes + 40, ACPI_SPACE_MEMORY, 3, 0x9000000);
	bytes[36] = 3;
	assert_int_equal(parse_spcr(80), OK);
	assert_false(spcr.is_16550);
	assert_int_equal(spcr.interface, 3);
}

static void spcr_that_is_off_or_unusable_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse_spcr(80), E_NOT_FOUND);
	put_register(bytes + 40, ACPI_SPACE_IO, 1, 0x103f8);
	assert_int_equal(parse_spcr(80), E_UNSUPPORTED);
	put_register(bytes + 40, ACPI_SPACE_PCI, 1, 0x3f8);
	assert_int_equal(parse_spcr(80), E_UNSUPPORTED);
	assert_int_equal(parse_spcr(58), E_TRUNCATED);
}

#define FADT(name) cmocka_unit_test_setup(name, old_fadt)
#define CASE(name) cmocka_unit_test_setup(name, no_table)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FADT(fadt_of_revision_1_gives_ports),
		FADT(registers_of_later_revisions_win_over_ports),
		FADT(register_beyond_the_end_of_the_table_is_not_read),
		FADT(pm_timer_needs_its_length),
		FADT(port_above_64k_is_not_used),
		FADT(reset_register_needs_its_flag),
		FADT(hardware_reduced_machine_has_no_pm_registers),
		FADT(fadt_that_is_too_short_is_refused),
		CASE(hpet_gives_its_address),
		CASE(hpet_that_cannot_be_used_is_refused),
		CASE(spcr_gives_a_port_and_its_speed),
		CASE(spcr_in_memory_has_registers_an_access_apart),
		CASE(spcr_of_another_port_kind_is_no_16550),
		CASE(spcr_that_is_off_or_unusable_is_refused),
	};
	return cmocka_run_group_tests_name("acpi_fadt", tests, NULL, NULL);
}
