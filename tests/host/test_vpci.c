/* SPDX-License-Identifier: Apache-2.0 */
/* test_vpci.c: a guest's PCI configuration space. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/vdev/vpci.h"

static struct vpci pci;

static int setup(void **state)
{
	(void)state;
	pci = (struct vpci){ 0 };
	return 0;
}

static uint32_t in(uint16_t port, uint8_t bytes)
{
	return vpci_read(&pci, &(struct vplatform_access){ .port = port, .bytes = bytes });
}

static void out(uint16_t port, uint8_t bytes, uint32_t value)
{
	vpci_write(&pci,
		   &(struct vplatform_access){ .port = port, .bytes = bytes, .value = value });
}

static uint32_t config(uint32_t address)
{
	out(0xCF8, 4, address);
	return in(0xCFC, 4);
}

/* PCI 3.0, "Software Generation of Configuration Transactions": reserved bits read as 0. */
static void address_reads_back_without_its_reserved_bits(void **state)
{
	(void)state;
	assert_int_equal(in(0xCF8, 4), 0);
	out(0xCF8, 4, 0xFFFFFFFF);
	assert_int_equal(in(0xCF8, 4), 0x80FFFFFC);
}

/* Same section: anything but a DWORD at 0CF8H is an ordinary I/O access, not one of CONFIG_ADDRESS. */
static void narrow_accesses_do_not_reach_the_address(void **state)
{
	(void)state;
	out(0xCF8, 4, 0x80000008);
	for (uint16_t port = 0xCF8; port < 0xCFC; port++) {
		out(port, 1, 0);
		assert_int_equal(in(port, 1), 0xFF);
	}
	out(0xCF8, 2, 0);
	assert_int_equal(in(0xCFA, 2), 0xFFFF);
	assert_int_equal(in(0xCF8, 4), 0x80000008);
}

/* PCI 3.0, "Configuration Space Organization". */
static void host_bridge_is_at_0_0_0(void **state)
{
	(void)state;
	assert_int_equal(config(0x80000000), 0x00081B36);
	assert_int_equal(config(0x80000004), 0);
	assert_int_equal(config(0x80000008), 0x06000000);
	for (uint32_t offset = 0x0C; offset < 0x100; offset += 4) {
		assert_int_equal(config(0x80000000 | offset), 0);
	}
}

static void data_can_be_read_in_any_width_at_its_own_offset(void **state)
{
	(void)state;
	out(0xCF8, 4, 0x80000000);
	assert_int_equal(in(0xCFC, 2), 0x1B36);
	assert_int_equal(in(0xCFE, 2), 0x0008);
	assert_int_equal(in(0xCFD, 1), 0x1B);
	assert_int_equal(in(0xCFD, 2), 0x081B);
	out(0xCF8, 4, 0x80000008);
	assert_int_equal(in(0xCFF, 1), 0x06);
}

static void host_bridge_cannot_be_changed(void **state)
{
	(void)state;
	for (uint32_t offset = 0; offset < 0x100; offset += 4) {
		uint32_t before = config(0x80000000 | offset);

		out(0xCFC, 4, 0xFFFFFFFF);
		out(0xCFC, 1, 0xFF);
		assert_int_equal(in(0xCFC, 4), before);
	}
}

/* PCI 3.0: a configuration read nobody claims ends by master abort and reads as all ones. */
static void every_other_function_is_absent(void **state)
{
	(void)state;
	for (uint32_t function = 1; function < 0x10000; function++) {
		assert_int_equal(config(0x80000000 | function << 8), 0xFFFFFFFF);
	}
	assert_int_equal(in(0xCFE, 2), 0xFFFF);
	assert_int_equal(in(0xCFC, 1), 0xFF);
}

static void data_without_the_enable_bit_is_nobodys(void **state)
{
	(void)state;
	assert_int_equal(config(0x00000000), 0xFFFFFFFF);
}

static void access_that_leaves_the_data_port_reads_all_ones(void **state)
{
	(void)state;
	out(0xCF8, 4, 0x80000000);
	assert_int_equal(in(0xCFE, 4), 0xFFFFFFFF);
	assert_int_equal(in(0xCFA, 4), 0xFFFFFFFF);
}

/* PCI Express 3.0, "PCI Express Enhanced Configuration Access Mechanism (ECAM)": the same registers, as memory. */
static void ecam_shows_the_host_bridge_that_the_ports_show(void **state)
{
	(void)state;
	for (uint32_t offset = 0; offset < 0x100; offset += 4) {
		assert_int_equal(vpci_ecam_read(offset, 4), config(0x80000000 | offset));
		assert_int_equal(vpci_ecam_read(offset + 2, 2), config(0x80000000 | offset) >> 16);
		assert_int_equal(vpci_ecam_read(offset + 3, 1), config(0x80000000 | offset) >> 24);
	}
	assert_int_equal(vpci_ecam_read(0, 4), 0x00081B36);
	assert_int_equal(vpci_ecam_read(8, 8), 0x06000000);
}

static void ecam_has_no_extended_capability_and_no_other_function(void **state)
{
	(void)state;
	assert_int_equal(vpci_ecam_read(0x100, 4), 0);
	assert_int_equal(vpci_ecam_read(0xFFC, 4), 0);
	for (uint32_t function = 0x1000; function < VPCI_ECAM_BYTES; function += 0x1000) {
		assert_int_equal(vpci_ecam_read(function, 4), 0xFFFFFFFF);
		assert_int_equal(vpci_ecam_read(function + 0xE, 1), 0xFF);
	}
	assert_int_equal(vpci_ecam_read(VPCI_ECAM_BYTES - 8, 8), UINT64_MAX);
}

static void ecam_access_across_a_border_reads_all_ones(void **state)
{
	(void)state;
	assert_int_equal(vpci_ecam_read(1, 2), 0xFFFF);
	assert_int_equal(vpci_ecam_read(2, 4), 0xFFFFFFFF);
	assert_int_equal(vpci_ecam_read(4, 8), UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(address_reads_back_without_its_reserved_bits, setup),
		cmocka_unit_test_setup(narrow_accesses_do_not_reach_the_address, setup),
		cmocka_unit_test_setup(host_bridge_is_at_0_0_0, setup),
		cmocka_unit_test_setup(data_can_be_read_in_any_width_at_its_own_offset, setup),
		cmocka_unit_test_setup(host_bridge_cannot_be_changed, setup),
		cmocka_unit_test_setup(every_other_function_is_absent, setup),
		cmocka_unit_test_setup(data_without_the_enable_bit_is_nobodys, setup),
		cmocka_unit_test_setup(access_that_leaves_the_data_port_reads_all_ones, setup),
		cmocka_unit_test_setup(ecam_shows_the_host_bridge_that_the_ports_show, setup),
		cmocka_unit_test_setup(ecam_has_no_extended_capability_and_no_other_function,
				       setup),
		cmocka_unit_test_setup(ecam_access_across_a_border_reads_all_ones, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
