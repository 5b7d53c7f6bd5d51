/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_image_bzimage.c: bzImages by the version of their protocol: entries, addresses above 4 GiB, kernel_info,
 * setup_data.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/host/bz_file.h"

enum { HIGH_BYTES = 16 << 20 };

static uint8_t high[HIGH_BYTES];

/* A kernel of protocol 2.06 has no field behind cmdline_size; what stands there is code. */
static uint64_t put_old(void)
{
	uint64_t length = put_bzimage();

	put(0x206, 0x0206, 2);
	put(0x201, 0x3A, 1);
	put(0x214, 0x100000, 4);
	put(0x230, 0, 4);
	put(0x234, 0, 1);
	memset(world.file + 0x23C, 0xCC, 0x100);
	return length;
}

/* 64 MiB from 0, and 16 MiB from 4 GiB on. */
static void begin_high(void)
{
	begin(put_bzimage);
	memset(high, 0, sizeof(high));
	world.memory.high = high;
	world.memory.high_base = 4 * GIB;
	world.memory.high_length = HIGH_BYTES;
	world.ram[1] = (struct image_ram){ gpa(4 * GIB), HIGH_BYTES };
	world.request.ram_count = 2;
}

/* Linux "The Linux/x86 Boot Protocol", "32-bit Boot Protocol". */
static void kernel_without_a_64_bit_entry_starts_in_32_bit_mode(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x236, 0x7C, 2);
	put(0x214, 0x100040, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_PROTECTED32);
	assert_int_equal(world.start.rip, BZ_PREFERRED + 0x40);
	assert_int_equal(world.start.rsi, INFO);
	assert_int_equal(world.start.rax | world.start.rbx | world.start.cr3, 0);
	assert_int_equal(got(world.start.gdt_base + 0x10, 8), 0x00CF9B000000FFFF);
	assert_int_equal(got(world.start.gdt_base + 0x18, 8), 0x00CF93000000FFFF);
}

static void entry_outside_of_the_kernel_is_refused(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x236, 0, 2);
	put(0x214, 0xFFFFF, 4);
	refused(E_INVALID, "offset 0x214) is -1 bytes behind");
	begin(put_bzimage);
	put(0x236, 0, 2);
	put(0x214, 0x100000 + BZ_KERNEL_BYTES, 4);
	refused(E_INVALID, "offset 0x214) is 12288 bytes behind");
}

/* Before 2.10 nothing says where it wants to be and how much it needs. */
static void old_kernel_goes_to_1_mib_with_room_to_unpack(void **state)
{
	(void)state;
	begin(put_old);
	world.request.initrd.length = 0;
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_PROTECTED32);
	assert_int_equal(world.start.rip, 0x100000);
	assert_memory_equal(world.memory.bytes + 0x100000, world.file + BZ_KERNEL_AT,
			    BZ_KERNEL_BYTES);
	begin(put_old);
	put(0x22C, 0x100000 + 3 * BZ_KERNEL_BYTES + INITRD_BYTES - 1, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x218, 4), 0x100000 + 3 * BZ_KERNEL_BYTES);
	begin(put_old);
	put(0x22C, 0x100000 + 3 * BZ_KERNEL_BYTES + INITRD_BYTES - 2, 4);
	load_refused(E_INVALID, IMAGE_FIELD_INITRD, "initrd_addr_max");
}

/* boot_params has of the header what its version has; the rest stays zero. */
static void bytes_behind_an_old_header_are_not_taken_for_fields(void **state)
{
	(void)state;
	begin(put_old);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x238, 4), 2047);
	for (uint64_t at = 0x23C; at < 0x290; at++) {
		assert_int_equal(got(INFO + at, 1), 0);
	}
}

/* "The Real-Mode Kernel Header": which field came when. */
static void header_reaches_as_far_as_its_version_says(void **state)
{
	/* clang-format off */
	static const struct { uint32_t version, jump; const char *words; } cases[] = {
		{ 0x0206, 0x3A, "2.06 (eb 3a to" }, { 0x0207, 0x46, "2.07 (eb 46 to" },
		{ 0x0208, 0x4E, "2.08 (eb 4e to" }, { 0x0209, 0x56, "2.09 (eb 56 to" },
		{ 0x020A, 0x62, "2.10 (eb 62 to" }, { 0x020B, 0x66, "2.11 (eb 66 to" },
		{ 0x020C, 0x66, "2.12 (eb 66 to" }, { 0x020E, 0x66, "2.14 (eb 66 to" },
		{ 0x020F, 0x6A, "2.15 (eb 6a to" }, { 0x0210, 0x6A, "2.16 (eb 6a to" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		begin(put_bzimage);
		put(0x206, cases[i].version, 2);
		put(0x214, 0x100000, 4);
		put(0x201, cases[i].jump, 1);
		assert_int_equal(load(), OK);
		begin(put_bzimage);
		put(0x206, cases[i].version, 2);
		put(0x214, 0x100000, 4);
		put(0x201, cases[i].jump - 1, 1);
		refused(E_INVALID, cases[i].words);
	}
}

/* xloadflags came with 2.12: before, its bytes are something else. */
static void flags_of_an_older_header_are_not_believed(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x206, 0x020B, 2);
	put(0x214, 0x100000, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_PROTECTED32);
}

/* XLF_CAN_BE_LOADED_ABOVE_4G, ext_ramdisk_image. */
static void initrd_goes_above_4_gib_when_there_is_no_place_below(void **state)
{
	(void)state;
	begin_high();
	put(0x260, RAM_BYTES - BZ_PREFERRED, 4);
	put(0x22C, BZ_PREFERRED, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x0C0, 4), 0);
	begin_high();
	put(0x260, RAM_BYTES - BZ_PREFERRED, 4);
	put(0x22C, 0x100FFF, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x0C0, 4), 1);
	assert_int_equal(got(INFO + 0x218, 4), HIGH_BYTES - 0x2000);
	assert_memory_equal(high + HIGH_BYTES - 0x2000, world.initrd, INITRD_BYTES);
	begin_high();
	put(0x236, 0x7D, 2);
	put(0x22C, 0x100FFF, 4);
	load_refused(E_INVALID, IMAGE_FIELD_INITRD, "initrd_addr_max");
}

/* "64-bit Boot Protocol": the kernel's init_size bytes are mapped 1:1, wherever it is. */
static void kernel_goes_above_4_gib_and_is_mapped_there(void **state)
{
	const uint64_t base = 4 * GIB + 2 * MIB;

	(void)state;
	begin_high();
	put(0x258, base, 8);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_LONG64);
	assert_int_equal(world.start.rip, base + 0x200);
	assert_memory_equal(high + 2 * MIB, world.file + BZ_KERNEL_AT, BZ_KERNEL_BYTES);
	uint64_t pdpt = got(world.start.cr3, 8) & ~0xFFFULL;
	uint64_t pd = got(pdpt + 8 * 4, 8);

	assert_int_equal(pd & 0xFFF, 3);
	assert_int_equal(got((pd & ~0xFFFULL) + 8, 8), base | 0x83);
	assert_int_equal(got(pdpt + 8 * 5, 8), 0);
	begin_high();
	put(0x236, 0x7D, 2);
	put(0x258, base, 8);
	refused(E_UNSUPPORTED, "below 4 GiB (xloadflags at 0x236, bit 1 clear)");
}

static void kernel_that_finds_no_place_below_4_gib_goes_above(void **state)
{
	(void)state;
	begin_high();
	put(0x258, RAM_BYTES - 4 * MIB, 8);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.rip, 4 * GIB + 0x200);
	begin_high();
	put(0x258, RAM_BYTES - 4 * MIB, 8);
	put(0x236, 0x7D, 2);
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY, "the kernel needs 8192 KiB from 0x3c00000");
}

/* Across a PML4 entry: a second page-directory-pointer table. */
static void kernel_across_512_gib_is_mapped_by_both_tables(void **state)
{
	const uint64_t base = 512 * GIB - 4 * MIB;

	(void)state;
	begin_high();
	world.memory.high_base = base;
	world.ram[1].base = gpa(base);
	put(0x258, base, 8);
	assert_int_equal(load(), OK);
	for (uint64_t at = base; at < base + BZ_INIT_BYTES; at += 2 * MIB) {
		uint64_t pml4e = got(world.start.cr3 + 8 * (at >> 39 & 511), 8);
		uint64_t pdpte = got((pml4e & ~0xFFFULL) + 8 * (at >> 30 & 511), 8);

		assert_int_equal(pml4e & 0xFFF, 3);
		assert_int_equal(pdpte & 0xFFF, 3);
		assert_int_equal(got((pdpte & ~0xFFFULL) + 8 * (at >> 21 & 511), 8), at | 0x83);
	}
}

/* "The kernel_info". */
static void kernel_info_is_checked(void **state)
{
	/* clang-format off */
	static const struct { uint32_t offset, magic, size; enum status status; const char *words; }
	cases[] = {
		{ 0x1000, 0x506F544C, 16, OK, "" },
		{ BZ_KERNEL_BYTES - 16, 0x506F544C, 16, OK, "" },
		{ 0x1000, 0x506F544D, 16, E_INVALID, "no kernel_info at offset 0x2000" },
		{ 0x1000, 0x506F544C, 15, E_INVALID, "no kernel_info at offset 0x2000" },
		{ 0x1000, 0x506F544C, BZ_KERNEL_BYTES - 0x1000 + 1, E_INVALID, "no kernel_info" },
		{ BZ_KERNEL_BYTES - 15, 0x506F544C, 16, E_INVALID, "kernel_info_offset at 0x268 is 0x2ff1" },
		{ 0xFFFFFFFF, 0, 0, E_INVALID, "kernel_info_offset at 0x268 is 0xffffffff" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		begin(put_bzimage);
		put(0x268, cases[i].offset, 4);
		if (cases[i].offset < BZ_KERNEL_BYTES) {
			put(BZ_KERNEL_AT + cases[i].offset, cases[i].magic, 4);
			put(BZ_KERNEL_AT + cases[i].offset + 4, cases[i].size, 4);
		}
		if (cases[i].status == OK) {
			assert_int_equal(load(), OK);
		} else {
			refused(cases[i].status, cases[i].words);
		}
	}
}

/* struct setup_data: next, type, length, data. What the file says of it counts for nothing. */
static void setup_data_is_a_seed_when_there_is_one(void **state)
{
	uint8_t seed[32];

	(void)state;
	memset(seed, 0x5A, sizeof(seed));
	begin(put_bzimage);
	put(0x250, 0x123456789ABC, 8);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x250, 8), 0);
	begin(put_bzimage);
	world.request.seed = seed;
	assert_int_equal(load(), OK);
	uint64_t node = got(INFO + 0x250, 8);

	assert_true(node >= 0x1000 && node < 0x6000);
	assert_int_equal(got(node, 8), 0);
	assert_int_equal(got(node + 8, 4), 9);
	assert_int_equal(got(node + 12, 4), 32);
	assert_memory_equal(world.memory.bytes + node + 16, seed, 32);
	begin(put_bzimage);
	put(0x206, 0x0208, 2);
	put(0x214, 0x100000, 4);
	world.request.seed = seed;
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x250, 8), 0);
}

/* Debian's ipxe.lkrn: protocol 2.07, nothing but the entry in real mode. */
static void kernel_that_needs_a_bios_is_refused(void **state)
{
	(void)state;
	begin(put_old);
	put(0x214, 0, 4);
	refused(E_UNSUPPORTED, "its code calls a BIOS, and there is none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_without_a_64_bit_entry_starts_in_32_bit_mode),
		cmocka_unit_test(entry_outside_of_the_kernel_is_refused),
		cmocka_unit_test(old_kernel_goes_to_1_mib_with_room_to_unpack),
		cmocka_unit_test(bytes_behind_an_old_header_are_not_taken_for_fields),
		cmocka_unit_test(header_reaches_as_far_as_its_version_says),
		cmocka_unit_test(flags_of_an_older_header_are_not_believed),
		cmocka_unit_test(initrd_goes_above_4_gib_when_there_is_no_place_below),
		cmocka_unit_test(kernel_goes_above_4_gib_and_is_mapped_there),
		cmocka_unit_test(kernel_that_finds_no_place_below_4_gib_goes_above),
		cmocka_unit_test(kernel_across_512_gib_is_mapped_by_both_tables),
		cmocka_unit_test(kernel_info_is_checked),
		cmocka_unit_test(setup_data_is_a_seed_when_there_is_one),
		cmocka_unit_test(kernel_that_needs_a_bios_is_refused),
	};

	return cmocka_run_group_tests(tests, make_ram, free_ram);
}
