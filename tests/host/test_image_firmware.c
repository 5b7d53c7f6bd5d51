/* SPDX-License-Identifier: Apache-2.0 */
/* test_image_firmware.c: firmware images: which files are, what is refused, what a guest finds in its RAM. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/image_firmware.h"
#include "tests/host/image_world.h"

enum {
	BIOS_BYTES = 0x8000,
	VECTOR = BIOS_BYTES - 16,
	MIB_1 = 0x100000,
	SHADOW = IMAGE_FIRMWARE_SHADOW_BYTES,
};

/* JMP F000:E05B, as a PC's BIOS has it since 1981. */
static uint64_t put_bios(void)
{
	for (size_t i = 0; i < BIOS_BYTES; i++) {
		world.file[i] = (uint8_t)(i / 16);
	}
	put(VECTOR, 0xF000E05BEA, 5);
	return BIOS_BYTES;
}

/* PI, Volume 3, "EFI_FIRMWARE_VOLUME_HEADER": the signature is at 28H. */
static uint64_t put_volume(void)
{
	put_bios();
	memcpy(world.file + VECTOR, "\x0F\x20\xC0\xA8\x01", 5);
	memcpy(world.file + 0x28, "_FVH", 4);
	return BIOS_BYTES;
}

static void begin_firmware(uint64_t (*put_file)(void))
{
	begin(put_file);
	world.request.initrd.length = 0;
	world.request.cmdline = "";
}

static void force(void)
{
	world.request.form.kind = IMAGE_FIRMWARE;
}

static enum image_kind kind(void)
{
	image_probe(world.request.kernel, &world.request.form, &world.probe);
	return world.probe.kind;
}

static void bios_and_volume_are_known_by_themselves(void **state)
{
	(void)state;
	begin_firmware(put_bios);
	assert_int_equal(kind(), IMAGE_FIRMWARE);
	begin_firmware(put_volume);
	assert_int_equal(kind(), IMAGE_FIRMWARE);
}

static void file_with_neither_mark_must_be_called_firmware(void **state)
{
	(void)state;
	begin_firmware(put_bios);
	world.file[VECTOR] = 0xE9;
	refused(E_UNSUPPORTED, "nor firmware");
	force();
	assert_int_equal(load(), OK);
}

/* A far jump to anywhere else is not a BIOS'. */
static void jump_to_another_segment_is_no_mark(void **state)
{
	(void)state;
	begin_firmware(put_bios);
	world.file[VECTOR + 4] = 0xE0;
	assert_int_equal(kind(), IMAGE_UNKNOWN);
}

static void size_that_is_no_number_of_pages_is_refused(void **state)
{
	(void)state;
	begin_firmware(put_volume);
	world.request.kernel.length -= 0x10;
	assert_int_equal(kind(), IMAGE_UNKNOWN);
	force();
	refused(E_INVALID, "0x7ff0 bytes cannot be mapped below 4 GiB: firmware has a multiple of "
			   "0x1000, 0x1000000 at most");
}

static void more_than_16_mib_are_refused(void **state)
{
	uint8_t *large = calloc(1, IMAGE_FIRMWARE_BYTES_MAX + 4096);

	(void)state;
	begin_firmware(put_volume);
	force();
	world.request.kernel = (struct image_file){ large, IMAGE_FIRMWARE_BYTES_MAX + 4096 };
	refused(E_INVALID, "0x1001000 bytes");
	large[IMAGE_FIRMWARE_BYTES_MAX - 16] = 0xEA;
	world.request.kernel.length = IMAGE_FIRMWARE_BYTES_MAX;
	assert_int_equal(load(), OK);
	free(large);
}

/* OVMF_VARS.fd: a volume, but erased flash where code would begin. */
static void image_without_code_at_the_vector_is_refused(void **state)
{
	(void)state;
	begin_firmware(put_volume);
	memset(world.file + VECTOR, 0xFF, 16);
	refused(E_INVALID, "offset 0x7ff0, the reset vector, are 0xFF");
	memset(world.file + VECTOR, 0, 16);
	refused(E_INVALID, "are 0x00");
	world.file[BIOS_BYTES - 1] = 0xFF;
	assert_int_equal(load(), OK);
}

static void firmware_takes_no_initrd_and_no_modules(void **state)
{
	(void)state;
	begin_firmware(put_bios);
	world.request.initrd.length = INITRD_BYTES;
	load_refused(E_UNSUPPORTED, IMAGE_FIELD_INITRD, "no initrd");
	world.request.initrd.length = 0;
	world.request.module_count = 1;
	load_refused(E_UNSUPPORTED, IMAGE_FIELD_MODULES, "no modules");
}

static void firmware_takes_no_command_line(void **state)
{
	(void)state;
	begin_firmware(put_bios);
	world.request.cmdline = "x";
	load_refused(E_UNSUPPORTED, IMAGE_FIELD_CMDLINE, "no command line");
}

/* A small image lies whole below 1 MiB, with its end there, and nothing else is written. */
static void end_of_the_image_is_below_1_mib(void **state)
{
	(void)state;
	begin_firmware(put_bios);
	assert_int_equal(load(), OK);
	assert_memory_equal(world.memory.bytes + MIB_1 - BIOS_BYTES, world.file, BIOS_BYTES);
	assert_int_equal(world.memory.written_low, MIB_1 - BIOS_BYTES);
	assert_int_equal(world.memory.written_high, MIB_1);
	assert_int_equal(got(MIB_1 - 16, 5), 0xF000E05BEA);
	assert_int_equal(world.start.mode, IMAGE_MODE_RESET);
}

static void no_more_than_128_kib_are_below_1_mib(void **state)
{
	enum { BYTES = 0x40000 };
	uint8_t *large = malloc(BYTES);

	(void)state;
	for (size_t i = 0; i < BYTES; i++) {
		large[i] = (uint8_t)(i * 7 / 256 + i % 3);
	}
	begin_firmware(put_bios);
	force();
	world.request.kernel = (struct image_file){ large, BYTES };
	assert_int_equal(load(), OK);
	assert_memory_equal(world.memory.bytes + MIB_1 - SHADOW, large + BYTES - SHADOW, SHADOW);
	assert_int_equal(world.memory.written_low, MIB_1 - SHADOW);
	free(large);
}

static void guest_without_ram_there_is_noticed(void **state)
{
	(void)state;
	begin_firmware(put_bios);
	world.memory.length = MIB_1 - PAGE_SIZE;
	assert_int_equal(image_load(&world.request, &world.start, &world.refusal), E_NO_MEMORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bios_and_volume_are_known_by_themselves),
		cmocka_unit_test(file_with_neither_mark_must_be_called_firmware),
		cmocka_unit_test(jump_to_another_segment_is_no_mark),
		cmocka_unit_test(size_that_is_no_number_of_pages_is_refused),
		cmocka_unit_test(more_than_16_mib_are_refused),
		cmocka_unit_test(image_without_code_at_the_vector_is_refused),
		cmocka_unit_test(firmware_takes_no_initrd_and_no_modules),
		cmocka_unit_test(firmware_takes_no_command_line),
		cmocka_unit_test(end_of_the_image_is_below_1_mib),
		cmocka_unit_test(no_more_than_128_kib_are_below_1_mib),
		cmocka_unit_test(guest_without_ram_there_is_noticed),
	};

	return cmocka_run_group_tests(tests, make_ram, free_ram);
}
