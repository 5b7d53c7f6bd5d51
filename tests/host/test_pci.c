/* SPDX-License-Identifier: Apache-2.0 */
/* test_pci.c: what the headers of PCI functions and the entries of I/O APICs say. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/ioapic_entry.c"
#include "drivers/pci_header.c"

static struct pci_header decoded(uint32_t id, uint32_t class_word, uint32_t layout_word)
{
	const uint32_t words[PCI_HEADER_WORDS] = { id, 0x02100007, class_word, layout_word };
	struct pci_header header;

	assert_true(pci_decode(words, &header));
	return header;
}

/* PCI Local Bus Specification, "Device Identification" */
static void header_gives_ids_and_class(void **state)
{
	struct pci_header header = decoded(0x100E8086, 0x02000003, 0);

	(void)state;
	assert_int_equal(header.vendor, 0x8086);
	assert_int_equal(header.device, 0x100E);
	assert_int_equal(header.class_code, 2);
	assert_int_equal(header.subclass, 0);
	assert_int_equal(header.interface, 0);
	assert_int_equal(header.layout, 0);
	assert_false(header.many_functions);
}

static void layout_and_its_bit_7_are_apart(void **state)
{
	struct pci_header header = decoded(0x24488086, 0x060400A0, 0x00810010);

	(void)state;
	assert_int_equal(header.layout, 1);
	assert_true(header.many_functions);
}

static void place_without_a_chip_is_empty(void **state)
{
	const uint32_t ids[] = { 0xFFFFFFFF, 0x1234FFFF, 0x00000000, 0x12340000 };
	struct pci_header header;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
		const uint32_t words[PCI_HEADER_WORDS] = { ids[i] };

		assert_false(pci_decode(words, &header));
	}
}

static const char *kind(uint8_t class_code, uint8_t subclass)
{
	struct pci_header header = { .class_code = class_code, .subclass = subclass };

	return pci_class_text(&header);
}

/* PCI Code and ID Assignment Specification, "Class Codes" */
static void kinds_are_named(void **state)
{
	(void)state;
	assert_string_equal(kind(0x01, 0x06), "SATA controller");
	assert_string_equal(kind(0x01, 0x08), "NVMe controller");
	assert_string_equal(kind(0x02, 0x00), "Ethernet controller");
	assert_string_equal(kind(0x06, 0x00), "host bridge");
	assert_string_equal(kind(0x06, 0x04), "PCI bridge");
	assert_string_equal(kind(0x0C, 0x03), "USB controller");
}

static void unknown_subclass_has_the_name_of_its_class(void **state)
{
	(void)state;
	assert_string_equal(kind(0x01, 0x77), "storage controller");
	assert_string_equal(kind(0x06, 0x80), "bridge");
	assert_string_equal(kind(0xEE, 0x00), "other");
}

/* 82093AA, "I/O Redirection Table Registers" */
static void redirection_entry_is_taken_apart(void **state)
{
	struct ioapic_entry entry = ioapic_decode(UINT64_C(0x050000000000A9F1));

	(void)state;
	assert_int_equal(entry.vector, 0xF1);
	assert_int_equal(entry.delivery, 1);
	assert_int_equal(entry.destination, 5);
	assert_true(entry.logical);
	assert_true(entry.active_low);
	assert_false(entry.remote_irr);
	assert_true(entry.level);
	assert_false(entry.masked);
	assert_true(ioapic_decode(0x10000).masked);
	assert_true(ioapic_decode(0x4000).remote_irr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_gives_ids_and_class),
		cmocka_unit_test(layout_and_its_bit_7_are_apart),
		cmocka_unit_test(place_without_a_chip_is_empty),
		cmocka_unit_test(kinds_are_named),
		cmocka_unit_test(unknown_subclass_has_the_name_of_its_class),
		cmocka_unit_test(redirection_entry_is_taken_apart),
	};
	return cmocka_run_group_tests_name("pci", tests, NULL, NULL);
}
