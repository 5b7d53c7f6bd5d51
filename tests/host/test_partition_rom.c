/* SPDX-License-Identifier: Apache-2.0 */
/* test_partition_rom.c: firmware below 4 GiB: mapped for the start that wants it, read-only, and readable by us. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "arch/cpu/exception.h"
#include "arch/vmx/vmx.h"
#include "kernel/address_space.h"
#include "tests/host/pages.h"

#include "kernel/guest_memory.c"
#include "kernel/partition_rom.c"

enum { SMALL = 0x10000, LARGE = 0x300000 };

static _Alignas(PAGE_SIZE) uint8_t small[SMALL];
static _Alignas(PAGE_SIZE) uint8_t large[LARGE];
static const uint8_t text[] = "070701";

static struct pages pages;
static struct boot_info boot;
static struct boot_guest own;
static struct config_guest config;
static struct partition guest;
static struct partition_launch launch;
static struct plan_guest plan;
static unsigned invalidated;

struct partitions partitions = { .boot = &boot };

const struct partition_launch *partition_launch_current(const struct partition *partition)
{
	assert_ptr_equal(partition, &guest);
	return &launch;
}

void vmx_invalidate(void)
{
	invalidated++;
}

void hv_panic(const struct exception_frame *frame, const char *fmt, ...)
{
	(void)frame;
	fail_msg("hv_panic: %s", fmt);
	__builtin_unreachable();
}

void *window_open(hpa_t page)
{
	return (void *)(uintptr_t)page.value;
}

void window_close(void)
{
}

/* A BIOS of this size; each page begins with its number. */
static struct image_file bios(uint8_t *bytes, size_t length)
{
	for (size_t at = 0; at < length; at += PAGE_SIZE) {
		bytes[at] = (uint8_t)(at / PAGE_SIZE);
	}
	memcpy(bytes + length - 16, "\xEA\x5B\xE0\x00\xF0", 5);
	return (struct image_file){ bytes, length };
}

static int begin(void **state)
{
	struct ept_setup setup = { pages_source(&pages, PAGES_MAX), true, false };

	(void)state;
	memset(&boot, 0, sizeof(boot));
	guest = (struct partition){ .images = &own, .config = &config, .plan = &plan };
	guest.memory.plan = &plan;
	plan = (struct plan_guest){ 0 };
	own = (struct boot_guest){ .kernel = { text, sizeof(text) } };
	invalidated = 0;
	return ept_init(&guest.ept, &setup) == OK ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	pages_free(&pages);
	return 0;
}

static void start(struct image_file kernel)
{
	launch.images = (struct boot_guest){ .kernel = kernel };
	partition_rom_map(&guest);
}

static uint64_t mapped(void)
{
	uint64_t bytes = 0;
	struct ept_run run;

	for (uint64_t at = 0; ept_next_run(&guest.ept, &at, &run);) {
		bytes += run.bytes;
	}
	return bytes;
}

static void guest_that_cannot_have_firmware_gets_no_tables(void **state)
{
	unsigned used = pages.used;

	(void)state;
	partition_rom_reserve(&guest);
	assert_int_equal(pages.used, used);
	start(own.kernel);
	assert_int_equal(mapped(), 0);
	assert_int_equal(invalidated, 0);
}

static void firmware_ends_at_4_gib_and_cannot_be_written(void **state)
{
	struct ept_entry entry;

	(void)state;
	own.kernel = bios(small, SMALL);
	partition_rom_reserve(&guest);
	start(own.kernel);
	assert_int_equal(mapped(), SMALL);
	for (uint64_t at = 0; at < SMALL; at += PAGE_SIZE) {
		assert_true(ept_lookup(&guest.ept, gpa(4 * GIB - SMALL + at), &entry));
		assert_ptr_equal((void *)entry.hpa.value, small + at);
		assert_int_equal(entry.access, EPT_READ | EPT_EXEC);
		assert_int_equal(entry.type, MEMORY_TYPE_WB);
	}
	assert_int_equal(invalidated, 1);
}

/* Nothing can be allocated at a relaunch: the tables are there before the arena is sealed. */
static void relaunch_takes_one_firmware_away_and_maps_another(void **state)
{
	(void)state;
	own.kernel = bios(small, SMALL);
	boot.config.image_count = 1;
	boot.images[0] = bios(large, LARGE);
	partition_rom_reserve(&guest);
	pages.limit = pages.used;
	start(boot.images[0]);
	assert_int_equal(mapped(), LARGE);
	start(own.kernel);
	assert_int_equal(mapped(), SMALL);
	start((struct image_file){ text, sizeof(text) });
	assert_int_equal(mapped(), 0);
	assert_int_equal(guest.memory.rom.bytes, 0);
	assert_int_equal(invalidated, 3);
}

static void muntin_reads_firmware_and_writes_none(void **state)
{
	uint8_t two[2];
	gpa_t last_page = gpa(4 * GIB - PAGE_SIZE);

	(void)state;
	own.kernel = bios(small, SMALL);
	partition_rom_reserve(&guest);
	assert_int_equal(guest_memory_read(&guest.memory, last_page, two, 1), E_RANGE);
	start(own.kernel);
	small[SMALL - PAGE_SIZE - 1] = 0x77;
	assert_int_equal(guest_memory_read(&guest.memory, gpa(last_page.value - 1), two, 2), OK);
	assert_int_equal(two[0], 0x77);
	assert_int_equal(two[1], SMALL / PAGE_SIZE - 1);
	assert_int_equal(guest_memory_write(&guest.memory, last_page, two, 1), E_RANGE);
	assert_int_equal(guest_memory_zero(&guest.memory, last_page, 1), E_RANGE);
	assert_int_equal(guest_memory_read(&guest.memory, gpa(4 * GIB - 1), two, 2), E_RANGE);
	assert_int_equal(guest_memory_read(&guest.memory, gpa(4 * GIB - SMALL - 1), two, 1),
			 E_RANGE);
}

static void ram_is_written_through_the_window(void **state)
{
	static _Alignas(PAGE_SIZE) uint8_t ram[2 * PAGE_SIZE];
	uint8_t back[4];

	(void)state;
	plan.ram_count = 1;
	plan.ram[0] = (struct plan_ram){ gpa(0), hpa((uint64_t)ram), sizeof(ram) };
	assert_int_equal(guest_memory_write(&guest.memory, gpa(PAGE_SIZE - 2), "abcd", 4), OK);
	assert_memory_equal(ram + PAGE_SIZE - 2, "abcd", 4);
	assert_int_equal(guest_memory_zero(&guest.memory, gpa(PAGE_SIZE - 1), 2), OK);
	assert_int_equal(guest_memory_read(&guest.memory, gpa(PAGE_SIZE - 2), back, 4), OK);
	assert_memory_equal(back, "a\0\0d", 4);
	assert_int_equal(guest_memory_write(&guest.memory, gpa(sizeof(ram) - 1), "ab", 2), E_RANGE);
	assert_int_equal(ram[sizeof(ram) - 1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(guest_that_cannot_have_firmware_gets_no_tables,
						begin, end),
		cmocka_unit_test_setup_teardown(firmware_ends_at_4_gib_and_cannot_be_written, begin,
						end),
		cmocka_unit_test_setup_teardown(relaunch_takes_one_firmware_away_and_maps_another,
						begin, end),
		cmocka_unit_test_setup_teardown(muntin_reads_firmware_and_writes_none, begin, end),
		cmocka_unit_test_setup_teardown(ram_is_written_through_the_window, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
