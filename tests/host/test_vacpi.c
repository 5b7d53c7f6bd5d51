/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_vacpi.c: the ACPI tables of a guest, byte by byte.
 *
 * With VACPI_DUMP=FILE in the environment, writes the tables of a guest with VACPI_DUMP_CPUS processors, and an
 * HPET if VACPI_DUMP_HPET is set, there instead (tools/check-acpi gives them to iasl).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generated/dsdt_aml.h"
#include "kernel/vdev/vacpi.h"
#include "kernel/vdev/vpci.h"
#include "kernel/vdev/vpm.h"
#include "kernel/vdev/vrtc.h"

static uint8_t image[VACPI_BYTES_MAX];
static uint32_t ids[VACPI_CPUS_MAX + 1];
static size_t used;
static bool hpet;

/* Sparse IDs, the last ones too large for a local APIC entry when there are many. */
static enum status build(uint32_t cpu_count, size_t size)
{
	for (uint32_t i = 0; i <= VACPI_CPUS_MAX; i++) {
		ids[i] = 2 * i;
	}
	memset(image, 0xA5, sizeof(image));
	return vacpi_build(&(struct vacpi_setup){ cpu_count, ids, hpet }, image, size, &used);
}

static uint64_t le(const uint8_t *at, unsigned count)
{
	uint64_t value = 0;

	for (unsigned i = count; i > 0; i--) {
		value = value << 8 | at[i - 1];
	}
	return value;
}

static const uint8_t *at_gpa(uint64_t gpa)
{
	assert_in_range(gpa, VACPI_BASE, VACPI_BASE + used - 1);
	return image + (gpa - VACPI_BASE);
}

static uint8_t sum(const uint8_t *bytes, size_t count)
{
	uint8_t total = 0;

	for (size_t i = 0; i < count; i++) {
		total = (uint8_t)(total + bytes[i]);
	}
	return total;
}

/* Found as a guest finds it: RSDP, XSDT, signature; or NULL. */
static const uint8_t *find(const char *signature)
{
	const uint8_t *xsdt = at_gpa(le(image + 24, 8));

	for (size_t at = 36; at < le(xsdt + 4, 4); at += 8) {
		const uint8_t *found = at_gpa(le(xsdt + at, 8));

		if (memcmp(found, signature, 4) == 0) {
			return found;
		}
	}
	return NULL;
}

static const uint8_t *table(const char *signature)
{
	const uint8_t *found = find(signature);

	if (found == NULL) {
		fail_msg("no table %s", signature);
	}
	return found;
}

static const uint8_t *dsdt(void)
{
	return at_gpa(le(table("FACP") + 140, 8));
}

/* ACPI 5.0, "Root System Description Pointer (RSDP)". */
static void rsdp_is_first_with_both_checksums_right(void **state)
{
	(void)state;
	assert_int_equal(build(2, sizeof(image)), OK);
	assert_memory_equal(image, "RSD PTR ", 8);
	assert_int_equal(image[15], 2);
	assert_int_equal(le(image + 20, 4), 36);
	assert_int_equal(sum(image, 20), 0);
	assert_int_equal(sum(image, 36), 0);
}

/* ACPI 5.0, "System Description Table Header": the entire table must add up to zero. */
static void every_table_adds_up_to_zero_and_ends_within_the_image(void **state)
{
	(void)state;
	assert_int_equal(build(2, sizeof(image)), OK);
	const uint8_t *tables[] = { at_gpa(le(image + 24, 8)),
				    table("FACP"),
				    table("APIC"),
				    table("MCFG"),
				    table("SPCR"),
				    dsdt() };

	for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
		size_t length = le(tables[i] + 4, 4);

		assert_true(length >= 36);
		assert_true((size_t)(tables[i] - image) + length <= used);
		assert_int_equal(sum(tables[i], length), 0);
	}
	assert_memory_equal(tables[0], "XSDT", 4);
	assert_memory_equal(dsdt(), dsdt_aml, sizeof(dsdt_aml));
}

/* ACPI 5.0, "Fixed ACPI Description Table (FADT)". */
static void fadt_describes_the_registers_of_vpm(void **state)
{
	(void)state;
	assert_int_equal(build(2, sizeof(image)), OK);
	const uint8_t *fadt = table("FACP");

	assert_int_equal(le(fadt + 4, 4), 268);
	assert_int_equal(fadt[8], 5);
	assert_int_equal(le(fadt + 46, 2), 9);
	assert_int_equal(le(fadt + 48, 4), 0);
	assert_int_equal(le(fadt + 56, 4), 0x600);
	assert_int_equal(le(fadt + 64, 4), 0x604);
	assert_int_equal(le(fadt + 76, 4), 0x608);
	assert_int_equal(fadt[88], 4);
	assert_int_equal(fadt[89], 2);
	assert_int_equal(fadt[91], 4);
	assert_int_equal(le(fadt + 40, 4), le(fadt + 140, 8));
	/* Generic addresses: I/O space, bits, offset 0, access size, then the port. */
	assert_int_equal(le(fadt + 148, 4), 0x02002001);
	assert_int_equal(le(fadt + 152, 8), 0x600);
	assert_int_equal(le(fadt + 172, 4), 0x02001001);
	assert_int_equal(le(fadt + 176, 8), 0x604);
	assert_int_equal(le(fadt + 208, 4), 0x03002001);
	assert_int_equal(le(fadt + 212, 8), 0x608);
}

/* ACPI 5.0, "Fixed ACPI Description Table (FADT)", CENTURY: index of the byte in CMOS RAM. */
static void fadt_tells_where_the_clock_keeps_its_century(void **state)
{
	(void)state;
	assert_int_equal(build(2, sizeof(image)), OK);
	assert_int_equal(table("FACP")[108], VRTC_CENTURY);
}

/* ACPI 5.0, "Fixed ACPI Description Table Fixed Feature Flags". */
static void fadt_offers_reset_by_cf9_and_a_fixed_power_button_and_no_keyboard(void **state)
{
	(void)state;
	assert_int_equal(build(2, sizeof(image)), OK);
	const uint8_t *fadt = table("FACP");
	uint64_t flags = le(fadt + 112, 4);

	assert_int_equal(flags & 1 << 10, 1 << 10);
	assert_int_equal(le(fadt + 116, 4), 0x01000801);
	assert_int_equal(le(fadt + 120, 8), 0xCF9);
	assert_int_equal(fadt[128], 0x06);
	assert_int_equal(flags & 1 << 4, 0);
	assert_int_equal(flags & 1 << 5, 1 << 5);
	assert_int_equal(flags & 1 << 6, 0);
	assert_int_equal(flags & 1 << 8, 1 << 8);
	assert_int_equal(flags & 1 << 20, 0);
	assert_int_equal(le(fadt + 109, 2) & 1 << 1, 0);
	assert_int_equal(le(fadt + 109, 2) & 1 << 2, 1 << 2);
	assert_int_equal(le(fadt + 109, 2) & 1 << 5, 0);
}

/* ACPI 5.0, "Firmware ACPI Control Structure (FACS)": aligned on a 64-byte boundary. */
static void facs_is_aligned_and_its_lock_is_free(void **state)
{
	(void)state;
	assert_int_equal(build(2, sizeof(image)), OK);
	uint64_t gpa = le(table("FACP") + 36, 4);
	const uint8_t *facs = at_gpa(gpa);

	assert_int_equal(gpa % 64, 0);
	assert_int_equal(le(table("FACP") + 132, 8), 0);
	assert_memory_equal(facs, "FACS", 4);
	assert_int_equal(le(facs + 4, 4), 64);
	assert_int_equal(le(facs + 16, 4), 0);
	assert_int_equal(facs[32], 2);
}

static const uint8_t *madt_entry(uint8_t type, unsigned which)
{
	const uint8_t *madt = table("APIC");

	for (size_t at = 44; at < le(madt + 4, 4); at += madt[at + 1]) {
		if (madt[at] == type && which-- == 0) {
			return madt + at;
		}
	}
	return NULL;
}

/* ACPI 5.0, "Processor Local APIC Structure". */
static void madt_lists_processors_with_their_sparse_ids(void **state)
{
	(void)state;
	assert_int_equal(build(2, sizeof(image)), OK);
	assert_int_equal(le(table("APIC") + 36, 4), 0xFEE00000);
	assert_int_equal(le(table("APIC") + 40, 4), 1);
	static const uint8_t second[] = { 0, 8, 1, 2, 1, 0, 0, 0 };

	assert_memory_equal(madt_entry(0, 1), second, sizeof(second));
	assert_null(madt_entry(0, 2));
	assert_null(madt_entry(9, 0));
}

/* ACPI 5.0, "Processor Local x2APIC Structure": for IDs of 255 and above. */
static void madt_lists_ids_from_255_on_as_x2apic(void **state)
{
	(void)state;
	assert_int_equal(build(VACPI_CPUS_MAX, sizeof(image)), OK);
	static const uint8_t last_small[] = { 0, 8, 127, 254, 1, 0, 0, 0 };
	static const uint8_t first_large[] = { 9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 128, 0, 0, 0 };

	assert_memory_equal(madt_entry(0, 127), last_small, sizeof(last_small));
	assert_null(madt_entry(0, 128));
	assert_memory_equal(madt_entry(9, 0), first_large, sizeof(first_large));
	assert_non_null(madt_entry(9, 126));
	assert_null(madt_entry(9, 127));

	const uint32_t id_255[] = { 0xFF };
	assert_int_equal(
		vacpi_build(&(struct vacpi_setup){ 1, id_255, false }, image, sizeof(image), &used),
		OK);
	assert_null(madt_entry(0, 0));
	assert_int_equal(le(madt_entry(9, 0) + 4, 4), 255);
}

/* ACPI 5.0, "I/O APIC Structure" and "Interrupt Source Override Structure". */
static void madt_has_one_ioapic_and_the_two_overrides(void **state)
{
	(void)state;
	assert_int_equal(build(1, sizeof(image)), OK);
	static const uint8_t ioapic[] = { 1, 12, 0, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0 };
	static const uint8_t timer[] = { 2, 10, 0, 0, 2, 0, 0, 0, 0x5, 0 };
	static const uint8_t sci[] = { 2, 10, 0, 9, 9, 0, 0, 0, 0xD, 0 };

	assert_memory_equal(madt_entry(1, 0), ioapic, sizeof(ioapic));
	assert_null(madt_entry(1, 1));
	assert_memory_equal(madt_entry(2, 0), timer, sizeof(timer));
	assert_memory_equal(madt_entry(2, 1), sci, sizeof(sci));
	assert_null(madt_entry(2, 2));
}

/* PCI Firmware Specification 3.0, "MCFG Table Description". */
static void mcfg_names_bus_0_where_the_board_has_it(void **state)
{
	(void)state;
	assert_int_equal(build(1, sizeof(image)), OK);
	const uint8_t *mcfg = table("MCFG");

	assert_int_equal(le(mcfg + 4, 4), 60);
	assert_int_equal(le(mcfg + 44, 8), VPCI_ECAM_BASE);
	assert_int_equal(le(mcfg + 52, 4), 0);
	assert_int_equal(le(mcfg + 56, 4), 0);
	assert_int_equal(VPCI_ECAM_BYTES, 1 << 20);
}

/* Microsoft, "Serial Port Console Redirection Table", revision 2. */
static void spcr_names_com1_of_the_board(void **state)
{
	(void)state;
	assert_int_equal(build(1, sizeof(image)), OK);
	static const uint8_t body[] = { 0,    0,    0, 0, 1, 8, 0, 1, 0xF8, 3, 0, 0, 0, 0,    0,
					0,    3,    4, 4, 0, 0, 0, 7, 0,    1, 0, 0, 0, 0xFF, 0xFF,
					0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0, 0 };

	assert_int_equal(le(table("SPCR") + 4, 4), 80);
	assert_int_equal(table("SPCR")[8], 2);
	assert_memory_equal(table("SPCR") + 36, body, sizeof(body));
}

/* IA-PC HPET Specification 1.0a, "The ACPI 2.0 HPET Description Table (HPET)". */
static void hpet_has_a_table_where_there_is_one(void **state)
{
	(void)state;
	assert_int_equal(build(1, sizeof(image)), OK);
	assert_null(find("HPET"));
	hpet = true;
	assert_int_equal(build(1, sizeof(image)), OK);
	hpet = false;
	static const uint8_t body[] = { 0x01, 0xA2, 0x86, 0x80, 0, 64, 0, 0,    0, 0,
					0xD0, 0xFE, 0,    0,    0, 0,  0, 0xF4, 1, 0 };

	assert_int_equal(le(table("HPET") + 4, 4), 56);
	assert_memory_equal(table("HPET") + 36, body, sizeof(body));
	assert_int_equal(sum(table("HPET"), 56), 0);
	assert_non_null(find("SPCR"));
}

static bool dsdt_has(const void *bytes, size_t count)
{
	for (size_t at = 0; at + count <= sizeof(dsdt_aml); at++) {
		if (memcmp(dsdt_aml + at, bytes, count) == 0) {
			return true;
		}
	}
	return false;
}

/* ACPI 5.0, "I/O Port Descriptor" (47H) and "IRQ Descriptor" (22H). */
static bool dsdt_has_device(uint16_t port, uint8_t ports, unsigned irq)
{
	uint8_t bytes[] = { 0x47,
			    1,
			    (uint8_t)port,
			    (uint8_t)(port >> 8),
			    (uint8_t)port,
			    (uint8_t)(port >> 8),
			    1,
			    ports,
			    0x22,
			    (uint8_t)(1U << irq),
			    (uint8_t)(1U << irq >> 8) };

	return dsdt_has(bytes, sizeof(bytes));
}

static void dsdt_names_the_ports_and_interrupts_of_the_board(void **state)
{
	(void)state;
	assert_true(dsdt_has_device(0x3F8, 8, 4));
	assert_true(dsdt_has_device(0x70, 2, 8));
	assert_true(dsdt_has_device(0x40, 4, 0));
	assert_true(dsdt_has_device(0xA0, 2, 2));
	static const uint8_t pci[] = { 0x47, 1, 0xF8, 0x0C, 0xF8, 0x0C, 1, 8 };

	assert_true(dsdt_has(pci, sizeof(pci)));
	/* "32-Bit Fixed Memory Range Descriptor" (86H). */
	static const uint8_t ecam[] = { 0x86, 9, 0, 1, 0, 0, 0, 0xE0, 0, 0, 0x10, 0 };

	assert_true(dsdt_has(ecam, sizeof(ecam)));
	assert_int_equal(VPCI_ECAM_BASE, 0xE0000000);
}

/* ACPI 5.0, "\_Sx (System States)": name, package of four, the first is SLP_TYP for PM1a. */
static void dsdt_gives_the_sleep_type_that_vpm_powers_off_on(void **state)
{
	(void)state;
	static const uint8_t s5[] = { 0x08, '_', 'S', '5', '_', 0x12, 7, 4, 0x0A, VPM_SLP_TYP_S5 };

	assert_true(dsdt_has(s5, sizeof(s5)));
}

static void too_small_a_buffer_is_refused_and_nothing_behind_it_is_written(void **state)
{
	(void)state;
	assert_int_equal(build(3, sizeof(image)), OK);
	size_t needed = used;

	assert_int_equal(build(3, needed), OK);
	for (size_t size = 0; size < needed; size++) {
		assert_int_equal(build(3, size), E_FULL);
		for (size_t i = size; i < needed; i++) {
			assert_int_equal(image[i], 0xA5);
		}
	}
}

static void no_processor_too_many_or_the_broadcast_id_are_refused(void **state)
{
	(void)state;
	assert_int_equal(build(0, sizeof(image)), E_RANGE);
	assert_int_equal(build(VACPI_CPUS_MAX + 1, sizeof(image)), E_RANGE);
	const uint32_t broadcast[] = { 0, VACPI_APIC_ID_NONE };

	assert_int_equal(vacpi_build(&(struct vacpi_setup){ 2, broadcast, false }, image,
				     sizeof(image), &used),
			 E_RANGE);
}

static int dump(const char *path, const char *cpus)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL || build((uint32_t)atoi(cpus), sizeof(image)) != OK) {
		return 1;
	}
	bool written = fwrite(image, 1, used, file) == used;

	return fclose(file) == 0 && written ? 0 : 1;
}

int main(void)
{
	const char *path = getenv("VACPI_DUMP");
	const char *cpus = getenv("VACPI_DUMP_CPUS");

	if (path != NULL) {
		hpet = getenv("VACPI_DUMP_HPET") != NULL;
		return dump(path, cpus != NULL ? cpus : "2");
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsdp_is_first_with_both_checksums_right),
		cmocka_unit_test(every_table_adds_up_to_zero_and_ends_within_the_image),
		cmocka_unit_test(fadt_describes_the_registers_of_vpm),
		cmocka_unit_test(fadt_offers_reset_by_cf9_and_a_fixed_power_button_and_no_keyboard),
		cmocka_unit_test(fadt_tells_where_the_clock_keeps_its_century),
		cmocka_unit_test(facs_is_aligned_and_its_lock_is_free),
		cmocka_unit_test(madt_lists_processors_with_their_sparse_ids),
		cmocka_unit_test(madt_lists_ids_from_255_on_as_x2apic),
		cmocka_unit_test(madt_has_one_ioapic_and_the_two_overrides),
		cmocka_unit_test(mcfg_names_bus_0_where_the_board_has_it),
		cmocka_unit_test(spcr_names_com1_of_the_board),
		cmocka_unit_test(hpet_has_a_table_where_there_is_one),
		cmocka_unit_test(dsdt_names_the_ports_and_interrupts_of_the_board),
		cmocka_unit_test(dsdt_gives_the_sleep_type_that_vpm_powers_off_on),
		cmocka_unit_test(too_small_a_buffer_is_refused_and_nothing_behind_it_is_written),
		cmocka_unit_test(no_processor_too_many_or_the_broadcast_id_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
