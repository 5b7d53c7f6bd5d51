/* SPDX-License-Identifier: Apache-2.0 */
/* test_image_multiboot2.c: Multiboot 2 kernels: what is refused, what a guest finds in its RAM. */
#include "tests/host/elf_file.h"

enum {
	HEADER = 0x1000,
	CODE = 0x2000,
	LOAD = 0x200000,
	CODE_BYTES = 0x300,
	MEMORY_BYTES = 0x2000,
	SECTIONS = 0x3000,
	OPTIONAL = 1,
};

#define VIRTUAL 0xFFFFFFFF80000000

/* Where the next tag goes. */
static size_t tag_at;

static void put_header_end(void)
{
	uint32_t length = (uint32_t)(tag_at - HEADER);

	put(HEADER, 0xE85250D6, 4);
	put(HEADER + 4, 0, 4);
	put(HEADER + 8, length, 4);
	put(HEADER + 12, (uint32_t) - (0xE85250D6 + length), 4);
}

static size_t put_tag(uint32_t type, uint32_t flags, uint32_t bytes)
{
	size_t at = tag_at;

	put(at, type, 2);
	put(at + 2, flags, 2);
	put(at + 4, bytes, 4);
	tag_at += (bytes + 7) & ~7u;
	return at;
}

static void end_tags(void)
{
	put_tag(0, 0, 8);
	put_header_end();
}

/* Takes the end tag back, so that more can follow. */
static void more_tags(void)
{
	tag_at -= 8;
}

static void put_words(size_t at, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		put(at + 4 * i, words[i], 4);
	}
}

static uint64_t put_elf64(void)
{
	put_elf64_header(VIRTUAL + 0x40);
	put_ph64(0, (struct ph){ 1, CODE, VIRTUAL, LOAD, CODE_BYTES, MEMORY_BYTES });
	memset(world.file + CODE, 0x90, CODE_BYTES);
	tag_at = HEADER + 16;
	end_tags();
	return CODE + CODE_BYTES;
}

/* No ELF: addresses, loaded from HEADER on. */
static uint64_t put_addresses(void)
{
	tag_at = HEADER + 16;
	put_words(put_tag(2, 0, 24) + 8, (uint32_t[]){ LOAD, LOAD, LOAD + 0x100, LOAD + 0x1000 },
		  4);
	put(put_tag(3, 0, 12) + 8, LOAD + 0x80, 4);
	end_tags();
	memset(world.file + HEADER + 0x80, 0x90, 0x100);
	return HEADER + 0x200;
}

/* A table of: nothing, the code, symbols (loose), bss (no bits), names (loose). */
static uint64_t put_elf64_with_sections(void)
{
	static const uint64_t rows[][4] = { { 0, 0, 0, 0 },
					    { 1, VIRTUAL, CODE, CODE_BYTES },
					    { 2, 0, 0x3200, 0x13 },
					    { 8, 0, 0, 0x4000 },
					    { 3, 0, 0x3240, 0x21 } };

	put_elf64();
	put(40, SECTIONS, 8);
	put(58, 64, 2);
	put(60, ARRAY_COUNT(rows), 2);
	put(62, 4, 2);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		put(SECTIONS + 64 * i + 4, rows[i][0], 4);
		for (size_t j = 1; j < 4; j++) {
			put(SECTIONS + 64 * i + 8 + 8 * j, rows[i][j], 8);
		}
	}
	memset(world.file + 0x3200, 0x5A, 0x13);
	memset(world.file + 0x3240, 0xA5, 0x21);
	return 0x3300;
}

/* The tag of the information, by its type; 0 when there is none. They must reach exactly to its end. */
static uint64_t info_tag(uint32_t type, unsigned index)
{
	uint64_t info = world.start.rbx;
	uint64_t end = info + got(info, 4);
	uint64_t found = 0;
	uint32_t last = 99;

	assert_int_equal(info % 8, 0);
	for (uint64_t at = info + 8; at < end; at += (got(at + 4, 4) + 7) & ~7ull) {
		last = (uint32_t)got(at, 4);
		assert_true(got(at + 4, 4) >= 8 && at + got(at + 4, 4) <= end);
		if (last == type && index-- == 0) {
			found = at;
		}
	}
	assert_int_equal(last, 0);
	assert_int_equal(got(end - 8, 4), 0);
	assert_int_equal(got(end - 4, 4), 8);
	return found;
}

/* Multiboot2 Specification 2.0, "Machine state"; also for a 64-bit ELF file. */
static void starts_in_32_bit_mode_with_the_magic(void **state)
{
	(void)state;
	begin(put_elf64);
	assert_int_equal(image_probe(world.request.kernel, &world.request.form, &world.probe), OK);
	assert_int_equal(world.probe.kind, IMAGE_MULTIBOOT2);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_PROTECTED32);
	assert_int_equal(world.start.rax, 0x36D76289);
	assert_int_equal(world.start.rip, LOAD + 0x40);
	assert_int_equal(got(world.start.gdt_base + 0x10, 8), 0x00CF9B000000FFFF);
	assert_memory_equal(world.memory.bytes + LOAD, world.file + CODE, CODE_BYTES);
}

/* "The layout of Multiboot2 header": all of it in the first 32768 bytes, at a multiple of 8. */
static void header_is_looked_for_in_32768_bytes(void **state)
{
	(void)state;
	begin(put_addresses);
	memmove(world.file + FILE_BYTES - 0x80, world.file + HEADER, 0x80);
	memset(world.file + HEADER, 0, 0x80);
	world.request.kernel.length = FILE_BYTES;
	put(FILE_BYTES - 0x80 + 16 + 16, LOAD + 0x80, 4);
	put(FILE_BYTES - 0x80 + 16 + 24 + 8, LOAD, 4);
	assert_int_equal(load(), OK);
	begin(put_addresses);
	memmove(world.file + HEADER + 4, world.file + HEADER, 0x80);
	put(HEADER, 0, 4);
	refused(E_UNSUPPORTED, "nor a Multiboot header");
	begin(put_addresses);
	put(HEADER + 12, 0, 4);
	refused(E_UNSUPPORTED, "nor a Multiboot header");
}

static void both_headers_are_taken_as_multiboot_2(void **state)
{
	(void)state;
	begin(put_elf64);
	put(0x800, 0x1BADB002, 4);
	put(0x804, 0, 4);
	put(0x808, (uint32_t)-0x1BADB002, 4);
	assert_int_equal(image_probe(world.request.kernel, &world.request.form, &world.probe), OK);
	assert_int_equal(world.probe.kind, IMAGE_MULTIBOOT2);
	world.request.form.kind = IMAGE_MULTIBOOT1;
	refused(E_UNSUPPORTED, "ELF class 2");
}

/* "The address tag of Multiboot2 header", "The entry address tag". */
static void addresses_say_which_bytes_go_where(void **state)
{
	(void)state;
	begin(put_addresses);
	memset(world.memory.bytes + LOAD, 0xCC, 0x1010);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.rip, LOAD + 0x80);
	assert_memory_equal(world.memory.bytes + LOAD, world.file + HEADER, 0x100);
	assert_int_equal(got(LOAD + 0x100, 8), 0);
	assert_int_equal(got(LOAD + 0xFF8, 8), 0);
	/* load_addr -1: from the start of the file. */
	begin(put_addresses);
	put(HEADER + 16 + 12, 0xFFFFFFFF, 4);
	put(0, 0x1234, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(got(LOAD - HEADER, 4), 0x1234);
}

static void addresses_are_checked(void **state)
{
	/* clang-format off */
	static const struct {
		size_t at; uint32_t value; enum status status; const char *words;
	} cases[] = {
		{ 8,  LOAD - 4,         E_INVALID,   "load_addr" },
		{ 12, LOAD - 0x1004,    E_INVALID,   "load_addr" },
		{ 16, LOAD,             E_INVALID,   "load_end_addr 0x200000 of the header at offset 0x1000" },
		{ 16, LOAD + 0x201,     E_TRUNCATED, "header at offset 0x1000" },
		{ 20, LOAD + 0xFF,      E_INVALID,   "bss_end_addr 0x2000ff of the header at offset 0x1000" },
		{ 24 + 8, LOAD + 0x1000, E_INVALID,  "entry address 0x201000 (offset 0x1030)" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		begin(put_addresses);
		put(HEADER + 16 + cases[i].at, cases[i].value, 4);
		refused(cases[i].status, cases[i].words);
	}
	begin(put_addresses);
	put(HEADER + 16 + 12, 0xFFFFFFFF, 4);
	put(HEADER + 16 + 8, HEADER - 1, 4);
	refused(E_INVALID, "load_addr");
	begin(put_addresses);
	put(HEADER + 16 + 24, 0x10006, 4);
	put(HEADER + 16 + 28, 12, 4);
	refused(E_INVALID, "an address tag and no entry address tag");
}

/* The entry tag is a physical address, whatever the ELF header says. */
static void entry_tag_counts_more_than_the_elf_header(void **state)
{
	(void)state;
	begin(put_elf64);
	more_tags();
	put(put_tag(3, 0, 12) + 8, LOAD + 0x100, 4);
	end_tags();
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.rip, LOAD + 0x100);
}

static void header_and_its_tags_are_checked(void **state)
{
	/* clang-format off */
	static const struct {
		size_t at; uint32_t value; size_t bytes; enum status status; const char *words;
	} cases[] = {
		{ 4,  4,       4, E_UNSUPPORTED, "at offset 0x1000 is for architecture 4" },
		{ 8,  0x7000,  4, E_TRUNCATED,   "at offset 0x1000 has 0x7000 bytes, and ends behind 0x2300" },
		{ 8,  16,      4, E_INVALID,     "at offset 0x1010 does not end in the Multiboot 2 header, which ends at 0x1010 without an end" },
		{ 20, 7,       4, E_INVALID,     "at offset 0x1010 does not end" },
		{ 20, 9,       4, E_INVALID,     "at offset 0x1010 does not end" },
		{ 16, 11,      2, E_UNSUPPORTED, "at offset 0x1010 is of type 11" },
		{ 16, 2,       2, E_INVALID,     "at offset 0x1010, of type 2, has 8 bytes; 24" },
		{ 16, 6,       2, E_INVALID,     "without an end tag" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		begin(put_elf64);
		put(HEADER + cases[i].at, cases[i].value, cases[i].bytes);
		put(HEADER + 12,
		    (uint32_t) - (0xE85250D6 + got_file(HEADER + 4) + got_file(HEADER + 8)), 4);
		refused(cases[i].status, cases[i].words);
	}
}

/* One tag more, in front of the end. */
static void with_tag(uint32_t type, uint32_t flags, const uint32_t *words, size_t count)
{
	begin(put_elf64);
	more_tags();
	put_words(put_tag(type, flags, (uint32_t)(8 + 4 * count)) + 8, words, count);
	end_tags();
}

#define WITH_TAG(type, flags, ...)                                                                 \
	with_tag(type, flags, (const uint32_t[]){ __VA_ARGS__ },                                   \
		 sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static void what_cannot_be_given_is_refused_by_name_unless_it_is_optional(void **state)
{
	(void)state;
	WITH_TAG(1, 0, 1, 2, 3, 4, 6, 9, 14, 15, 21);
	assert_int_equal(load(), OK);
	WITH_TAG(1, 0, 6, 8);
	refused(E_UNSUPPORTED, "at offset 0x1010 requires 8 (framebuffer)");
	WITH_TAG(1, 0, 13);
	refused(E_UNSUPPORTED, "requires 13 (SMBIOS tables)");
	WITH_TAG(1, 0, 22);
	refused(E_UNSUPPORTED, "requires 22 (unknown)");
	WITH_TAG(1, OPTIONAL, 8, 22);
	assert_int_equal(load(), OK);
	WITH_TAG(4, 0, 3);
	refused(E_UNSUPPORTED, "the console tag at offset 0x1010");
	WITH_TAG(4, OPTIONAL, 3);
	assert_int_equal(load(), OK);
	WITH_TAG(4, 0, 2);
	assert_int_equal(load(), OK);
	WITH_TAG(5, 0, 80, 25, 0);
	refused(E_UNSUPPORTED, "the framebuffer tag at offset 0x1010");
	WITH_TAG(5, OPTIONAL, 80, 25, 0);
	assert_int_equal(load(), OK);
	WITH_TAG(9, 0, 0x1234);
	assert_int_equal(load(), OK);
	WITH_TAG(77, OPTIONAL, 1);
	assert_int_equal(load(), OK);
}

/* "Basic tags structure" and those behind it. */
static void information_says_command_line_loader_and_memory(void **state)
{
	(void)state;
	begin(put_elf64);
	assert_int_equal(load(), OK);
	assert_int_equal(got(world.start.rbx + 4, 4), 0);
	uint64_t tag = info_tag(1, 0);

	assert_int_equal(got(tag + 4, 4), 8 + sizeof("console=ttyS0"));
	assert_string_equal((char *)world.memory.bytes + tag + 8, "console=ttyS0");
	tag = info_tag(2, 0);
	assert_int_equal(got(tag + 4, 4), 8 + sizeof("Muntin"));
	assert_string_equal((char *)world.memory.bytes + tag + 8, "Muntin");
	tag = info_tag(4, 0);
	assert_int_equal(got(tag + 8, 4), 640);
	assert_int_equal(got(tag + 12, 4), (RAM_BYTES - 0x100000) / 1024);
	assert_int_equal(info_tag(9, 0), 0);
	assert_int_equal(info_tag(21, 0), 0);
}

static void information_has_the_memory_map(void **state)
{
	static const uint64_t want[3][3] = { { 0, 0xA0000, 1 },
					     { 0xE0000, 0x10000, 2 },
					     { 0x100000, RAM_BYTES - 0x100000, 1 } };

	(void)state;
	begin(put_elf64);
	assert_int_equal(load(), OK);
	uint64_t tag = info_tag(6, 0);

	assert_int_equal(got(tag + 4, 4), 16 + 3 * 24);
	assert_int_equal(got(tag + 8, 4), 24);
	assert_int_equal(got(tag + 12, 4), 0);
	for (uint64_t i = 0, at = tag + 16; i < 3; i++, at += 24) {
		assert_int_equal(got(at, 8), want[i][0]);
		assert_int_equal(got(at + 8, 8), want[i][1]);
		assert_int_equal(got(at + 16, 8), want[i][2]);
	}
}

/* "ACPI old RSDP", "ACPI new RSDP": copies. */
static void information_has_copies_of_the_rsdp(void **state)
{
	(void)state;
	begin(put_elf64);
	for (unsigned i = 0; i < 36; i++) {
		world.memory.bytes[RSDP + i] = (uint8_t)(i + 1);
	}
	assert_int_equal(load(), OK);
	assert_int_equal(got(info_tag(14, 0) + 4, 4), 8 + 20);
	assert_memory_equal(world.memory.bytes + info_tag(14, 0) + 8, world.memory.bytes + RSDP,
			    20);
	assert_int_equal(got(info_tag(15, 0) + 4, 4), 8 + 36);
	assert_memory_equal(world.memory.bytes + info_tag(15, 0) + 8, world.memory.bytes + RSDP,
			    36);
}

static void modules_follow_the_initrd_each_with_its_string(void **state)
{
	(void)state;
	begin(put_elf64);
	add_modules();
	assert_int_equal(load(), OK);
	uint64_t tag = info_tag(3, 0);

	assert_int_equal(got(tag + 4, 4), 17);
	assert_memory_equal(world.memory.bytes + got(tag + 8, 4), world.initrd, INITRD_BYTES);
	assert_int_equal(got(tag + 16, 1), 0);
	for (unsigned i = 0; i < 3; i++) {
		tag = info_tag(3, i + 1);
		uint64_t at = got(tag + 8, 4);

		assert_int_equal(got(tag + 4, 4), 17 + world.modules[i].string_bytes);
		assert_module(i, at, got(tag + 12, 4) - at, i == 1 ? 0 : tag + 16);
	}
	assert_string_equal((char *)world.memory.bytes + info_tag(3, 2) + 16, "");
	assert_int_equal(info_tag(3, 4), 0);
	assert_true(world.start.rbx >= got(info_tag(3, 3) + 12, 4));
}

/* "ELF-Symbols": sections that no segment loads are loaded, and their headers say where. */
static void information_has_the_section_headers(void **state)
{
	(void)state;
	begin(put_elf64_with_sections);
	assert_int_equal(load(), OK);
	uint64_t tag = info_tag(9, 0);

	assert_int_equal(got(tag + 4, 4), 20 + 5 * 64);
	assert_int_equal(got(tag + 8, 4), 5);
	assert_int_equal(got(tag + 12, 4), 64);
	assert_int_equal(got(tag + 16, 4), 4);
	assert_memory_equal(world.memory.bytes + tag + 20, world.file + SECTIONS, 128 + 16);
	uint64_t symbols = got(tag + 20 + 2 * 64 + 16, 8);
	uint64_t names = got(tag + 20 + 4 * 64 + 16, 8);

	assert_memory_equal(world.memory.bytes + symbols, world.file + 0x3200, 0x13);
	assert_memory_equal(world.memory.bytes + names, world.file + 0x3240, 0x21);
	assert_true(symbols >= world.start.rbx + got(world.start.rbx, 4));
	assert_true(names >= symbols + 0x13);
	assert_int_equal(got(tag + 20 + 3 * 64 + 16, 8), 0);
}

static void section_headers_are_checked(void **state)
{
	/* clang-format off */
	static const struct {
		size_t at; uint64_t value; size_t bytes; enum status status; const char *words;
	} cases[] = {
		{ 40, 0x31C1,                8, E_TRUNCATED, "5 section headers from 0x31c1 on" },
		{ 40, UINT64_MAX,            8, E_TRUNCATED, "section headers from 0xffffffffffffffff on" },
		{ 60, 0xFFFF,                2, E_TRUNCATED, "65535 section headers" },
		{ 58, 40,                    2, E_INVALID,   "40 bytes (offset 58); 64" },
		{ SECTIONS + 2 * 64 + 24, 0x32EE, 8, E_TRUNCATED, "section 2: 0x13 bytes from 0x32ee on, of a file of 0x3300" },
		{ SECTIONS + 2 * 64 + 32, UINT64_MAX, 8, E_TRUNCATED, "section 2: 0xffffffffffffffff bytes" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		begin(put_elf64_with_sections);
		put(cases[i].at, cases[i].value, cases[i].bytes);
		refused(cases[i].status, cases[i].words);
	}
	begin(put_elf64_with_sections);
	put(60, 0, 2);
	assert_int_equal(load(), OK);
	assert_int_equal(info_tag(9, 0), 0);
}

static void information_that_does_not_fit_says_how_much_memory_is_needed(void **state)
{
	(void)state;
	begin(put_elf64_with_sections);
	world.request.initrd.length = RAM_BYTES - LOAD - MEMORY_BYTES;
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY,
		     "the boot information needs 1 KiB below 4 GiB: give the guest 66 MiB of");
}

/* "Relocatable header tag": lowest address, highest, alignment, preference. */
static void relocatable_kernel_goes_where_it_likes_to_be(void **state)
{
	static const struct {
		uint32_t lowest, highest, align, preference, base;
	} cases[] = {
		{ 0x100000, 0xFFFFFFFF, 0x1000, 0, LOAD },
		{ 0x300000, 0xFFFFFFFF, 0x1000, 0, 0x300000 },
		{ 0x100000, 0xFFFFFFFF, 0x400000, 0, 0x400000 },
		{ 0x100000, 0x2001FFE, 0x100000, 0, LOAD },
		{ 0x100000, LOAD + MEMORY_BYTES - 2, 0x1000, 0, 0x100000 },
		{ 0, 0xFFFFFFFF, 0x1000, 1, 0x100000 },
		{ 0x100000, 0xFFFFFFFF, 0x1000, 2, RAM_BYTES - MEMORY_BYTES },
		{ 0x100000, 0x400FFF, 0x1000, 2, 0x401000 - MEMORY_BYTES },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		WITH_TAG(10, 0, cases[i].lowest, cases[i].highest, cases[i].align,
			 cases[i].preference);
		world.request.initrd.length = 0;
		assert_int_equal(load(), OK);
		assert_int_equal(world.start.rip, cases[i].base + 0x40);
		assert_memory_equal(world.memory.bytes + cases[i].base, world.file + CODE,
				    CODE_BYTES);
		assert_int_equal(got(info_tag(21, 0) + 8, 4), cases[i].base);
	}
}

static void modules_of_a_kernel_at_the_top_lie_below_it(void **state)
{
	(void)state;
	WITH_TAG(10, 0, 0x100000, 0xFFFFFFFF, 0x1000, 2);
	assert_int_equal(load(), OK);
	assert_int_equal(got(info_tag(3, 0) + 8, 4), 0x100000);
	WITH_TAG(10, 0, 0x100000, 0xFFFFFFFF, 0x1000, 2);
	world.request.initrd.length = RAM_BYTES - 0x100000 - MEMORY_BYTES + 1;
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY, "and the initrd needs");
}

static void relocatable_kernel_without_a_place_is_refused(void **state)
{
	(void)state;
	WITH_TAG(10, 0, 0x100000, 0xFFFFFFFF, 0x3000, 0);
	refused(E_INVALID, "the relocatable tag at offset 0x1010 has an alignment of 0x3000");
	WITH_TAG(10, 0, 0x100000, 0xFFFFFFFF, 0, 0);
	refused(E_INVALID, "alignment of 0x0");
	WITH_TAG(10, 0, 0x100000, 0xFFFFFFFF, 0x1000, 3);
	refused(E_INVALID, "at offset 0x1010 has preference 3");
	WITH_TAG(10, 0, 0x100000, 0x100FFF, 0x1000, 2);
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY, "no place for the kernel of 8 KiB");
	WITH_TAG(10, 0, 0x5000000, 0x4000000, 0x1000, 1);
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY, "in 0x5000000 to 0x4000000");
}

static void file_cut_off_anywhere_is_refused(void **state)
{
	(void)state;
	begin(put_elf64_with_sections);
	for (size_t length = 0; length < 0x3261; length += 3) {
		world.request.kernel.length = length;
		assert_int_not_equal(load(), OK);
		assert_true(strlen(world.refusal.why) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_in_32_bit_mode_with_the_magic),
		cmocka_unit_test(header_is_looked_for_in_32768_bytes),
		cmocka_unit_test(both_headers_are_taken_as_multiboot_2),
		cmocka_unit_test(addresses_say_which_bytes_go_where),
		cmocka_unit_test(addresses_are_checked),
		cmocka_unit_test(entry_tag_counts_more_than_the_elf_header),
		cmocka_unit_test(header_and_its_tags_are_checked),
		cmocka_unit_test(what_cannot_be_given_is_refused_by_name_unless_it_is_optional),
		cmocka_unit_test(information_says_command_line_loader_and_memory),
		cmocka_unit_test(information_has_the_memory_map),
		cmocka_unit_test(information_has_copies_of_the_rsdp),
		cmocka_unit_test(modules_follow_the_initrd_each_with_its_string),
		cmocka_unit_test(information_has_the_section_headers),
		cmocka_unit_test(section_headers_are_checked),
		cmocka_unit_test(information_that_does_not_fit_says_how_much_memory_is_needed),
		cmocka_unit_test(relocatable_kernel_goes_where_it_likes_to_be),
		cmocka_unit_test(modules_of_a_kernel_at_the_top_lie_below_it),
		cmocka_unit_test(relocatable_kernel_without_a_place_is_refused),
		cmocka_unit_test(file_cut_off_anywhere_is_refused),
	};

	return cmocka_run_group_tests(tests, make_ram, free_ram);
}
