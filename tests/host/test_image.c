/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_image.c: kernel files in general and bzImages: what is refused, what a guest finds in its
 * RAM.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/host/bz_file.h"

/* Each test starts with a good file of its kind, spoils one thing, and looks for the words. */

static void empty_file_is_refused(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.request.kernel = (struct image_file){ NULL, 0 };
	refused(E_TRUNCATED, "empty");
}

static void text_file_is_no_kernel(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.request.kernel = (struct image_file){ (const uint8_t *)"hello", 5 };
	refused(E_UNSUPPORTED, "neither");
	assert_int_equal(world.probe.kind, IMAGE_UNKNOWN);
}

static void cut_off_vmlinux_is_refused(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.request.kernel = (struct image_file){ (const uint8_t *)"\x7f"
								     "ELF\x02\x01",
						    6 };
	refused(E_TRUNCATED, "no ELF header: the file has 0x6 bytes");
}

/* The Linux/x86 Boot Protocol, "Details of Header Fields". */
static void bzimage_headers_are_checked(void **state)
{
	/* clang-format off */
	static const struct {
		size_t at; uint64_t value; size_t bytes; enum status status; const char *words;
	} cases[] = {
		{ 0x1FE, 0xAA54,      2, E_INVALID,     "0x1FE is 0xaa54" },
		{ 0x206, 0x0205,      2, E_UNSUPPORTED, "2.05 (offset 0x206); 2.06" },
		{ 0x211, 0,           1, E_UNSUPPORTED, "zImage" },
		{ 0x236, 0x7C,        2, E_UNSUPPORTED, "code32_start at 0x214 is 0" },
		{ 0x200, 0x6AE9,      2, E_INVALID,     "e9 6a" },
		{ 0x201, 0x69,        1, E_INVALID,     "eb 69 at offset 0x200 are no jump over a header of protocol 2.15 (eb 6a to" },
		{ 0x201, 0x80,        1, E_INVALID,     "eb 80" },
		{ 0x1F4, 0x20,        4, E_INVALID,     "not even its entry" },
		{ 0x1F4, 0x301,       4, E_TRUNCATED,   "copy it again" },
		{ 0x1F4, 0xFFFFFFFF,  4, E_TRUNCATED,   "copy it again" },
		{ 0x1F1, 8,           1, E_TRUNCATED,   "copy it again" },
		{ 0x230, 0,           4, E_INVALID,     "0x0, not a power of two" },
		{ 0x230, 0x300000,    4, E_INVALID,     "not a power of two" },
		{ 0x260, 0x2FFF,      4, E_INVALID,     "init_size" },
		{ 0x258, 0xFFFFFFFFFFFFFFFF, 8, E_UNSUPPORTED, "below 128 TiB" },
		{ 0x258, 0x7FFFFF900000,  8, E_UNSUPPORTED, "below 128 TiB" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		begin(put_bzimage);
		put(cases[i].at, cases[i].value, cases[i].bytes);
		refused(cases[i].status, cases[i].words);
		assert_int_equal(world.probe.kind, IMAGE_BZIMAGE);
	}
}

static void kernel_cut_anywhere_is_refused(void **state)
{
	(void)state;
	begin(put_bzimage);
	for (size_t length = 0; length < BZ_KERNEL_AT + BZ_KERNEL_BYTES - 15; length++) {
		world.request.kernel.length = length;
		assert_int_not_equal(load(), OK);
		assert_true(strlen(world.refusal.why) > 0);
	}
}

static void kernel_below_1_mib_that_cannot_move_is_refused(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x234, 0, 1);
	put(0x258, 0x10000, 8);
	refused(E_UNSUPPORTED, "not relocatable");
}

/* The Linux/x86 Boot Protocol: syssize is "in units of 16-byte paragraphs". memtest86+ ends inside of one. */
static void kernel_may_end_inside_of_its_last_paragraph(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.request.kernel.length -= 15;
	memset(world.file + world.request.kernel.length, 0xEE, 15);
	assert_int_equal(load(), OK);
	assert_int_equal(got(BZ_PREFERRED + BZ_KERNEL_BYTES - 16, 1),
			 world.file[world.request.kernel.length - 1]);
	assert_int_equal(got(BZ_PREFERRED + BZ_KERNEL_BYTES - 15, 8), 0);
	begin(put_bzimage);
	world.request.kernel.length -= 16;
	refused(E_TRUNCATED, "copy it again");
}

/* Signed kernels carry a signature behind what syssize counts. */
static void bytes_behind_the_kernel_are_allowed(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.request.kernel.length += 1000;
	assert_int_equal(load(), OK);
	assert_int_equal(got(BZ_PREFERRED + BZ_KERNEL_BYTES, 8), 0);
}

/* setup_sects 0 stands for 4. */
static void no_setup_sects_means_four(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x1F1, 0, 1);
	assert_int_equal(load(), OK);
	assert_memory_equal(world.memory.bytes + BZ_PREFERRED, world.file + 5 * 512,
			    BZ_KERNEL_BYTES);
}

static void bzimage_lies_at_its_preferred_address(void **state)
{
	(void)state;
	begin(put_bzimage);
	assert_int_equal(image_probe(world.request.kernel, &world.request.form, &world.probe), OK);
	assert_int_equal(world.probe.kind, IMAGE_BZIMAGE);
	assert_int_equal(load(), OK);
	assert_memory_equal(world.memory.bytes + BZ_PREFERRED, world.file + BZ_KERNEL_AT,
			    BZ_KERNEL_BYTES);
}

/* "64-bit Boot Protocol": entry at load address + 0x200, RSI = boot_params. */
static void bzimage_starts_in_64_bit_mode(void **state)
{
	(void)state;
	begin(put_bzimage);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_LONG64);
	assert_int_equal(world.start.rip, BZ_PREFERRED + 0x200);
	assert_int_equal(world.start.rsi, INFO);
	assert_int_equal(world.start.rax | world.start.rbx, 0);
	assert_true(world.start.rsp > 0x1000 && world.start.rsp < 0xA0000);
}

/* "64-bit Boot Protocol": selectors 0x10 and 0x18, flat; SDM Vol. 3A, "Segment Descriptors". */
static void bzimage_gdt_has_flat_64_bit_code_and_data(void **state)
{
	(void)state;
	begin(put_bzimage);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.gdt_limit, 31);
	assert_int_equal(got(world.start.gdt_base, 8), 0);
	assert_int_equal(got(world.start.gdt_base + 0x10, 8), 0x00AF9B000000FFFF);
	assert_int_equal(got(world.start.gdt_base + 0x18, 8), 0x00CF93000000FFFF);
}

/* SDM Vol. 3A, "4-Level Paging and 5-Level Paging": walked as the processor does. */
static void low_4_gib_are_mapped_to_themselves(void **state)
{
	(void)state;
	begin(put_bzimage);
	assert_int_equal(load(), OK);
	for (uint64_t at = 0; at < 4 * GIB; at += 2 * MIB) {
		uint64_t pml4e = got(world.start.cr3 + 8 * (at >> 39 & 511), 8);
		uint64_t pdpte = got((pml4e & ~0xFFFULL) + 8 * (at >> 30 & 511), 8);
		uint64_t pde = got((pdpte & ~0xFFFULL) + 8 * (at >> 21 & 511), 8);

		assert_int_equal(pml4e & 0xFFF, 3);
		assert_int_equal(pdpte & 0xFFF, 3);
		assert_int_equal(pde, at | 0x83);
	}
	assert_int_equal(got(world.start.cr3 + 8, 8), 0);
}

/* "Zero Page", "Details of Header Fields". */
static void boot_params_carry_header_and_what_the_loader_adds(void **state)
{
	(void)state;
	begin(put_bzimage);
	assert_int_equal(load(), OK);
	assert_memory_equal(world.memory.bytes + INFO + 0x22C, world.file + 0x22C, 0x26C - 0x22C);
	assert_int_equal(got(INFO + 0x1F1, 1), BZ_SETUP_SECTS);
	assert_int_equal(got(INFO + 0x210, 1), 0xFF);
	assert_int_equal(got(INFO + 0x214, 4), BZ_PREFERRED);
	assert_int_equal(got(INFO + 0x070, 8), RSDP);
	assert_int_equal(got(INFO + 0x21C, 4), INITRD_BYTES);
	assert_int_equal(got(INFO + 0x0C4, 4), 0);
	assert_string_equal((char *)world.memory.bytes + got(INFO + 0x228, 4), "console=ttyS0");
	assert_int_equal(got(INFO + 0x0C8, 4), 0);
}

/* What nobody fills in is zero: screen_info, efi_info, the sentinel, behind the header. */
/* "BIOS Data Area", 40:13: memtest86+ and Linux look there, and Xen has no other place to look. */
static void bios_data_area_has_the_memory_below_the_gap(void **state)
{
	(void)state;
	begin(put_bzimage);
	assert_int_equal(load(), OK);
	assert_int_equal(got(0x413, 2), 640);
}

/* Vectors 10H to 1AH lead to code; no other does. */
static void bios_services_lead_to_code_and_other_vectors_nowhere(void **state)
{
	(void)state;
	begin(put_bzimage);
	assert_int_equal(load(), OK);
	for (unsigned vector = 0; vector < 0x60; vector++) {
		bool service = vector >= 0x10 && vector <= 0x1A;

		assert_int_equal(got(4 * vector, 4), service ? vector == 0x12 ? 0x190 : 0x180 : 0);
	}
	assert_int_equal(got(0x180, 2), 0x8955); /* push bp; mov bp, */
	assert_int_equal(got(0x190, 2), 0x6A1E); /* push ds; push */
}

static void rest_of_boot_params_is_zero(void **state)
{
	(void)state;
	begin(put_bzimage);
	memset(world.memory.bytes + INFO, 0xCC, 0x1000);
	memset(world.file, 0xCC, 0x1F1);
	memset(world.file + 0x26C, 0xCC, 0x100);
	assert_int_equal(load(), OK);
	for (uint64_t at = 0; at < 0x70; at++) {
		assert_int_equal(got(INFO + at, 1), 0);
	}
	for (uint64_t at = 0x0CC; at < 0x1E8; at++) {
		assert_int_equal(got(INFO + at, 1), 0);
	}
	assert_int_equal(got(INFO + 0x1EF, 1), 0);
	for (uint64_t at = 0x26C; at < 0x2D0; at++) {
		assert_int_equal(got(INFO + at, 1), 0);
	}
}

static void check_e820(unsigned index, uint64_t base, uint64_t bytes, uint32_t type)
{
	uint64_t at = INFO + 0x2D0 + 20 * (uint64_t)index;

	assert_int_equal(got(at, 8), base);
	assert_int_equal(got(at + 8, 8), bytes);
	assert_int_equal(got(at + 16, 4), type);
}

static void memory_map_has_the_gap_the_acpi_tables_and_joined_ram(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.ram[0].bytes = 32 * MIB;
	world.ram[1] = (struct image_ram){ gpa(32 * MIB), 32 * MIB };
	world.ram[2] = (struct image_ram){ gpa(4 * GIB), 6 * MIB };
	world.request.ram_count = 3;
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x1E8, 1), 4);
	check_e820(0, 0, 0xA0000, 1);
	check_e820(1, 0xE0000, 0x10000, 2);
	check_e820(2, 0x100000, RAM_BYTES - 0x100000, 1);
	check_e820(3, 4 * GIB, 6 * MIB, 1);
}

static void initrd_ends_at_the_top_of_low_ram(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.ram[1] = (struct image_ram){ gpa(4 * GIB), 6 * MIB };
	world.request.ram_count = 2;
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x218, 4), RAM_BYTES - 0x2000);
	assert_int_equal(got(INFO + 0x0C0, 4), 0);
	assert_memory_equal(world.memory.bytes + RAM_BYTES - 0x2000, world.initrd, INITRD_BYTES);
}

/* initrd_addr_max is the last byte an initrd may use. */
static void initrd_stays_under_its_highest_address(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x22C, 0x2FFFFFF, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x218, 4), 0x3000000 - 0x2000);
}

static void initrd_goes_below_a_kernel_that_takes_the_top(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x260, RAM_BYTES - BZ_PREFERRED, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x218, 4), BZ_PREFERRED - 0x2000);
}

static void initrd_never_shares_a_page_with_the_kernel(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x260, RAM_BYTES - 0x2000 + 8 - BZ_PREFERRED, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x218, 4), BZ_PREFERRED - 0x2000);
}

static void no_initrd_leaves_its_fields_zero(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.request.initrd = (struct image_file){ NULL, 0 };
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 0x218, 8), 0);
}

static void preferred_address_is_rounded_up_to_the_alignment(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x258, BZ_PREFERRED + 1, 8);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.rip, BZ_PREFERRED + 0x200000 + 0x200);
}

static void kernel_never_lies_below_1_mib(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x258, 0, 8);
	put(0x230, 0x1000, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.rip, 0x100000 + 0x200);
}

static void check_writes_nothing_and_needs_no_guest(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.ram[0].bytes = 3 * GIB;
	world.request.memory = NULL;
	assert_int_equal(image_check(&world.request, &world.refusal), OK);
	assert_string_equal(world.refusal.why, "");
	world.request.kernel.length = 0;
	assert_int_equal(image_check(&world.request, &world.refusal), E_TRUNCATED);
}

static void kernel_that_needs_more_memory_says_how_much(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x260, RAM_BYTES, 4);
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY, "80 MiB of memory or more; it has 64 MiB");
}

static void kernel_that_cannot_move_and_does_not_fit_is_refused(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x234, 0, 1);
	put(0x260, RAM_BYTES, 4);
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY, "it has 64 MiB");
}

static void initrd_that_needs_more_memory_says_how_much(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.request.initrd.length = 60 << 20;
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY,
		     "give the guest 84 MiB of memory or more; it has 64 MiB");
}

static void initrd_above_its_highest_address_is_not_blamed_on_memory(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x22C, 0x1800FFF, 4);
	world.request.initrd.length = 30 << 20;
	load_refused(E_INVALID, IMAGE_FIELD_INITRD, "initrd_addr_max");
}

static void command_line_longer_than_the_kernel_takes_is_refused(void **state)
{
	(void)state;
	begin(put_bzimage);
	put(0x238, 12, 4);
	load_refused(E_INVALID, IMAGE_FIELD_CMDLINE, "13 characters; this kernel takes 12");
}

static void command_line_is_bounded_by_its_place_too(void **state)
{
	static char line[0x1001];

	(void)state;
	begin(put_bzimage);
	memset(line, 'x', 0x1000);
	put(0x238, 0xFFFFFFFF, 4);
	world.request.cmdline = line;
	load_refused(E_INVALID, IMAGE_FIELD_CMDLINE, "takes 4095 at most");
	line[0xFFF] = '\0';
	assert_int_equal(load(), OK);
}

static void guest_without_a_megabyte_is_refused(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.ram[0].bytes = MIB;
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY, "1 MiB of memory; any kernel needs 2 MiB");
	world.request.ram_count = 0;
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY, "0 MiB");
}

static void acpi_tables_in_ram_are_refused(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.request.acpi_base = 0xF0001;
	load_refused(E_INVALID, IMAGE_FIELD_MEMORY, "ACPI");
}

static void ram_that_is_not_sorted_is_refused(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.ram[1] = (struct image_ram){ gpa(RAM_BYTES - 1), MIB };
	world.request.ram_count = 2;
	load_refused(E_INVALID, IMAGE_FIELD_MEMORY, "ascending");
}

static void ram_map_that_promises_too_much_is_noticed(void **state)
{
	(void)state;
	begin(put_bzimage);
	world.ram[0].bytes = 2 * RAM_BYTES;
	assert_int_equal(image_load(&world.request, &world.start, &world.refusal), E_NO_MEMORY);
	assert_int_equal(world.refusal.field, IMAGE_FIELD_MEMORY);
	assert_non_null(strstr(world.refusal.why, "memory map"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_file_is_refused),
		cmocka_unit_test(text_file_is_no_kernel),
		cmocka_unit_test(cut_off_vmlinux_is_refused),
		cmocka_unit_test(bzimage_headers_are_checked),
		cmocka_unit_test(kernel_cut_anywhere_is_refused),
		cmocka_unit_test(kernel_below_1_mib_that_cannot_move_is_refused),
		cmocka_unit_test(kernel_may_end_inside_of_its_last_paragraph),
		cmocka_unit_test(bytes_behind_the_kernel_are_allowed),
		cmocka_unit_test(no_setup_sects_means_four),
		cmocka_unit_test(bzimage_lies_at_its_preferred_address),
		cmocka_unit_test(bzimage_starts_in_64_bit_mode),
		cmocka_unit_test(bzimage_gdt_has_flat_64_bit_code_and_data),
		cmocka_unit_test(low_4_gib_are_mapped_to_themselves),
		cmocka_unit_test(boot_params_carry_header_and_what_the_loader_adds),
		cmocka_unit_test(bios_data_area_has_the_memory_below_the_gap),
		cmocka_unit_test(bios_services_lead_to_code_and_other_vectors_nowhere),
		cmocka_unit_test(rest_of_boot_params_is_zero),
		cmocka_unit_test(memory_map_has_the_gap_the_acpi_tables_and_joined_ram),
		cmocka_unit_test(initrd_ends_at_the_top_of_low_ram),
		cmocka_unit_test(initrd_stays_under_its_highest_address),
		cmocka_unit_test(initrd_goes_below_a_kernel_that_takes_the_top),
		cmocka_unit_test(initrd_never_shares_a_page_with_the_kernel),
		cmocka_unit_test(no_initrd_leaves_its_fields_zero),
		cmocka_unit_test(preferred_address_is_rounded_up_to_the_alignment),
		cmocka_unit_test(kernel_never_lies_below_1_mib),
		cmocka_unit_test(check_writes_nothing_and_needs_no_guest),
		cmocka_unit_test(kernel_that_needs_more_memory_says_how_much),
		cmocka_unit_test(kernel_that_cannot_move_and_does_not_fit_is_refused),
		cmocka_unit_test(initrd_that_needs_more_memory_says_how_much),
		cmocka_unit_test(initrd_above_its_highest_address_is_not_blamed_on_memory),
		cmocka_unit_test(command_line_longer_than_the_kernel_takes_is_refused),
		cmocka_unit_test(command_line_is_bounded_by_its_place_too),
		cmocka_unit_test(guest_without_a_megabyte_is_refused),
		cmocka_unit_test(acpi_tables_in_ram_are_refused),
		cmocka_unit_test(ram_that_is_not_sorted_is_refused),
		cmocka_unit_test(ram_map_that_promises_too_much_is_noticed),
	};

	return cmocka_run_group_tests(tests, make_ram, free_ram);
}
