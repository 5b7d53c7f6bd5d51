/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_vsmbios.c: the SMBIOS tables of a guest, field by field.
 *
 * Called as `test_vsmbios FILE CPUS LOW HIGH`, writes those of a guest with LOW bytes of RAM from 0 and HIGH bytes
 * from 4 GiB there instead (test_vsmbios.py gives them to dmidecode).
 *
 * Source: DMTF DSP0134 3.0; names of sections above each test.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/vdev/vsmbios.h"

enum {
	ROOM_BYTES = 1024, /* what vsmbios.h says is enough */
	SEEN = 16,         /* bytes behind the room */
	NAME_MAX = 31,
};

static const uint8_t uuid[] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
				0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF };

static uint8_t image[ROOM_BYTES + SEEN];
static size_t used;
static struct vsmbios_ram ram[8];
static struct vsmbios_setup setup;

static void guest_of(uint32_t cpus, uint64_t low, uint64_t high)
{
	ram[0] = (struct vsmbios_ram){ 0, low };
	ram[1] = (struct vsmbios_ram){ 4 * GIB, high };
	setup = (struct vsmbios_setup){
		.name = "web-1",
		.uuid = uuid,
		.version = "Muntin 0.1 (abc)",
		.cpu_count = cpus,
		.cpu_mhz = 2400,
		.cpu_id = 0x178BFBFF000506E3,
		.vendor = "GenuineIntel",
		.ram_count = high > 0 ? 2 : 1,
		.ram = ram,
	};
}

static enum status build(size_t size)
{
	memset(image, 0xA5, sizeof(image));
	return vsmbios_build(&setup, image, size, &used);
}

static void built(uint32_t cpus, uint64_t low, uint64_t high)
{
	guest_of(cpus, low, high);
	assert_int_equal(build(ROOM_BYTES), OK);
}

static uint64_t le(const uint8_t *at, unsigned count)
{
	uint64_t value = 0;

	for (unsigned i = count; i > 0; i--) {
		value = value << 8 | at[i - 1];
	}
	return value;
}

static uint8_t sum(const uint8_t *bytes, size_t count)
{
	uint8_t total = 0;

	for (size_t i = 0; i < count; i++) {
		total = (uint8_t)(total + bytes[i]);
	}
	return total;
}

/* "SMBIOS structure table": where the 64-bit entry point says it is. */
static const uint8_t *table(void)
{
	uint64_t at = le(image + 16, 8);

	assert_in_range(at, VSMBIOS_BASE, VSMBIOS_BASE + used - 1);
	return image + (at - VSMBIOS_BASE);
}

/* "Text strings": behind the formatted part, up to two NULs. */
static const uint8_t *after(const uint8_t *structure)
{
	const uint8_t *at = structure + structure[1];

	while (at[0] != 0 || at[1] != 0) {
		at++;
		assert_true(at + 1 < image + used);
	}
	return at + 2;
}

/* Number @index, from 0, of those of @type. */
static const uint8_t *find(uint8_t type, unsigned index)
{
	for (const uint8_t *at = table(); at < image + used; at = after(at)) {
		if (at[0] == type && index-- == 0) {
			return at;
		}
	}
	fail_msg("no structure of type %u", type);
	return NULL;
}

/* What the byte at @offset names. */
static const char *string(const uint8_t *structure, unsigned offset)
{
	const char *at = (const char *)structure + structure[1];

	for (unsigned i = 1; i < structure[offset]; i++) {
		at += strlen(at) + 1;
	}
	return structure[offset] == 0 ? "" : at;
}

struct field {
	uint8_t offset;
	uint8_t bytes;
	uint64_t value;
};

/* Every byte of the formatted part is told of. */
static void holds(const uint8_t *structure, const struct field *fields, size_t count)
{
	unsigned at = 4;

	for (size_t i = 0; i < count; at += fields[i++].bytes) {
		assert_int_equal(fields[i].offset, at);
		if (le(structure + at, fields[i].bytes) != fields[i].value) {
			fail_msg("type %u, offset %02XH: %llx", structure[0], at,
				 (unsigned long long)le(structure + at, fields[i].bytes));
		}
	}
	assert_int_equal(structure[1], at);
}

/* "SMBIOS 3.0 (64-bit) Entry Point", "SMBIOS 2.1 (32-bit) Entry Point" */
static void entry_points_lie_on_16_bytes_with_every_checksum_right(void **state)
{
	(void)state;
	built(2, 512 * MIB, 0);
	assert_memory_equal(image, "_SM3_", 5);
	assert_int_equal(image[6], 0x18);
	assert_int_equal(sum(image, 0x18), 0);
	assert_memory_equal(image + 0x20, "_SM_", 4);
	assert_int_equal(image[0x20 + 5], 0x1F);
	assert_int_equal(sum(image + 0x20, 0x1F), 0);
	assert_memory_equal(image + 0x30, "_DMI_", 5);
	assert_int_equal(sum(image + 0x30, 0x0F), 0);
}

static void both_entry_points_say_version_3_0_and_name_the_same_table(void **state)
{
	const uint8_t *narrow = image + 0x20;
	size_t longest = 0;
	unsigned count = 0;

	(void)state;
	built(2, 512 * MIB, 0);
	for (const uint8_t *at = table(); at < image + used; at = after(at)) {
		longest = max_u64(longest, (size_t)(after(at) - at));
		count++;
	}
	assert_memory_equal(image + 7, "\3\0\0\1\0", 5);
	assert_int_equal(le(image + 12, 4), image + used - table());
	assert_memory_equal(narrow + 6, "\3\0", 2);
	assert_int_equal(le(narrow + 8, 2), longest);
	assert_memory_equal(narrow + 10, "\0\0\0\0\0", 6);
	assert_int_equal(le(narrow + 0x16, 2), le(image + 12, 4));
	assert_int_equal(le(narrow + 0x18, 4), le(image + 16, 8));
	assert_int_equal(le(narrow + 0x1C, 2), count);
	assert_int_equal(narrow[0x1E], 0x30);
}

/* "Structure header format", "End-of-Table (Type 127)" */
static void structures_have_handles_of_their_own_and_the_end_is_last(void **state)
{
	const uint16_t handles[] = {
		0, 0x100, 0x400, 0x1000, 0x1100, 0x1300, 0x1301, 0x2000, 0x7F00
	};
	unsigned count = 0;

	(void)state;
	built(2, 3 * GIB, 1 * GIB);
	for (const uint8_t *at = table(); at < image + used; at = after(at)) {
		assert_true(count < ARRAY_COUNT(handles));
		assert_int_equal(le(at + 2, 2), handles[count]);
		assert_int_equal(at[0], handles[count++] >> 8);
	}
	assert_int_equal(count, ARRAY_COUNT(handles));
	assert_ptr_equal(after(find(127, 0)), image + used);
	assert_int_equal(find(127, 0)[1], 4);
}

/* "BIOS Information (Type 0)" */
static void firmware_is_ours_and_says_that_the_machine_is_virtual(void **state)
{
	const struct field fields[] = {
		{ 0x04, 1, 1 },    { 0x05, 1, 2 },    { 0x06, 2, 0xF000 }, { 0x08, 1, 3 },
		{ 0x09, 1, 0 },    { 0x0A, 8, 8 },    { 0x12, 1, 1 },      { 0x13, 1, 0x10 },
		{ 0x14, 1, 0xFF }, { 0x15, 1, 0xFF }, { 0x16, 1, 0xFF },   { 0x17, 1, 0xFF },
	};

	(void)state;
	built(1, 16 * MIB, 0);
	holds(find(0, 0), fields, ARRAY_COUNT(fields));
	assert_string_equal(string(find(0, 0), 4), "Muntin");
	assert_string_equal(string(find(0, 0), 5), "Muntin 0.1 (abc)");
	assert_string_equal(string(find(0, 0), 8), "01/01/2026");
}

/* "System Information (Type 1)", "System - UUID" */
static void machine_has_the_guests_name_as_serial_and_its_uuid(void **state)
{
	const struct field fields[] = {
		{ 0x04, 1, 1 },
		{ 0x05, 1, 2 },
		{ 0x06, 1, 0 },
		{ 0x07, 1, 3 },
		{ 0x08, 4, 0x00112233 }, /* little-endian, as the next two */
		{ 0x0C, 2, 0x4455 },
		{ 0x0E, 2, 0x6677 },
		{ 0x10, 8, 0xFFEEDDCCBBAA9988 }, /* bytes in order */
		{ 0x18, 1, 6 },
		{ 0x19, 1, 0 },
		{ 0x1A, 1, 0 },
	};

	(void)state;
	built(1, 16 * MIB, 0);
	holds(find(1, 0), fields, ARRAY_COUNT(fields));
	assert_string_equal(string(find(1, 0), 4), "Muntin");
	assert_string_equal(string(find(1, 0), 5), "Guest");
	assert_string_equal(string(find(1, 0), 7), "web-1");
}

/* "Processor Information (Type 4)" */
static void one_processor_has_a_core_for_each_of_the_guests(void **state)
{
	const struct field fields[] = {
		{ 0x04, 1, 1 },
		{ 0x05, 1, 3 },
		{ 0x06, 1, 2 },
		{ 0x07, 1, 2 },
		{ 0x08, 8, 0x178BFBFF000506E3 },
		{ 0x10, 1, 0 },
		{ 0x11, 1, 0 },
		{ 0x12, 2, 0 },
		{ 0x14, 2, 0 },
		{ 0x16, 2, 2400 },
		{ 0x18, 1, 0x41 },
		{ 0x19, 1, 2 },
		{ 0x1A, 2, 0xFFFF },
		{ 0x1C, 2, 0xFFFF },
		{ 0x1E, 2, 0xFFFF },
		{ 0x20, 1, 0 },
		{ 0x21, 1, 0 },
		{ 0x22, 1, 0 },
		{ 0x23, 1, 64 },
		{ 0x24, 1, 64 },
		{ 0x25, 1, 64 },
		{ 0x26, 2, 0x0C },
		{ 0x28, 2, 2 },
		{ 0x2A, 2, 64 },
		{ 0x2C, 2, 64 },
		{ 0x2E, 2, 64 },
	};

	(void)state;
	built(64, 16 * MIB, 0);
	holds(find(4, 0), fields, ARRAY_COUNT(fields));
	assert_string_equal(string(find(4, 0), 4), "CPU 0");
	assert_string_equal(string(find(4, 0), 7), "GenuineIntel");
}

static void single_core_is_not_called_many_and_too_high_a_speed_is_unknown(void **state)
{
	(void)state;
	guest_of(1, 16 * MIB, 0);
	setup.cpu_mhz = 0x10000;
	assert_int_equal(build(ROOM_BYTES), OK);
	assert_int_equal(le(find(4, 0) + 0x26, 2), 0x04);
	assert_int_equal(le(find(4, 0) + 0x16, 2), 0);
}

/* "Physical Memory Array (Type 16)" */
static void array_fields(uint32_t kib, uint64_t bytes)
{
	const struct field fields[] = {
		{ 0x04, 1, 3 },      { 0x05, 1, 3 }, { 0x06, 1, 2 },     { 0x07, 4, kib },
		{ 0x0B, 2, 0xFFFE }, { 0x0D, 2, 1 }, { 0x0F, 8, bytes },
	};

	holds(find(16, 0), fields, ARRAY_COUNT(fields));
}

/* "Memory Device (Type 17)" */
static void device_fields(uint16_t size, uint32_t mib)
{
	const struct field fields[] = {
		{ 0x04, 2, 0x1000 }, { 0x06, 2, 0xFFFE }, { 0x08, 2, 0xFFFF }, { 0x0A, 2, 0xFFFF },
		{ 0x0C, 2, size },   { 0x0E, 1, 2 },      { 0x0F, 1, 0 },      { 0x10, 1, 1 },
		{ 0x11, 1, 0 },      { 0x12, 1, 7 },      { 0x13, 2, 4 },      { 0x15, 2, 0 },
		{ 0x17, 4, 0 },      { 0x1B, 1, 0 },      { 0x1C, 4, mib },    { 0x20, 2, 0 },
		{ 0x22, 6, 0 },
	};

	holds(find(17, 0), fields, ARRAY_COUNT(fields));
	assert_string_equal(string(find(17, 0), 0x10), "RAM");
}

/* "Memory Array Mapped Address (Type 19)" */
static void range_fields(unsigned index, uint32_t first, uint32_t last)
{
	const struct field fields[] = {
		{ 0x04, 4, first }, { 0x08, 4, last }, { 0x0C, 2, 0x1000 },
		{ 0x0E, 1, 1 },     { 0x0F, 8, 0 },    { 0x17, 8, 0 },
	};

	holds(find(19, index), fields, ARRAY_COUNT(fields));
}

static void small_memory_is_told_in_the_old_fields(void **state)
{
	(void)state;
	built(1, 512 * MIB, 0);
	array_fields(512 * 1024, 0);
	device_fields(512, 0);
	range_fields(0, 0, 512 * 1024 - 1);
}

static void memory_above_the_hole_is_a_range_of_its_own(void **state)
{
	(void)state;
	built(1, 3 * GIB, 2 * MIB);
	array_fields(3 * 1024 * 1024 + 2048, 0);
	device_fields(3074, 0);
	range_fields(0, 0, 3 * 1024 * 1024 - 1);
	range_fields(1, 4 * 1024 * 1024, 4 * 1024 * 1024 + 2047);
}

/* 7FFFH in "Size" sends to "Extended Size"; 80000000H in "Maximum Capacity" to the one in bytes. */
static void sizes_move_to_the_new_fields_where_the_old_ones_end(void **state)
{
	(void)state;
	built(1, 3 * GIB, 29 * GIB - 2 * MIB);
	device_fields(0x7FFE, 0);
	built(1, 3 * GIB, 29 * GIB);
	device_fields(0x7FFF, 0x8000);
	built(1, 3 * GIB, 2045 * GIB - 2 * MIB);
	array_fields(0x7FFFF800, 0);
	built(1, 3 * GIB, 2045 * GIB);
	array_fields(0x80000000, 2048 * GIB);
}

/* FFFFFFFFH in "Starting Address" sends to the addresses in bytes. */
static void ranges_move_to_bytes_where_kib_end(void **state)
{
	const struct field bytes[] = {
		{ 0x04, 4, 0xFFFFFFFF }, { 0x08, 4, 0xFFFFFFFF },  { 0x0C, 2, 0x1000 },
		{ 0x0E, 1, 1 },          { 0x0F, 8, 0x100000000 }, { 0x17, 8, 0x3FFFFFFFFFF },
	};

	(void)state;
	built(1, 3 * GIB, 4092 * GIB - 2 * MIB);
	range_fields(1, 4 * 1024 * 1024, 0xFFFFF7FF);
	built(1, 3 * GIB, 4092 * GIB);
	holds(find(19, 1), bytes, ARRAY_COUNT(bytes));
}

/* "System Boot Information (Type 32)" */
static void boot_had_no_errors(void **state)
{
	const struct field fields[] = { { 0x04, 6, 0 }, { 0x0A, 1, 0 } };

	(void)state;
	built(1, 16 * MIB, 0);
	holds(find(32, 0), fields, ARRAY_COUNT(fields));
}

static void largest_guest_fits(void **state)
{
	char name[NAME_MAX + 1];
	char version[65];

	(void)state;
	guest_of(64, 3 * GIB, 65533 * GIB);
	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	memset(version, 'v', 64);
	version[64] = '\0';
	setup.name = name;
	setup.version = version;
	for (unsigned i = 2; i < ARRAY_COUNT(ram); i++) {
		ram[i] = (struct vsmbios_ram){ i << 20, 2 * MIB };
	}
	setup.ram_count = ARRAY_COUNT(ram);
	assert_int_equal(build(ROOM_BYTES), OK);
	assert_int_equal(le(find(17, 0) + 0x1C, 4), 65536 * 1024 + 12);
	assert_string_equal(string(find(1, 0), 7), name);
}

static void too_small_a_buffer_is_refused_and_nothing_behind_it_is_written(void **state)
{
	(void)state;
	built(2, 512 * MIB, 0);
	for (size_t size = 0, whole = used; size < whole; size++) {
		assert_int_equal(build(size), E_FULL);
		for (size_t i = size; i < size + SEEN; i++) {
			assert_int_equal(image[i], 0xA5);
		}
	}
}

static void no_processor_and_too_many_are_refused(void **state)
{
	(void)state;
	guest_of(0, 16 * MIB, 0);
	assert_int_equal(build(ROOM_BYTES), E_RANGE);
	guest_of(VSMBIOS_CPUS_MAX + 1, 16 * MIB, 0);
	assert_int_equal(build(ROOM_BYTES), E_RANGE);
	built(VSMBIOS_CPUS_MAX, 16 * MIB, 0);
	assert_int_equal(find(4, 0)[0x23], VSMBIOS_CPUS_MAX);
}

static int dump(char **words)
{
	FILE *file = fopen(words[0], "wb");

	guest_of((uint32_t)atoi(words[1]), strtoull(words[2], NULL, 0),
		 strtoull(words[3], NULL, 0));
	if (file == NULL || build(ROOM_BYTES) != OK) {
		return 1;
	}
	bool written = fwrite(image, 1, used, file) == used;

	return fclose(file) == 0 && written ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 5) {
		return dump(argv + 1);
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry_points_lie_on_16_bytes_with_every_checksum_right),
		cmocka_unit_test(both_entry_points_say_version_3_0_and_name_the_same_table),
		cmocka_unit_test(structures_have_handles_of_their_own_and_the_end_is_last),
		cmocka_unit_test(firmware_is_ours_and_says_that_the_machine_is_virtual),
		cmocka_unit_test(machine_has_the_guests_name_as_serial_and_its_uuid),
		cmocka_unit_test(one_processor_has_a_core_for_each_of_the_guests),
		cmocka_unit_test(single_core_is_not_called_many_and_too_high_a_speed_is_unknown),
		cmocka_unit_test(small_memory_is_told_in_the_old_fields),
		cmocka_unit_test(memory_above_the_hole_is_a_range_of_its_own),
		cmocka_unit_test(sizes_move_to_the_new_fields_where_the_old_ones_end),
		cmocka_unit_test(ranges_move_to_bytes_where_kib_end),
		cmocka_unit_test(boot_had_no_errors),
		cmocka_unit_test(largest_guest_fits),
		cmocka_unit_test(too_small_a_buffer_is_refused_and_nothing_behind_it_is_written),
		cmocka_unit_test(no_processor_and_too_many_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
