/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_world.h: a guest, a kernel file, and what loading it gave, for the tests of the image
 * loaders.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/image.h"
#include "tests/host/fake_guest.h"

enum {
	RAM_BYTES = 64 << 20,
	FILE_BYTES = 0x8000,
	INITRD_BYTES = 5000,
	RSDP = 0xE0010,
	INFO = 0x2000, /* boot_params or Multiboot information */
};

/** struct world - a guest, a file, and what loading it gave. */
struct world {
	uint8_t file[FILE_BYTES];
	uint8_t initrd[INITRD_BYTES];
	struct image_module modules[3];
	struct image_ram ram[4];
	struct guest_memory memory;
	struct image_request request;
	struct image_probe probe;
	struct image_start start;
	struct image_refusal refusal;
};

static struct world world;

/* The group's set-up: RAM is made once, begin() clears it. */
static inline int make_ram(void **state)
{
	(void)state;
	world.memory.bytes = malloc(RAM_BYTES);
	return world.memory.bytes == NULL;
}

static inline int free_ram(void **state)
{
	(void)state;
	free(world.memory.bytes);
	return 0;
}

static void put(size_t at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		world.file[at + i] = (uint8_t)(value >> (8 * i));
	}
}

static inline uint32_t got_file(size_t at)
{
	return world.file[at] | (uint32_t)world.file[at + 1] << 8 |
	       (uint32_t)world.file[at + 2] << 16 | (uint32_t)world.file[at + 3] << 24;
}

static uint64_t got(uint64_t at, size_t bytes)
{
	uint64_t value = 0;

	assert_true(at + bytes <= world.memory.length);
	for (size_t i = bytes; i > 0; i--) {
		value = value << 8 | world.memory.bytes[at + i - 1];
	}
	return value;
}

static void begin(uint64_t (*put_file)(void))
{
	uint8_t *bytes = world.memory.bytes;

	memset(&world, 0, sizeof(world));
	memset(bytes, 0, RAM_BYTES);
	world.memory = (struct guest_memory){ .bytes = bytes,
					      .length = RAM_BYTES,
					      .written_low = UINT64_MAX };
	world.ram[0].bytes = RAM_BYTES;
	for (size_t i = 0; i < INITRD_BYTES; i++) {
		world.initrd[i] = (uint8_t)(i * 3 + 2);
	}
	world.request = (struct image_request){
		.memory = &world.memory,
		.kernel = { world.file, (size_t)put_file() },
		.initrd = { world.initrd, INITRD_BYTES },
		.cmdline = "console=ttyS0",
		.ram = world.ram,
		.ram_count = 1,
		.acpi_rsdp = { RSDP },
		.acpi_base = 0xE0000,
		.acpi_bytes = 0x10000,
	};
}

/* Three, behind the initrd: parts of it, the second without a string. */
static inline void add_modules(void)
{
	world.modules[0] = (struct image_module){ { world.initrd, 1 }, "first one", 9 };
	world.modules[1] = (struct image_module){ { world.initrd + 1, 4096 }, NULL, 0 };
	world.modules[2] = (struct image_module){ { world.initrd + 2, 7 }, "xthirdx" + 1, 5 };
	world.request.modules = world.modules;
	world.request.module_count = 3;
}

/* Module @index of these lies at @at, @bytes long, its string at @string. */
static inline void assert_module(unsigned index, uint64_t at, uint64_t bytes, uint64_t string)
{
	static const char *const strings[] = { "first one", NULL, "third" };

	assert_int_equal(bytes, world.modules[index].file.length);
	assert_int_equal(at % 4096, 0);
	assert_memory_equal(world.memory.bytes + at, world.modules[index].file.bytes, bytes);
	if (strings[index] == NULL) {
		assert_int_equal(string, 0);
	} else {
		assert_string_equal((char *)world.memory.bytes + string, strings[index]);
	}
}

/* image_check() of the same request, without any guest memory, must foretell all that load says. */
static enum status load(void)
{
	struct image_request request = world.request;
	struct image_refusal foretold;

	request.memory = NULL;
	enum status checked = image_check(&request, &foretold);
	enum status status = image_load(&world.request, &world.start, &world.refusal);

	assert_int_equal(checked, status);
	assert_string_equal(foretold.why, world.refusal.why);
	if (status != OK) {
		assert_int_equal(foretold.field, world.refusal.field);
		assert_int_equal(world.memory.written_high, 0);
	}
	return status;
}

/* A file that the probe refuses is refused by check and load with the same words. */
static void refused(enum status status, const char *words)
{
	if (image_probe(world.request.kernel, &world.request.form, &world.probe) != status ||
	    strstr(world.probe.why, words) == NULL) {
		fail_msg("probe: \"%s\" lacks \"%s\"", world.probe.why, words);
	}
	assert_int_equal(load(), status);
	assert_string_equal(world.refusal.why, world.probe.why);
	assert_int_equal(world.refusal.field, IMAGE_FIELD_KERNEL);
}

/* A good file that this guest cannot take, because of the setting @field. */
static void load_refused(enum status status, enum image_field field, const char *words)
{
	assert_int_equal(image_probe(world.request.kernel, &world.request.form, &world.probe), OK);
	if (load() != status || strstr(world.refusal.why, words) == NULL) {
		fail_msg("load: \"%s\" lacks \"%s\"", world.refusal.why, words);
	}
	assert_int_equal(world.refusal.field, field);
}
