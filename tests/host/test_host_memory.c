/* SPDX-License-Identifier: Apache-2.0 */
/* test_host_memory.c: which memory of the machine may be looked at, and that all of it comes over. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "arch/cpu/insn.h"
#include "kernel/address_space.h"
#include "kernel/host_memory.h"
#include "kernel/inspect.h"
#include "kernel/memory.h"

#include "kernel/host_memory.c"

/* Firmware's tables lie in two pages; guest RAM is at 2 MiB, the arena at 8 MiB, the image at 12 MiB. */
enum {
	TABLES = 0x100000,
	TABLES_BYTES = 2 * PAGE_SIZE,
	RAM = 0x200000,
	RAM_BYTES = 0x200000,
	ARENA = 0x800000,
	ARENA_BYTES = 0x100000,
	IMAGE = 0xC00000,
	IMAGE_BYTES = 0x1800,
};

static struct boot_info info;
static uint8_t tables[TABLES_BYTES];
static uint8_t to[TABLES_BYTES];
static uint8_t window[PAGE_SIZE];
static int windows; /* open now */
static unsigned opened;

const struct boot_info *inspect_boot(void)
{
	return &info;
}

/* One of the image, and two of the arena, as far as it is mapped. */
bool address_space_range(uint32_t index, struct address_space_range *range)
{
	*range = (struct address_space_range){ .base = IMAGE, .bytes = IMAGE_BYTES };
	return index == 0;
}

uint32_t address_space_ranges(void)
{
	return 3;
}

uint32_t memory_piece_count(void)
{
	return 2;
}

void *window_open(hpa_t page)
{
	assert_true(is_aligned(page.value, PAGE_SIZE));
	assert_int_equal(windows++, 0);
	opened++;
	if (page.value - TABLES < TABLES_BYTES) {
		memcpy(window, &tables[page.value - TABLES], PAGE_SIZE);
	}
	return window;
}

void window_close(void)
{
	assert_int_equal(--windows, 0);
}

static int setup(void **state)
{
	(void)state;
	info.plan.arena = hpa(ARENA);
	info.plan.arena_bytes = ARENA_BYTES;
	info.plan.guest_count = 1;
	info.plan.guests[0].ram_count = 1;
	info.plan.guests[0].ram[0] = (struct plan_ram){ gpa(0), hpa(RAM), RAM_BYTES };
	for (size_t i = 0; i < sizeof(tables); i++) {
		tables[i] = (uint8_t)(i * 7 + i / 256);
	}
	opened = 0;
	windows = 0;
	return 0;
}

static bool may_read(uint64_t at, size_t bytes)
{
	return host_memory_read(hpa(at), to, bytes);
}

static void bytes_come_over_also_across_a_page(void **state)
{
	(void)state;
	assert_true(may_read(TABLES + 100, 5000));
	assert_memory_equal(to, &tables[100], 5000);
	assert_int_equal(opened, 2);
	assert_int_equal(windows, 0);
}

static void last_byte_of_a_page_is_read_alone(void **state)
{
	(void)state;
	assert_true(may_read(TABLES + PAGE_SIZE - 1, 1));
	assert_int_equal(to[0], tables[PAGE_SIZE - 1]);
	assert_int_equal(opened, 1);
}

static void guest_ram_is_not_read(void **state)
{
	(void)state;
	assert_false(may_read(RAM, 1));
	assert_false(may_read(RAM + RAM_BYTES - 1, 1));
	assert_false(may_read(RAM - 1, 2));
	assert_int_equal(opened, 0);
	assert_true(may_read(RAM - 1, 1));
	assert_true(may_read(RAM + RAM_BYTES, 1));
}

static void what_is_ours_is_not_read(void **state)
{
	(void)state;
	assert_false(may_read(ARENA, 1));
	assert_false(may_read(ARENA + ARENA_BYTES - 1, 1));
	assert_false(may_read(IMAGE + IMAGE_BYTES - 1, 1));
	assert_false(may_read(IMAGE - 8, 9));
	assert_int_equal(opened, 0);
	assert_true(may_read(ARENA + ARENA_BYTES, 1));
}

static void address_that_cannot_be_is_not_read(void **state)
{
	uint64_t end = (uint64_t)1 << min_u64(cpuid(0x80000008, 0).eax & 0xFF, 52);

	(void)state;
	assert_false(may_read(0, 1));
	assert_false(may_read(PAGE_SIZE - 1, 1));
	assert_false(may_read(end, 1));
	assert_false(may_read(end - 1, 2));
	assert_false(may_read(UINT64_MAX, 1));
	assert_false(may_read(UINT64_MAX - 3, 8));
	assert_int_equal(opened, 0);
	assert_true(may_read(end - 1, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(bytes_come_over_also_across_a_page, setup),
		cmocka_unit_test_setup(last_byte_of_a_page_is_read_alone, setup),
		cmocka_unit_test_setup(guest_ram_is_not_read, setup),
		cmocka_unit_test_setup(what_is_ours_is_not_read, setup),
		cmocka_unit_test_setup(address_that_cannot_be_is_not_read, setup),
	};
	return cmocka_run_group_tests_name("host_memory", tests, NULL, NULL);
}
