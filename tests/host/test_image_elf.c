/* SPDX-License-Identifier: Apache-2.0 */
/* test_image_elf.c: PVH, plain ELF and flat kernels: what is refused, what a guest finds in its RAM. */
#include "tests/host/elf_file.h"

enum {
	CODE_AT = 0x1000,
	NOTE_AT = 0x800,
	LOAD = 0x200000,
	ENTRY = LOAD + 0x40,
	CODE_BYTES = 0x300,
	MEMORY_BYTES = 0x2000,
};

#define VIRTUAL 0xFFFFFFFF81000000

static const struct ph code = { 1, CODE_AT, VIRTUAL, LOAD, CODE_BYTES, MEMORY_BYTES };

static uint64_t put_elf64(void)
{
	put_elf64_header(VIRTUAL + 0x40);
	put_ph64(0, code);
	memset(world.file + CODE_AT, 0x90, CODE_BYTES);
	return CODE_AT + CODE_BYTES;
}

/* A GNU note of an odd size stands in front of the one that counts. */
static uint64_t put_pvh(void)
{
	uint64_t length = put_elf64();

	put(NOTE_AT, 4, 4);
	put(NOTE_AT + 4, 3, 4);
	put(NOTE_AT + 8, 18, 4);
	memcpy(world.file + NOTE_AT + 12, "GNU", 4);
	put(NOTE_AT + 20, 4, 4);
	put(NOTE_AT + 24, 8, 4);
	put(NOTE_AT + 28, 18, 4);
	memcpy(world.file + NOTE_AT + 32, "Xen", 4);
	put(NOTE_AT + 36, ENTRY + 0x10, 8);
	put_ph64(1, (struct ph){ 4, NOTE_AT, 0, 0, 44, 44 });
	return length;
}

static uint64_t put_elf32(void)
{
	put_elf32_header(ENTRY);
	put_ph32(0, (struct ph){ 1, CODE_AT, LOAD, LOAD, CODE_BYTES, MEMORY_BYTES });
	memset(world.file + CODE_AT, 0x90, CODE_BYTES);
	return CODE_AT + CODE_BYTES;
}

static uint64_t put_flat(void)
{
	memset(world.file, 0xF4, 0x400);
	return 0x400;
}

static void begin_flat(uint64_t at, bool real)
{
	begin(put_flat);
	world.request.form = (struct image_form){ IMAGE_FLAT, real, at };
}

/* Xen, arch-x86/hvm/start_info.h: struct hvm_start_info, version 1. */
static void assert_start_info_of(uint32_t modules)
{
	uint64_t module = got(INFO + 16, 8);
	uint64_t map = got(INFO + 40, 8);

	assert_int_equal(world.start.rbx, INFO);
	assert_int_equal(got(INFO, 4), 0x336EC578);
	assert_int_equal(got(INFO + 4, 4), 1);
	assert_int_equal(got(INFO + 8, 4), 0);
	assert_int_equal(got(INFO + 12, 4), modules);
	assert_memory_equal(world.memory.bytes + got(module, 8), world.initrd, INITRD_BYTES);
	assert_int_equal(got(module + 8, 8), INITRD_BYTES);
	assert_int_equal(got(module + 16, 8), 0);
	assert_string_equal((char *)world.memory.bytes + got(INFO + 24, 8), "console=ttyS0");
	assert_int_equal(got(INFO + 32, 8), RSDP);
	assert_int_equal(got(INFO + 48, 4), 3);
	assert_int_equal(got(map, 8), 0);
	assert_int_equal(got(map + 8, 8), 0xA0000);
	assert_int_equal(got(map + 16, 4), 1);
	assert_int_equal(got(map + 24, 8), 0xE0000);
	assert_int_equal(got(map + 40, 4), 2);
	assert_int_equal(got(map + 48, 8), 0x100000);
}

static void assert_start_info(void)
{
	assert_start_info_of(1);
}

static void pvh_starts_at_its_note_in_32_bit_mode_with_the_start_info(void **state)
{
	(void)state;
	begin(put_pvh);
	memset(world.memory.bytes + LOAD, 0xCC, MEMORY_BYTES);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_PROTECTED32);
	assert_int_equal(world.start.rip, ENTRY + 0x10);
	assert_memory_equal(world.memory.bytes + LOAD, world.file + CODE_AT, CODE_BYTES);
	assert_int_equal(got(LOAD + CODE_BYTES, 8), 0);
	assert_int_equal(got(LOAD + MEMORY_BYTES - 8, 8), 0);
	assert_int_equal(got(world.start.gdt_base + 0x10, 8), 0x00CF9B000000FFFF);
	assert_start_info();
}

/* Xen, arch-x86/hvm/start_info.h: struct hvm_modlist_entry. */
static void pvh_modules_follow_the_initrd_each_with_its_string(void **state)
{
	(void)state;
	begin(put_pvh);
	add_modules();
	assert_int_equal(load(), OK);
	assert_start_info_of(4);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t at = got(INFO + 16, 8) + 32 * (uint64_t)(i + 1);

		assert_module(i, got(at, 8), got(at + 8, 8), got(at + 16, 8));
		assert_int_equal(got(at + 24, 8), 0);
	}
}

static void no_initrd_is_no_module(void **state)
{
	(void)state;
	begin(put_pvh);
	world.request.initrd.length = 0;
	assert_int_equal(load(), OK);
	assert_int_equal(got(INFO + 12, 4), 0);
	assert_int_equal(got(INFO + 16, 8), 0);
}

/* The note's value has 4 bytes in 32-bit kernels. */
static void note_of_4_bytes_counts_as_well(void **state)
{
	(void)state;
	begin(put_pvh);
	put(NOTE_AT + 24, 4, 4);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.rip, ENTRY + 0x10);
}

static void note_of_another_kind_or_cut_off_makes_it_plain_elf(void **state)
{
	const struct {
		size_t at;
		uint64_t value;
	} cases[] = {
		{ NOTE_AT + 28, 17 },    { NOTE_AT + 32, 0x6E6559 }, { NOTE_AT + 24, 9 },
		{ NOTE_AT, 0xFFFFFFFF }, { 64 + 56 + 32, 40 },       { 64 + 56 + 8, 0xFFFFFFF0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(put_pvh);
		put(cases[i].at, cases[i].value, 4);
		assert_int_equal(
			image_probe(world.request.kernel, &world.request.form, &world.probe), OK);
		assert_int_equal(world.probe.kind, IMAGE_ELF);
	}
}

static void pvh_entry_outside_of_the_kernel_is_refused(void **state)
{
	(void)state;
	begin(put_pvh);
	put(NOTE_AT + 36, LOAD + MEMORY_BYTES, 8);
	refused(E_INVALID, "entry address 0x202000 (offset 0x824) is in no segment");
}

static void elf64_starts_in_long_mode_with_4_gib_mapped(void **state)
{
	(void)state;
	begin(put_elf64);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_LONG64);
	assert_int_equal(world.start.rip, ENTRY);
	assert_int_equal(got(world.start.gdt_base + 0x10, 8), 0x00AF9B000000FFFF);
	uint64_t pdpt = got(world.start.cr3, 8) & ~0xFFFULL;
	uint64_t pd = got(pdpt + 24, 8) & ~0xFFFULL;

	assert_int_equal(got(pd + 8 * 511, 8), 0xFFE00083);
	assert_start_info();
}

static void elf32_starts_in_32_bit_mode(void **state)
{
	(void)state;
	begin(put_elf32);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_PROTECTED32);
	assert_int_equal(world.start.rip, ENTRY);
	assert_start_info();
}

static void elf64_headers_are_checked(void **state)
{
	const struct {
		size_t at;
		uint64_t value;
		size_t bytes;
		enum status status;
		const char *words;
	} cases[] = {
		{ 4, 3, 1, E_UNSUPPORTED, "class 3, data 1 at offset 4" },
		{ 5, 2, 1, E_UNSUPPORTED, "data 2 at offset 4" },
		{ 16, 3, 2, E_UNSUPPORTED, "type 3, machine 62 at offset 16" },
		{ 18, 183, 2, E_UNSUPPORTED, "machine 183 at offset 16" },
		{ 54, 32, 2, E_INVALID, "32 bytes (offset 54); 56" },
		{ 32, UINT64_MAX, 8, E_TRUNCATED, "program header 0" },
		{ 56, 0xFFFF, 2, E_TRUNCATED, "behind the end" },
		{ 64 + 8, UINT64_MAX, 8, E_TRUNCATED, "from 0xffffffffffffffff on" },
		{ 64 + 32, UINT64_MAX, 8, E_TRUNCATED, "0xffffffffffffffff bytes from 0x1000" },
		{ 64 + 24, UINT64_MAX, 8, E_INVALID, "above 4 GiB" },
		{ 64 + 40, UINT64_MAX, 8, E_INVALID, "above 4 GiB" },
		{ 64 + 40, 0x10, 8, E_INVALID, "only 0x10 in memory" },
		{ 24, 0x10, 8, E_INVALID, "entry address 0x10 (offset 0x18) is in no segment" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(put_elf64);
		put(cases[i].at, cases[i].value, cases[i].bytes);
		refused(cases[i].status, cases[i].words);
	}
}

static void file_cut_off_anywhere_is_refused(void **state)
{
	(void)state;
	begin(put_pvh);
	for (size_t length = 1; length < CODE_AT + CODE_BYTES; length += 7) {
		world.request.kernel.length = length;
		assert_int_not_equal(load(), OK);
	}
}

/* Page tables of a start in long mode. */
static void elf64_over_its_page_tables_is_refused(void **state)
{
	(void)state;
	begin(put_elf64);
	put(64 + 24, 0x8000, 8);
	load_refused(E_UNSUPPORTED, IMAGE_FIELD_KERNEL, "0x1000 to 0xc000");
	begin(put_elf32);
	put(60, 0x8000, 4);
	put(64, 0x8000, 4);
	put(24, 0x8000, 4);
	assert_int_equal(load(), OK);
}

static void type_forces_the_kind(void **state)
{
	(void)state;
	begin(put_pvh);
	world.request.form.kind = IMAGE_ELF;
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_LONG64);
	begin(put_elf64);
	world.request.form.kind = IMAGE_PVH;
	refused(E_UNSUPPORTED, "no ELF note with a PVH entry");
	world.request.form.kind = IMAGE_BZIMAGE;
	refused(E_UNSUPPORTED, "no \"HdrS\"");
	world.request.form.kind = IMAGE_MULTIBOOT1;
	refused(E_UNSUPPORTED, "no Multiboot 1 header");
	begin(put_flat);
	world.request.form.kind = IMAGE_ELF;
	refused(E_UNSUPPORTED, "no ELF header");
}

static void flat_file_goes_where_the_config_says(void **state)
{
	(void)state;
	begin_flat(0x7C00, true);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_REAL16);
	assert_int_equal(world.start.rip, 0x7C00);
	assert_memory_equal(world.memory.bytes + 0x7C00, world.file, 0x400);
	assert_start_info();
	begin_flat(LOAD, false);
	assert_int_equal(load(), OK);
	assert_int_equal(world.start.mode, IMAGE_MODE_PROTECTED32);
	assert_int_equal(world.start.rip, LOAD);
}

static void flat_file_out_of_reach_is_refused(void **state)
{
	(void)state;
	begin_flat(0x100000, true);
	refused(E_INVALID, "cannot be reached in real mode");
	begin_flat(0x9FF00, true);
	load_refused(E_UNSUPPORTED, IMAGE_FIELD_KERNEL, "0xA0000");
	begin_flat(0xFFFFFF00, false);
	refused(E_INVALID, "above 4 GiB");
	begin_flat(UINT64_MAX, false);
	refused(E_INVALID, "above 4 GiB");
	begin_flat(0x4000000, false);
	load_refused(E_NO_MEMORY, IMAGE_FIELD_MEMORY, "not all RAM");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pvh_starts_at_its_note_in_32_bit_mode_with_the_start_info),
		cmocka_unit_test(pvh_modules_follow_the_initrd_each_with_its_string),
		cmocka_unit_test(no_initrd_is_no_module),
		cmocka_unit_test(note_of_4_bytes_counts_as_well),
		cmocka_unit_test(note_of_another_kind_or_cut_off_makes_it_plain_elf),
		cmocka_unit_test(pvh_entry_outside_of_the_kernel_is_refused),
		cmocka_unit_test(elf64_starts_in_long_mode_with_4_gib_mapped),
		cmocka_unit_test(elf32_starts_in_32_bit_mode),
		cmocka_unit_test(elf64_headers_are_checked),
		cmocka_unit_test(file_cut_off_anywhere_is_refused),
		cmocka_unit_test(elf64_over_its_page_tables_is_refused),
		cmocka_unit_test(type_forces_the_kind),
		cmocka_unit_test(flat_file_goes_where_the_config_says),
		cmocka_unit_test(flat_file_out_of_reach_is_refused),
	};

	return cmocka_run_group_tests(tests, make_ram, free_ram);
}
