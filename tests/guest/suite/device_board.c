/* SPDX-License-Identifier: Apache-2.0 */
/* device_board.c: the rest of the board: 8042, ports 0x61, 0x80, 0x92, PCI configuration, HPET. */
#include "tests/guest/suite/acpi.h"
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/ioapic.h"
#include "tests/guest/suite/suite.h"

enum {
	KBC_DATA = 0x60,
	KBC_COMMAND = 0x64,
	KBC_FULL = 1 << 0,
	KBC_BUSY = 1 << 1,
	KBC_SELF_TEST = 0xAA,
	KBC_SELF_TEST_OK = 0x55,
	KBC_READ_COMMAND_BYTE = 0x20,
	KBC_WRITE_COMMAND_BYTE = 0x60,
	KBC_TEST_PORT = 0xAB,
	KBC_READ_OUTPUT = 0xD0,
	KBC_WRITE_OUTPUT = 0xD1,
	OUTPUT_NO_RESET = 1 << 0,
	OUTPUT_A20 = 1 << 1,
	PORT_POST = 0x80,
	PORT_A = 0x92,
	PORT_A_A20 = 1 << 1,
	PORT_B = 0x61,
	PORT_B_REFRESH = 1 << 4,
	PCI_ADDRESS = 0xCF8,
	PCI_DATA = 0xCFC,
	SOON_US = 50000,
	HPET_BASE = 44,
	HPET_PERIOD = 4,
	HPET_CONFIGURATION = 0x10,
	HPET_COUNTER = 0xF0,
};
#define PCI_ENABLE ((uint32_t)1 << 31)

static bool wait_kbc(uint8_t mask, uint8_t value)
{
	uint64_t end = clock_after(SOON_US);

	while ((in8(KBC_COMMAND) & mask) != value) {
		if (rdtsc() > end) {
			return false;
		}
	}
	return true;
}

static void command(uint8_t byte)
{
	for (unsigned i = 0; i < 16 && (in8(KBC_COMMAND) & KBC_FULL) != 0; i++) {
		in8(KBC_DATA);
	}
	wait_kbc(KBC_BUSY, 0);
	out8(KBC_COMMAND, byte);
}

static void write_data(uint8_t byte)
{
	wait_kbc(KBC_BUSY, 0);
	out8(KBC_DATA, byte);
	wait_kbc(KBC_BUSY, 0);
}

static uint8_t answer(void)
{
	expect(wait_kbc(KBC_FULL, KBC_FULL), "no answer");
	return in8(KBC_DATA);
}

/* Source: Intel 8242 data sheet, "Controller Commands". */
BEHAVIOUR(the_8042_passes_its_self_test)
{
	command(KBC_SELF_TEST);
	expect_equal("answer", answer(), KBC_SELF_TEST_OK);
}

BEHAVIOUR(the_8042_s_first_port_is_good)
{
	command(KBC_TEST_PORT);
	expect_equal("answer", answer(), 0);
}

BEHAVIOUR(the_8042_keeps_its_command_byte)
{
	command(KBC_WRITE_COMMAND_BYTE);
	write_data(0x30);
	command(KBC_READ_COMMAND_BYTE);
	expect_equal("command byte", answer(), 0x30);
}

BEHAVIOUR(the_8042_s_output_port_has_a20)
{
	command(KBC_WRITE_OUTPUT);
	write_data(OUTPUT_NO_RESET | OUTPUT_A20 | 0xDC);
	command(KBC_READ_OUTPUT);
	expect_equal("A20 and reset", answer() & 3, OUTPUT_NO_RESET | OUTPUT_A20);
}

BEHAVIOUR(port_92_shows_a20)
{
	uint8_t before = in8(PORT_A);

	out8(PORT_A, (uint8_t)((before | PORT_A_A20) & 0xFE));
	expect_equal("A20", in8(PORT_A) & PORT_A_A20, PORT_A_A20);
	expect_equal("reset bit", in8(PORT_A) & 1, 0);
}

BEHAVIOUR(port_80_takes_anything_and_takes_little_time)
{
	uint64_t begin = rdtsc();

	for (unsigned i = 0; i < 100; i++) {
		out8(PORT_POST, (uint8_t)i);
	}
	expect_between("us of 100 writes", divide((rdtsc() - begin) * 1000, clock_khz()), 0, 20000);
}

BEHAVIOUR(port_61_toggles_with_refresh)
{
	uint8_t first = in8(PORT_B) & PORT_B_REFRESH;
	uint64_t end = clock_after(1000);

	while ((in8(PORT_B) & PORT_B_REFRESH) == first) {
		if (rdtsc() > end) {
			fail("bit 4 stands");
			return;
		}
	}
	expect(true, "");
}

static uint32_t pci_read(uint32_t device, uint32_t at)
{
	out32(PCI_ADDRESS, PCI_ENABLE | device << 11 | at);
	return in32(PCI_DATA);
}

/* Source: PCI Local Bus Specification 3.0, "Software Generation of Configuration Transactions". */
BEHAVIOUR(the_pci_address_reads_as_it_was_written)
{
	out32(PCI_ADDRESS, PCI_ENABLE | 0x1234);
	expect_equal("address", in32(PCI_ADDRESS), PCI_ENABLE | 0x1234);
	out32(PCI_ADDRESS, 0);
	expect_equal("address without enable", in32(PCI_ADDRESS), 0);
}

BEHAVIOUR(a_byte_write_to_the_pci_address_is_not_one)
{
	out32(PCI_ADDRESS, PCI_ENABLE);
	out8(PCI_ADDRESS + 3, 0);
	expect_equal("address", in32(PCI_ADDRESS), PCI_ENABLE);
}

BEHAVIOUR(the_host_bridge_is_device_0)
{
	uint32_t id = pci_read(0, 0);

	expect(id != UINT32_MAX && id != 0, "nobody is there");
	expect_equal("class", pci_read(0, 8) >> 16, 0x0600);
}

BEHAVIOUR(a_device_that_is_not_there_reads_as_ones)
{
	expect_equal("identity", pci_read(29, 0), UINT32_MAX);
	out32(PCI_ADDRESS, PCI_ENABLE | 200 << 16);
	expect_equal("identity on another bus", in32(PCI_DATA), UINT32_MAX);
}

BEHAVIOUR(pci_data_is_read_by_bytes_and_words)
{
	uint32_t id = pci_read(0, 0);

	expect_equal("low word", in16(PCI_DATA), id & 0xFFFF);
	expect_equal("high word", in16(PCI_DATA + 2), id >> 16);
	expect_equal("third byte", in8(PCI_DATA + 2), id >> 16 & 0xFF);
}

/* Source: IA-PC HPET Specification 1.0a, "Register Overview". */
static uint32_t hpet(void)
{
	const struct acpi_header *table = acpi_find("HPET");

	if (table == NULL) {
		skip("no HPET");
		return 0;
	}
	return acpi_dword(table, HPET_BASE);
}

static volatile uint32_t *hpet_register(uint32_t at)
{
	return (volatile uint32_t *)(hpet() + at);
}

BEHAVIOUR(the_hpet_counts_as_fast_as_it_says)
{
	uint32_t begin, count;
	uint64_t ns;

	if (hpet() == 0) {
		return;
	}
	*hpet_register(HPET_CONFIGURATION) = 1;
	begin = *hpet_register(HPET_COUNTER);
	clock_wait(50000);
	count = *hpet_register(HPET_COUNTER) - begin;
	ns = divide((uint64_t)count * *hpet_register(HPET_PERIOD), 1000000);
	*hpet_register(HPET_CONFIGURATION) = 0;
	expect_between("ns of 50 ms", ns, 49500000, 50500000);
}

BEHAVIOUR(the_hpet_stands_when_it_is_stopped)
{
	uint32_t begin;

	if (hpet() == 0) {
		return;
	}
	*hpet_register(HPET_CONFIGURATION) = 0;
	begin = *hpet_register(HPET_COUNTER);
	clock_wait(2000);
	expect_equal("counter", *hpet_register(HPET_COUNTER), begin);
}

enum {
	HPET_TIMER_0 = 0x100,
	HPET_COMPARATOR_0 = 0x108,
	HPET_ON = 1,
	TIMER_INTERRUPTS = 1 << 2,
	TIMER_PERIODIC = 1 << 3,
	TIMER_PERIODIC_CAPABLE = 1 << 4,
	TIMER_SET_ACCUMULATOR = 1 << 6,
	TIMER_32_BIT = 1 << 8, /* the comparator's upper half begins as ones */
	TIMER_ROUTE_SHIFT = 9,
	TIMER_ROUTES_HIGH = HPET_TIMER_0 + 4,
	VECTOR_HPET = 0x59,
	PINS = 24,
};

static uint32_t hpet_ticks(uint32_t us)
{
	return (uint32_t)divide((uint64_t)us * 1000000000, *hpet_register(HPET_PERIOD));
}

/* The highest of the pins that timer 0 may have. */
static unsigned hpet_pin(void)
{
	uint32_t routes = *hpet_register(TIMER_ROUTES_HIGH);

	for (unsigned pin = PINS; pin > 0; pin--) {
		if ((routes >> (pin - 1) & 1) != 0) {
			return pin - 1;
		}
	}
	error("timer 0 has no pin");
	return 0;
}

static void hpet_timer(uint32_t bits, uint32_t us)
{
	unsigned pin = hpet_pin();

	interrupt_handle(VECTOR_HPET, NULL);
	ioapic_route(pin, apic_id(), VECTOR_HPET);
	*hpet_register(HPET_CONFIGURATION) = 0;
	*hpet_register(HPET_COUNTER) = 0;
	*hpet_register(HPET_COUNTER + 4) = 0;
	*hpet_register(HPET_TIMER_0) = pin << TIMER_ROUTE_SHIFT | TIMER_32_BIT | bits;
	*hpet_register(HPET_COMPARATOR_0) = hpet_ticks(us);
	if ((bits & TIMER_PERIODIC) != 0) {
		*hpet_register(HPET_COMPARATOR_0) = hpet_ticks(us);
	}
	*hpet_register(HPET_CONFIGURATION) = HPET_ON;
}

static void hpet_end(void)
{
	*hpet_register(HPET_TIMER_0) = 0;
	*hpet_register(HPET_CONFIGURATION) = 0;
}

BEHAVIOUR(the_hpet_interrupts_once_at_its_comparator)
{
	if (hpet() == 0) {
		return;
	}
	hpet_timer(TIMER_INTERRUPTS, 10000);
	expect(!interrupt_wait(VECTOR_HPET, 1, 8000), "it came early");
	expect(interrupt_wait(VECTOR_HPET, 1, SOON_US), "it did not come");
	expect(!interrupt_wait(VECTOR_HPET, 2, SOON_US), "it came twice");
	hpet_end();
}

BEHAVIOUR(the_hpet_interrupts_again_and_again_in_periodic_mode)
{
	if (hpet() == 0) {
		return;
	}
	if ((*hpet_register(HPET_TIMER_0) & TIMER_PERIODIC_CAPABLE) == 0) {
		skip("timer 0 has no periodic mode");
		return;
	}
	hpet_timer(TIMER_INTERRUPTS | TIMER_PERIODIC | TIMER_SET_ACCUMULATOR, 10000);
	expect(interrupt_wait(VECTOR_HPET, 5, 100000), "it did not come often enough");
	expect(!interrupt_wait(VECTOR_HPET, 8, 15000), "it came too often");
	hpet_end();
}
