/* SPDX-License-Identifier: Apache-2.0 */
/* test_image_multiboot.c: Multiboot 1 kernels: what is refused, what a guest finds in its RAM. */
#include "tests/host/elf_file.h"

enum {
	MB_AT = 0x1000,
	MB_LOAD = 0x100000,
};

static void put_multiboot_header(uint32_t flags)
{
	put(MB_AT, 0x1BADB002, 4);
	put(MB_AT + 4, flags, 4);
	put(MB_AT + 8, (uint32_t) - (0x1BADB002 + flags), 4);
}

/* Loads the file from MB_AT on, to MB_LOAD, with 0x100 bytes of code and a bss up to 0x110000. */
static uint64_t put_multiboot_addresses(void)
{
	put_multiboot_header(0x10003);
	put(MB_AT + 12, MB_LOAD, 4);
	put(MB_AT + 16, MB_LOAD, 4);
	put(MB_AT + 20, MB_LOAD + 0x100, 4);
	put(MB_AT + 24, 0x110000, 4);
	put(MB_AT + 28, MB_LOAD + 0x20, 4);
	memset(world.file + MB_AT + 0x20, 0x90, 0x200);
	return MB_AT + 0x200;
}

static const struct ph text = { 1, MB_AT, 0xC0100000, MB_LOAD, 0x100, 0x4100 };

static uint64_t put_elf(void)
{
	put_elf32_header(MB_LOAD + 0x20);
	put_ph32(0, text);
	put_multiboot_header(0x3);
	memset(world.file + MB_AT + 0x20, 0x90, 0x200);
	return MB_AT + 0x200;
}

/* Multiboot Specification 0.6.96, "The magic fields of Multiboot header". */
static void multiboot_header_behind_8192_bytes_is_not_seen(void **state)
{
	(void)state;
	begin(put_multiboot_addresses);
	memmove(world.file + 8192 - 8, world.file + MB_AT, 0x200);
	memset(world.file + MB_AT, 0, 32);
	world.request.kernel.length = 8192 + 0x200;
	refused(E_UNSUPPORTED, "neither");
}

static void multiboot_header_with_a_wrong_checksum_is_not_seen(void **state)
{
	(void)state;
	begin(put_multiboot_addresses);
	put(MB_AT + 8, 0, 4);
	refused(E_UNSUPPORTED, "neither");
}

static void multiboot_header_off_a_multiple_of_4_is_not_seen(void **state)
{
	(void)state;
	begin(put_multiboot_addresses);
	memmove(world.file + MB_AT + 2, world.file + MB_AT, 0x200);
	put(MB_AT, 0, 2);
	refused(E_UNSUPPORTED, "neither");
}

/* "If bit 2 ... is set": a loader that cannot must not boot the kernel. */
static void video_request_and_unknown_requirements_are_refused(void **state)
{
	(void)state;
	begin(put_elf);
	put_multiboot_header(0x7);
	refused(E_UNSUPPORTED, "video");
	assert_int_equal(world.probe.kind, IMAGE_MULTIBOOT1);
	begin(put_elf);
	put_multiboot_header(0x8003);
	refused(E_UNSUPPORTED, "requires flags 0x8003; 0x3");
}

static void optional_multiboot_flags_are_ignored(void **state)
{
	(void)state;
	begin(put_elf);
	put_multiboot_header(0x80020000);
	assert_int_equal(load(), OK);
}

/* "Machine state". */
static void multiboot_starts_in_32_bit_mode_with_the_magic(void **state)
{
	(void)state;
	begin(put_multiboot_addresses);
	assert_int_equal(image_probe(world.request.kernel, &world.request.form, &world.probe), OK);
	assert_int_equal(world.probe.kind, IMAGE_MULTIBOOT1);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_PROTECTED32);
	assert_int_equal(world.start.rax, 0x2BADB002);
	assert_int_equal(world.start.rbx, INFO);
	assert_int_equal(world.start.rip, MB_LOAD + 0x20);
	assert_int_equal(got(world.start.gdt_base + 0x10, 8), 0x00CF9B000000FFFF);
	assert_int_equal(got(world.start.gdt_base + 0x18, 8), 0x00CF93000000FFFF);
	assert_int_equal(world.start.gdt_limit, 31);
}

/* "The address fields of Multiboot header". */
static void addresses_say_which_bytes_go_where(void **state)
{
	(void)state;
	begin(put_multiboot_addresses);
	memset(world.memory.bytes + MB_LOAD, 0xCC, 0x10010);
	assert_int_equal(load(), OK);
	assert_memory_equal(world.memory.bytes + MB_LOAD, world.file + MB_AT, 0x100);
	for (uint64_t at = MB_LOAD + 0x100; at < 0x110000; at++) {
		assert_int_equal(got(at, 1), 0);
	}
	assert_int_equal(got(0x110000, 1), world.initrd[0]);
}

static void addresses_may_start_before_the_header(void **state)
{
	(void)state;
	begin(put_multiboot_addresses);
	put(MB_AT + 16, MB_LOAD, 4);
	put(MB_AT + 12, MB_LOAD + 0x800, 4);
	put(MB_AT + 20, MB_LOAD + 0x900, 4);
	put(MB_AT - 0x800, 0x12345678, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(got(MB_LOAD, 4), 0x12345678);
}

static void no_load_end_loads_the_rest_of_the_file(void **state)
{
	(void)state;
	begin(put_multiboot_addresses);
	put(MB_AT + 20, 0, 8);
	assert_int_equal(load(), OK);
	assert_memory_equal(world.memory.bytes + MB_LOAD, world.file + MB_AT, 0x200);
	assert_int_equal(got(MB_LOAD + 0x200, 4), 0);
}

static void multiboot_addresses_are_checked(void **state)
{
	/* clang-format off */
	static const struct {
		size_t at; uint32_t value; enum status status; const char *words;
	} cases[] = {
		{ 16, MB_LOAD + 4,      E_INVALID,   "load_addr" },
		{ 16, MB_LOAD - 0x1004, E_INVALID,   "load_addr" },
		{ 20, MB_LOAD,          E_INVALID,   "load_end_addr" },
		{ 20, MB_LOAD + 0x201,  E_TRUNCATED, "copy it again" },
		{ 20, 0xFFFFFFFF,       E_INVALID,   "bss_end_addr" },
		{ 24, MB_LOAD + 0xFF,   E_INVALID,   "bss_end_addr" },
		{ 28, MB_LOAD - 1,      E_INVALID,   "entry" },
		{ 28, 0x110000,         E_INVALID,   "entry" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		begin(put_multiboot_addresses);
		put(MB_AT + cases[i].at, cases[i].value, 4);
		refused(cases[i].status, cases[i].words);
	}
	begin(put_multiboot_addresses);
	world.request.kernel.length = MB_AT + 24;
	refused(E_TRUNCATED, "inside the Multiboot header");
}

/* System V ABI, "ELF Header", "Program Header". */
static void elf_headers_are_checked(void **state)
{
	/* clang-format off */
	static const struct {
		size_t at; uint32_t value; size_t bytes; enum status status; const char *words;
	} cases[] = {
		{ 0,  0x7E,        1, E_UNSUPPORTED, "not ELF" },
		{ 4,  2,           1, E_UNSUPPORTED, "ELF class 2" },
		{ 5,  2,           1, E_UNSUPPORTED, "data 2" },
		{ 16, 3,           2, E_UNSUPPORTED, "ELF type 3" },
		{ 18, 62,          2, E_UNSUPPORTED, "machine 62" },
		{ 24, 0x99,        4, E_INVALID,     "entry address 0x99" },
		{ 28, 0xFFFFFFF0,  4, E_TRUNCATED,   "program header" },
		{ 42, 31,          2, E_INVALID,     "of 31 bytes" },
		{ 44, 0,           2, E_INVALID,     "entry address" },
		{ 44, 0xFFFF,      2, E_TRUNCATED,   "program header" },
		{ 56, 0x1200 - 0xFF, 4, E_TRUNCATED, "copy it again" },
		{ 56, 0xFFFFFFFF,  4, E_TRUNCATED,   "copy it again" },
		{ 64, 0xFFFFC000,  4, E_INVALID,     "above 4 GiB" },
		{ 68, 0xFFFFFFFF,  4, E_TRUNCATED,   "copy it again" },
		{ 72, 0xFF,        4, E_INVALID,     "only 0xff" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		begin(put_elf);
		put(cases[i].at, cases[i].value, cases[i].bytes);
		refused(cases[i].status, cases[i].words);
	}
}

static void elf_segment_lies_at_its_physical_address_and_its_rest_is_zero(void **state)
{
	(void)state;
	begin(put_elf);
	memset(world.memory.bytes + MB_LOAD, 0xCC, 0x4100);
	assert_int_equal(load(), OK);
	assert_memory_equal(world.memory.bytes + MB_LOAD, world.file + MB_AT, 0x100);
	for (uint64_t at = MB_LOAD + 0x100; at < MB_LOAD + 0x4100; at++) {
		assert_int_equal(got(at, 1), 0);
	}
	assert_int_equal(world.start.rip, MB_LOAD + 0x20);
}

static void virtual_entry_address_becomes_physical(void **state)
{
	(void)state;
	begin(put_elf);
	put(24, 0xC0100040, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.rip, MB_LOAD + 0x40);
}

static void overlapping_elf_segments_are_refused(void **state)
{
	(void)state;
	begin(put_elf);
	put_ph32(1, (struct ph){ 1, 0, MB_LOAD, MB_LOAD + 0x40FF, 1, 1 });
	refused(E_INVALID, "overlap");
	put_ph32(1, (struct ph){ 1, 0, MB_LOAD, MB_LOAD + 0x4100, 1, 1 });
	assert_int_equal(load(), OK);
}

static void other_program_headers_are_skipped(void **state)
{
	(void)state;
	begin(put_elf);
	put_ph32(1, (struct ph){ 0x6474E551, 0xFFFFFFFF, 0, 0, 0xFFFFFFFF, 0 });
	put_ph32(2, (struct ph){ 1, 0xFFFFFFFF, 0, 0x1000, 0, 0 });
	assert_int_equal(load(), OK);
}

static void seventeen_segments_are_too_many(void **state)
{
	(void)state;
	begin(put_elf);
	for (unsigned i = 1; i <= 16; i++) {
		put_ph32(i, (struct ph){ 1, 0, 0, 0x200000 + 0x1000 * i, 1, 1 });
	}
	refused(E_UNSUPPORTED, "more than 16");
}

static void segment_over_the_boot_information_is_refused(void **state)
{
	static const uint32_t bad[] = { 0, 0x1000, 0x2000, 0x5FFF };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		begin(put_elf);
		put_ph32(1, (struct ph){ 1, 0, 0, bad[i], 1, 0x1001 });
		load_refused(E_UNSUPPORTED, IMAGE_FIELD_KERNEL, "boot information");
	}
	begin(put_elf);
	put_ph32(1, (struct ph){ 1, 0, 0, 0x6000, 1, 0x1000 });
	put_ph32(2, (struct ph){ 1, 0, 0, 0, 1, 0x1000 });
	assert_int_equal(load(), OK);
}

static void segment_in_the_pc_gap_is_refused(void **state)
{
	(void)state;
	begin(put_elf);
	put_ph32(1, (struct ph){ 1, 0, 0, 0x9FFFF, 1, 2 });
	load_refused(E_UNSUPPORTED, IMAGE_FIELD_KERNEL, "0xA0000");
	put_ph32(1, (struct ph){ 1, 0, 0, 0xFFFFF, 1, 1 });
	load_refused(E_UNSUPPORTED, IMAGE_FIELD_KERNEL, "0xA0000");
}

static void segment_behind_ram_says_how_much_memory_is_needed(void **state)
{
	(void)state;
	begin(put_elf);
	put_ph32(1, (struct ph){ 1, 0, 0, RAM_BYTES - 1, 1, 2 });
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY,
		     "give the guest 66 MiB of memory or more; it has 64 MiB");
}

/* "Boot information format". */
static void multiboot_information_says_memory_command_line_and_loader(void **state)
{
	(void)state;
	begin(put_elf);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO, 4), 1 << 0 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9);
	assert_int_equal(got(INFO + 4, 4), 640);
	assert_int_equal(got(0x413, 2), 640);
	assert_int_equal(got(INFO + 8, 4), (RAM_BYTES - 0x100000) / 1024);
	assert_string_equal((char *)world.memory.bytes + got(INFO + 16, 4), "console=ttyS0");
	assert_string_equal((char *)world.memory.bytes + got(INFO + 64, 4), "Muntin");
}

/* "syms": flag 5, with the table of section headers; what no segment loads is loaded, too. */
static void section_headers_are_handed_on(void **state)
{
	(void)state;
	begin(put_elf);
	put(32, 0x1400, 4);
	put(46, 40, 2);
	put(48, 2, 2);
	put(50, 1, 2);
	put(0x1400 + 40 + 4, 3, 4);
	put(0x1400 + 40 + 16, 0x1380, 4);
	put(0x1400 + 40 + 20, 0x33, 4);
	memset(world.file + 0x1380, 0xA5, 0x33);
	world.request.kernel.length = 0x1450;
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO, 4) & 1 << 5, 1 << 5);
	assert_int_equal(got(INFO + 28, 4), 2);
	assert_int_equal(got(INFO + 32, 4), 40);
	assert_int_equal(got(INFO + 40, 4), 1);
	uint64_t table = got(INFO + 36, 4);

	assert_int_equal(table, 0x107000);
	assert_int_equal(got(table + 40 + 4, 4), 3);
	assert_memory_equal(world.memory.bytes + got(table + 40 + 12, 4), world.file + 0x1380,
			    0x33);
	begin(put_elf);
	put(32, 0x1400, 4);
	put(46, 40, 2);
	put(48, 2, 2);
	refused(E_TRUNCATED, "2 section headers from 0x1400 on");
}

static void initrd_is_the_one_module_behind_the_kernel(void **state)
{
	(void)state;
	begin(put_elf);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 20, 4), 1);
	uint64_t mod = got(INFO + 24, 4);

	assert_int_equal(got(mod, 4), 0x105000);
	assert_int_equal(got(mod + 4, 4), 0x105000 + INITRD_BYTES);
	assert_int_equal(got(mod + 8, 8), 0);
	assert_memory_equal(world.memory.bytes + 0x105000, world.initrd, INITRD_BYTES);
}

/* "Boot information format": mods_addr; modules page aligned, also without flag 0. */
static void modules_follow_the_initrd_each_with_its_string(void **state)
{
	(void)state;
	begin(put_elf);
	add_modules();
	memset(world.memory.bytes + 0x1000, 0xCC, 0x5000);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 20, 4), 4);
	uint64_t mod = got(INFO + 24, 4);

	assert_int_equal(got(mod, 4), 0x105000);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t at = mod + 16 * (i + 1);

		assert_module(i, got(at, 4), got(at + 4, 4) - got(at, 4), got(at + 8, 4));
		assert_int_equal(got(at, 4), 0x107000 + 0x1000 * i);
		assert_int_equal(got(at + 12, 4), 0);
	}
}

static void begin_with(const struct image_module *modules, uint32_t count)
{
	begin(put_elf);
	world.request.modules = modules;
	world.request.module_count = count;
}

static void more_modules_or_text_than_there_is_room_for_is_refused(void **state)
{
	static struct image_module many[17];
	static const char words[0x1000];

	(void)state;
	begin_with(many, 17);
	load_refused(E_INVALID, IMAGE_FIELD_MODULES, "more than 17 modules");
	begin_with(many, 16);
	assert_int_equal(load(), OK);
	many[0] = (struct image_module){ .string = words, .string_bytes = 0xFFD };
	many[1] = (struct image_module){ .string = words, .string_bytes = 2 };
	begin_with(many, 2);
	load_refused(E_INVALID, IMAGE_FIELD_MODULES, "longer than 4096 characters together");
	many[1].string_bytes = 1;
	begin_with(many, 2);
	assert_int_equal(load(), OK);
}

static void modules_that_do_not_fit_say_how_much_memory_is_needed(void **state)
{
	(void)state;
	begin(put_elf);
	add_modules();
	world.modules[1].file.length = RAM_BYTES / 2;
	world.modules[2].file.length = RAM_BYTES / 2;
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY,
		     "and the modules need 65548 KiB below 4 GiB: give the guest 66 MiB of memory");
}

static void without_an_initrd_there_is_no_module(void **state)
{
	(void)state;
	begin(put_elf);
	world.request.initrd = (struct image_file){ NULL, 0 };
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 20, 4), 0);
}

static void module_that_does_not_fit_says_how_much_memory_is_needed(void **state)
{
	(void)state;
	begin(put_elf);
	world.request.initrd.length = RAM_BYTES;
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY,
		     "give the guest 66 MiB of memory or more; it has 64 MiB");
}

/* An entry's "size" does not count itself. */
static void multiboot_memory_map_is_the_same_map(void **state)
{
	static const uint64_t want[3][3] = { { 0, 0xA0000, 1 },
					     { 0xE0000, 0x10000, 2 },
					     { 0x100000, RAM_BYTES - 0x100000, 1 } };

	(void)state;
	begin(put_elf);
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 44, 4), 3 * 24);
	for (uint64_t i = 0, at = got(INFO + 48, 4); i < 3; i++, at += 24) {
		assert_int_equal(got(at, 4), 20);
		assert_int_equal(got(at + 4, 8), want[i][0]);
		assert_int_equal(got(at + 12, 8), want[i][1]);
		assert_int_equal(got(at + 20, 4), want[i][2]);
	}
}

static void command_line_longer_than_its_place_is_refused(void **state)
{
	static char line[0x1001];

	(void)state;
	memset(line, 'x', 0x1000);
	begin(put_elf);
	world.request.cmdline = line;
	load_refused(E_INVALID, IMAGE_FIELD_CMDLINE, "4095");
	line[0xFFF] = '\0';
	assert_int_equal(load(), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(multiboot_header_behind_8192_bytes_is_not_seen),
		cmocka_unit_test(multiboot_header_with_a_wrong_checksum_is_not_seen),
		cmocka_unit_test(multiboot_header_off_a_multiple_of_4_is_not_seen),
		cmocka_unit_test(video_request_and_unknown_requirements_are_refused),
		cmocka_unit_test(optional_multiboot_flags_are_ignored),
		cmocka_unit_test(multiboot_starts_in_32_bit_mode_with_the_magic),
		cmocka_unit_test(addresses_say_which_bytes_go_where),
		cmocka_unit_test(addresses_may_start_before_the_header),
		cmocka_unit_test(no_load_end_loads_the_rest_of_the_file),
		cmocka_unit_test(multiboot_addresses_are_checked),
		cmocka_unit_test(elf_headers_are_checked),
		cmocka_unit_test(elf_segment_lies_at_its_physical_address_and_its_rest_is_zero),
		cmocka_unit_test(virtual_entry_address_becomes_physical),
		cmocka_unit_test(overlapping_elf_segments_are_refused),
		cmocka_unit_test(other_program_headers_are_skipped),
		cmocka_unit_test(seventeen_segments_are_too_many),
		cmocka_unit_test(segment_over_the_boot_information_is_refused),
		cmocka_unit_test(segment_in_the_pc_gap_is_refused),
		cmocka_unit_test(segment_behind_ram_says_how_much_memory_is_needed),
		cmocka_unit_test(multiboot_information_says_memory_command_line_and_loader),
		cmocka_unit_test(section_headers_are_handed_on),
		cmocka_unit_test(initrd_is_the_one_module_behind_the_kernel),
		cmocka_unit_test(modules_follow_the_initrd_each_with_its_string),
		cmocka_unit_test(more_modules_or_text_than_there_is_room_for_is_refused),
		cmocka_unit_test(modules_that_do_not_fit_say_how_much_memory_is_needed),
		cmocka_unit_test(without_an_initrd_there_is_no_module),
		cmocka_unit_test(module_that_does_not_fit_says_how_much_memory_is_needed),
		cmocka_unit_test(multiboot_memory_map_is_the_same_map),
		cmocka_unit_test(command_line_longer_than_its_place_is_refused),
	};

	return cmocka_run_group_tests(tests, make_ram, free_ram);
}
