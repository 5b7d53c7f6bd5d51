/* SPDX-License-Identifier: Apache-2.0 */
/* test_selftest.c: each check of the live structures holds in a good world, and fails when that is broken. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "drivers/ioapic.h"
#include "kernel/address_space.h"
#include "kernel/inspect.h"
#include "kernel/memory.h"
#include "kernel/msr_policy.h"
#include "kernel/partition.h"
#include "kernel/processors.h"
#include "tests/host/pages.h"

#include "kernel/selftest.c"

/* Two guests with a processor each, beside a hypervisor of one page of code and one stack. */
enum {
	GUESTS = 2,
	CPUS = 3,
	CODE = 0x400000,
	GUARD = 0x500000,
	STACK = GUARD + 0x1000,
	WINDOW = 0x600000,
	RAM = 0x1000000,
	RAM_BYTES = 4 * 1024 * 1024,
	ROM = 0x700000,
	ROM_BYTES = 0x4000,
	OPEN_MSR = 0x10,
	X2APIC_MSR = 0x808, /* passes in x2APIC mode only */
	EDGE_MSR = 0x80B,   /* for writes, and not while a level is served */
};

static struct pages pages;
static struct paging paging;
static struct boot_info info;
static struct plan_guest plans[GUESTS];
static struct partition guests[GUESTS];
static struct vcpu vcpus[GUESTS];
static struct cpu cpus[CPUS];
static uint8_t msr_bitmaps[GUESTS][MSR_VIEWS][TRAPMAP_MSR_BYTES];
static uint8_t io_bitmaps[TRAPMAP_IO_BYTES];
static bool sealed, whole;
static struct ioapic_entry heard;

const struct boot_info *inspect_boot(void)
{
	return &info;
}

bool address_space_range(uint32_t index, struct address_space_range *range)
{
	*range = (struct address_space_range){ .base = info.image.value, .bytes = PAGE_SIZE };
	return index == 0;
}

const struct paging *address_space_paging(void)
{
	return &paging;
}

bool window_is(uint64_t virtual)
{
	return virtual == WINDOW;
}

bool memory_piece_at(uint32_t index, struct memory_piece *piece)
{
	*piece = (struct memory_piece){ STACK, PAGE_SIZE, "main stack", 0 };
	return index == 0;
}

bool memory_stack_whole(const struct memory_piece *stack)
{
	return stack->base == STACK && whole;
}

bool memory_sealed(void)
{
	return sealed;
}

struct cpu *processor(uint32_t index)
{
	return &cpus[index];
}

uint32_t processor_count(void)
{
	return CPUS;
}

uint64_t cpu_walls(void)
{
	return 0;
}

uint32_t partition_count(void)
{
	return GUESTS;
}

struct partition *partition_at(uint32_t index)
{
	return &guests[index];
}

uint64_t partition_memory_bytes(const struct partition *partition)
{
	(void)partition;
	return RAM_BYTES;
}

const struct partition_launch *partition_launch_current(const struct partition *partition)
{
	return &partition->launches[0];
}

const void *partitions_io_bitmaps(void)
{
	return io_bitmaps;
}

bool msr_policy_passes(uint32_t msr, bool write, enum msr_view view)
{
	return write ? msr == EDGE_MSR && view == MSR_VIEW_X2APIC
		     : msr == OPEN_MSR || (msr == X2APIC_MSR && view != MSR_VIEW_NO_X2APIC);
}

uint32_t ioapic_pins(hpa_t base)
{
	(void)base;
	return 1;
}

struct ioapic_entry ioapic_read(hpa_t base, uint32_t pin)
{
	(void)base;
	(void)pin;
	return heard;
}

static void map_ours(uint64_t base, uint32_t flags)
{
	struct paging_range range = { base, hpa(base), PAGE_SIZE, flags };

	assert_int_equal(paging_map(&paging, &range), OK);
}

static void map_guest(uint32_t guest, uint64_t at, uint64_t host, uint64_t bytes)
{
	struct ept_range range = { gpa(at), hpa(host), bytes, EPT_READ | EPT_WRITE | EPT_EXEC,
				   MEMORY_TYPE_WB };

	assert_int_equal(ept_map(&guests[guest].ept, &range), OK);
}

static uint64_t ram(uint32_t guest)
{
	return RAM + (uint64_t)guest * RAM_BYTES;
}

static void make_guest(uint32_t i)
{
	struct ept_setup setup = { { pages_take, &pages }, true, false };

	plans[i] = (struct plan_guest){ .cpu_count = 1, .cpus = { i + 1 }, .ram_count = 1 };
	plans[i].ram[0] = (struct plan_ram){ gpa(0), hpa(ram(i)), RAM_BYTES };
	vcpus[i] = (struct vcpu){ .partition = &guests[i], .cpu = &cpus[i + 1] };
	guests[i] = (struct partition){ .plan = &plans[i],
					.msr_bitmaps = { msr_bitmaps[i][0], msr_bitmaps[i][1],
							 msr_bitmaps[i][2] },
					.vcpu_count = 1,
					.vcpus = { &vcpus[i] } };
	cpus[i + 1].vcpu = &vcpus[i];
	for (enum msr_view b = 0; b < MSR_VIEWS; b++) {
		trapmap_fill(msr_bitmaps[i][b], TRAPMAP_MSR_BYTES);
		assert_true(trapmap_pass_reads(msr_bitmaps[i][b], OPEN_MSR));
	}
	assert_true(trapmap_pass_reads(msr_bitmaps[i][MSR_VIEW_X2APIC], X2APIC_MSR));
	assert_true(trapmap_pass_writes(msr_bitmaps[i][MSR_VIEW_X2APIC], EDGE_MSR));
	assert_true(trapmap_pass_reads(msr_bitmaps[i][MSR_VIEW_LEVEL], X2APIC_MSR));
	assert_int_equal(ept_init(&guests[i].ept, &setup), OK);
	map_guest(i, 0, ram(i), RAM_BYTES);
}

static int good_world(void **state)
{
	struct paging_setup setup = { pages_source(&pages, PAGES_MAX), false };

	(void)state;
	memset(cpus, 0, sizeof(cpus));
	for (uint64_t i = 0; i < CPUS; i++) {
		cpus[i].online = 1;
		cpus[i].stacks.main = i * 4 + 1;
		cpus[i].tss.ist[IST_NMI - 1] = i * 4 + 2;
		cpus[i].tss.ist[IST_DF - 1] = i * 4 + 3;
		cpus[i].tss.ist[IST_MC - 1] = i * 4 + 4;
	}
	info = (struct boot_info){ .image = { CODE }, .ioapic_count = 2 };
	heard = (struct ioapic_entry){ .masked = true };
	sealed = true;
	whole = true;
	trapmap_fill(io_bitmaps, sizeof(io_bitmaps));
	assert_int_equal(paging_init(&paging, &setup), OK);
	map_ours(CODE, PAGING_EXEC);
	map_ours(STACK, PAGING_WRITE);
	for (uint32_t i = 0; i < GUESTS; i++) {
		make_guest(i);
	}
	return 0;
}

static int end_of_world(void **state)
{
	(void)state;
	pages_free(&pages);
	return 0;
}

/* The check with @words in its name, to its end; or for @steps, when that is not 0. */
static struct selftest check(const char *words, uint32_t steps)
{
	struct selftest test = { 0 };

	while (strstr(selftest_name(test.row), words) == NULL) {
		assert_true(++test.row < selftest_count());
	}
	while (!selftest_step(&test) && --steps != 0) {
	}
	return test;
}

static bool holds(const char *words)
{
	struct selftest test = check(words, 0);

	return selftest_holds(&test);
}

static void everything_holds_in_a_good_world(void **state)
{
	static const char *const all[] = {
		"steady state",
		"writable and executable",
		"guest RAM is not",
		"guards",
		"canaries",
		"stacks of their own",
		"one owner",
		"sealed",
		"EPTs",
		"owns a page",
		"MSR bitmaps",
		"every port",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
		if (!holds(all[i])) {
			fail_msg("%s", all[i]);
		}
	}
	assert_int_equal(check("interrupts", 1).wrong, 0);
}

static void page_that_is_writable_and_executable_is_found(void **state)
{
	(void)state;
	/* paging_map() refuses to make one. */
	paging_table(&paging, CODE)[CODE / PAGE_SIZE % 512] |= PAGING_ENTRY_WRITE;
	struct selftest test = check("writable and executable", 0);
	assert_false(selftest_holds(&test));
	assert_int_equal(test.first, CODE);
}

static void mapped_guest_ram_is_found(void **state)
{
	(void)state;
	map_ours(ram(1) + RAM_BYTES - PAGE_SIZE, 0);
	assert_false(holds("guest RAM is not"));
}

/* Its processor zeroes that RAM, or decodes an instruction in it, at this very moment. */
static void open_window_of_another_processor_is_no_mapped_guest_ram(void **state)
{
	struct paging_range range = { WINDOW, hpa(ram(1)), PAGE_SIZE, PAGING_WRITE };

	(void)state;
	assert_int_equal(paging_map(&paging, &range), OK);
	assert_true(holds("guest RAM is not"));
}

static void mapped_guard_is_found(void **state)
{
	(void)state;
	map_ours(GUARD, PAGING_WRITE);
	assert_false(holds("guards"));
}

static void spoiled_canary_is_found(void **state)
{
	(void)state;
	whole = false;
	assert_false(holds("canaries"));
}

static void two_stacks_in_one_are_found(void **state)
{
	(void)state;
	cpus[2].tss.ist[IST_DF - 1] = cpus[2].stacks.main;
	assert_false(holds("stacks of their own"));
	/* One that has not started has none yet. */
	cpus[2].online = 0;
	assert_true(holds("stacks of their own"));
}

static void arena_that_is_not_sealed_is_found(void **state)
{
	(void)state;
	sealed = false;
	assert_false(holds("sealed"));
}

static void processor_of_another_guest_is_found(void **state)
{
	(void)state;
	vcpus[0].cpu = &cpus[2];
	assert_false(holds("one owner"));
}

static void page_beyond_the_plan_is_found(void **state)
{
	(void)state;
	map_guest(0, 0xFEE00000, 0xFEE00000, PAGE_SIZE);
	struct selftest test = check("EPTs", 0);
	assert_false(selftest_holds(&test));
	assert_int_equal(test.first, 0xFEE00000);
}

/* An EPT with one piece: guest-physical 0 is at @host. */
static void map_anew(uint32_t guest, uint64_t host, uint64_t bytes)
{
	struct ept_setup setup = { { pages_take, &pages }, true, false };

	assert_int_equal(ept_init(&guests[guest].ept, &setup), OK);
	map_guest(guest, 0, host, bytes);
}

static void page_at_another_place_is_found(void **state)
{
	(void)state;
	map_anew(0, ram(7), RAM_BYTES);
	assert_false(holds("EPTs"));
}

static void page_that_is_missing_is_found(void **state)
{
	(void)state;
	map_anew(0, ram(0), RAM_BYTES - PAGE_SIZE);
	assert_false(holds("EPTs"));
}

static void page_of_two_guests_is_found(void **state)
{
	(void)state;
	/* As a wrong plan would have it: each has what the plan says. */
	plans[1].ram[0].hpa = plans[0].ram[0].hpa;
	map_anew(1, ram(0), RAM_BYTES);
	assert_false(holds("EPTs"));
}

/* Guest 0 runs the firmware at ROM: mapped at the top of 4 GiB with @access, from host-physical @at on. */
static void map_rom(uint64_t at, uint8_t access)
{
	struct ept_range range = { gpa(4 * GIB - ROM_BYTES), hpa(at), ROM_BYTES, access,
				   MEMORY_TYPE_WB };

	guests[0].memory.rom = (struct guest_rom){ hpa(ROM), ROM_BYTES };
	guests[0].launches[0].images.kernel =
		(struct image_file){ (const uint8_t *)ROM, ROM_BYTES };
	assert_int_equal(ept_map(&guests[0].ept, &range), OK);
}

static void firmware_that_is_read_only_is_its_guests_own(void **state)
{
	(void)state;
	map_rom(ROM, EPT_READ | EPT_EXEC);
	assert_true(holds("EPTs"));
	assert_true(holds("owns a page"));
}

static void firmware_that_can_be_written_is_found(void **state)
{
	(void)state;
	map_rom(ROM, EPT_READ | EPT_WRITE | EPT_EXEC);
	assert_false(holds("EPTs"));
}

static void firmware_from_another_place_is_found(void **state)
{
	(void)state;
	map_rom(ROM + PAGE_SIZE, EPT_READ | EPT_EXEC);
	assert_false(holds("EPTs"));
}

static void firmware_that_is_missing_is_found(void **state)
{
	(void)state;
	guests[0].memory.rom = (struct guest_rom){ hpa(ROM), ROM_BYTES };
	guests[0].launches[0].images.kernel =
		(struct image_file){ (const uint8_t *)ROM, ROM_BYTES };
	assert_false(holds("EPTs"));
}

static void rom_that_is_no_file_of_the_guest_is_found(void **state)
{
	(void)state;
	map_rom(ROM, EPT_READ | EPT_EXEC);
	guests[0].launches[0].images.kernel.length -= PAGE_SIZE;
	assert_false(holds("EPTs"));
	guests[0].launches[0].images.kernel.length += PAGE_SIZE;
	guests[0].launches[0].images.kernel.bytes += PAGE_SIZE;
	assert_false(holds("EPTs"));
}

static void guest_that_owns_our_page_is_found(void **state)
{
	(void)state;
	info.image = hpa(ram(0) + PAGE_SIZE);
	assert_false(holds("owns a page"));
}

static void guest_that_owns_an_apic_is_found(void **state)
{
	(void)state;
	plans[0].ram[0].hpa = hpa(0xFEC00000);
	assert_false(holds("owns a page"));
}

static void control_that_makes_interrupts_exit_is_found(void **state)
{
	(void)state;
	vcpus[1].controls.word[CONTROLS_PIN] = PIN_EXTERNAL_INTERRUPTS;
	assert_false(holds("steady state"));
}

static void control_that_makes_hlt_exit_is_found(void **state)
{
	(void)state;
	vcpus[0].controls.word[CONTROLS_PROC] = PROC_HLT_EXITING;
	assert_false(holds("steady state"));
}

static void open_msr_is_found_in_any_guest(void **state)
{
	(void)state;
	assert_true(trapmap_pass_writes(msr_bitmaps[1][0], 0xC0001FFF));
	struct selftest test = check("MSR bitmaps", 0);
	assert_false(selftest_holds(&test));
	assert_int_equal(test.first, 0xC0001FFF);
	assert_int_equal(test.seen, GUESTS * MSR_VIEWS * 2 * 2 * TRAPMAP_HALF_MSRS);
}

static void closed_msr_is_found(void **state)
{
	(void)state;
	trapmap_fill(msr_bitmaps[0][1], TRAPMAP_MSR_BYTES);
	assert_int_equal(check("MSR bitmaps", 0).first, OPEN_MSR);
}

/* A processor in xAPIC mode, or with its APIC off, has none of them: RDMSR would reach the machine's. */
static void x2apic_msr_that_is_open_in_other_modes_is_found(void **state)
{
	(void)state;
	assert_true(trapmap_pass_reads(msr_bitmaps[0][MSR_VIEW_NO_X2APIC], X2APIC_MSR));
	assert_int_equal(check("MSR bitmaps", 0).first, X2APIC_MSR);
}

/* It would pass an EOI that the I/O APIC has to hear of. */
static void msr_that_is_open_while_a_level_is_served_is_found(void **state)
{
	(void)state;
	assert_true(trapmap_pass_writes(msr_bitmaps[0][MSR_VIEW_LEVEL], EDGE_MSR));
	assert_int_equal(check("MSR bitmaps", 0).first, EDGE_MSR);
}

static void open_port_is_found(void **state)
{
	(void)state;
	io_bitmaps[0xCF8 / 8] = 0xFE;
	struct selftest test = check("every port", 0);
	assert_int_equal(test.wrong, 1);
	assert_int_equal(test.first, 0xCF8);
}

static void open_interrupt_input_is_found(void **state)
{
	(void)state;
	heard = (struct ioapic_entry){ .vector = VECTOR_MONITOR_UART };
	assert_int_equal(check("interrupts", 1).wrong, 0);
	heard.vector = 0x31;
	assert_int_equal(check("interrupts", 1).wrong, 1);
}

static void promises_are_numbered_and_in_order(void **state)
{
	(void)state;
	for (uint32_t row = 0; row < selftest_count(); row++) {
		assert_in_range(selftest_promise(row), 1, 8);
		/* What `promises` relies on. */
		assert_true(row == 0 || selftest_promise(row) >= selftest_promise(row - 1));
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, good_world, end_of_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(everything_holds_in_a_good_world),
		T(page_that_is_writable_and_executable_is_found),
		T(mapped_guest_ram_is_found),
		T(open_window_of_another_processor_is_no_mapped_guest_ram),
		T(mapped_guard_is_found),
		T(spoiled_canary_is_found),
		T(two_stacks_in_one_are_found),
		T(arena_that_is_not_sealed_is_found),
		T(processor_of_another_guest_is_found),
		T(page_beyond_the_plan_is_found),
		T(page_at_another_place_is_found),
		T(page_that_is_missing_is_found),
		T(page_of_two_guests_is_found),
		T(firmware_that_is_read_only_is_its_guests_own),
		T(firmware_that_can_be_written_is_found),
		T(firmware_from_another_place_is_found),
		T(firmware_that_is_missing_is_found),
		T(rom_that_is_no_file_of_the_guest_is_found),
		T(guest_that_owns_our_page_is_found),
		T(guest_that_owns_an_apic_is_found),
		T(control_that_makes_interrupts_exit_is_found),
		T(control_that_makes_hlt_exit_is_found),
		T(open_msr_is_found_in_any_guest),
		T(closed_msr_is_found),
		T(x2apic_msr_that_is_open_in_other_modes_is_found),
		T(msr_that_is_open_while_a_level_is_served_is_found),
		T(open_port_is_found),
		T(open_interrupt_input_is_found),
		cmocka_unit_test(promises_are_numbered_and_in_order),
	};
	return cmocka_run_group_tests_name("selftest", tests, NULL, NULL);
}
