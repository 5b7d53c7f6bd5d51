/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_fuzz.h: any file as a kernel of a guest of up to 64 MiB, and 4 MiB above 4 GiB: no write outside of RAM or into
 * the PC's gap, nothing written when refused, and image_check() foretells what image_load() says.
 */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/image.h"
#include "tests/host/fake_guest.h"

enum {
	FUZZ_RAM_BYTES = 64 << 20,
	FUZZ_HIGH_BYTES = 4 << 20,
	FUZZ_OPTIONS = 4, /* bytes that the input starts with; the file is behind them */
	FUZZ_INITRD_BYTES = 4096,
	FUZZ_MODULES = 3,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** image_mender - puts into a file what a mutation breaks most of the time: marks and checksums. */
typedef void image_mender(uint8_t *file, size_t bytes, const uint8_t *options);

static uint8_t fuzz_ram[FUZZ_RAM_BYTES];
static uint8_t fuzz_high[FUZZ_HIGH_BYTES];
static const uint8_t fuzz_initrd[FUZZ_INITRD_BYTES];

static inline void must(bool holds)
{
	if (!holds) {
		abort();
	}
}

static inline void fuzz_put(uint8_t *file, size_t bytes, size_t at, uint64_t value, size_t width)
{
	for (size_t i = 0; i < width && at + i < bytes; i++) {
		file[at + i] = (uint8_t)(value >> (8 * i));
	}
}

static inline uint32_t fuzz_get(const uint8_t *file, size_t bytes, size_t at)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 4 && at + i < bytes; i++) {
		value |= (uint32_t)file[at + i] << (8 * i);
	}
	return value;
}

static inline void check_start(const struct image_start *start, uint64_t ram)
{
	const bool above = start->rip >= 4 * GIB && start->rip < 4 * GIB + FUZZ_HIGH_BYTES;

	if (start->mode == IMAGE_MODE_RESET) {
		return;
	}
	must(start->rip < ram || (above && start->mode == IMAGE_MODE_LONG64));
	must(start->rsp < ram && start->cr3 < ram && start->gdt_base + start->gdt_limit < ram);
	must(start->rbx < ram && start->rsi < ram);
	must(start->mode != IMAGE_MODE_REAL16 || start->rip < 0xA0000);
}

static inline void fuzz_load(struct image_request *request, struct guest_memory *memory)
{
	struct image_probe probe;
	struct image_refusal foretold;
	struct image_refusal refusal;
	struct image_start start;
	enum status probed = image_probe(request->kernel, &request->form, &probe);
	enum status checked = image_check(request, &foretold);

	request->memory = memory;
	enum status loaded = image_load(request, &start, &refusal);

	must(checked == loaded && strcmp(foretold.why, refusal.why) == 0);
	must(foretold.field == refusal.field);
	must(probed == OK || (loaded == probed && strcmp(refusal.why, probe.why) == 0));
	must(loaded == OK || (memory->written_high == 0 && refusal.why[0] != '\0'));
	must(!memory->written_gap || start.mode == IMAGE_MODE_RESET);
	if (loaded == OK) {
		check_start(&start, memory->length);
	}
}

/*
 * Options: MiB of RAM; bit 0: an initrd, bits 5 and 6: modules; length of the command line; length of the initrd.
 * The rest is the caller's: @form says which kind is forced.
 */
static inline int image_fuzz(const uint8_t *data, size_t size, struct image_form form,
			     image_mender *mend)
{
	static char cmdline[256];

	if (size < FUZZ_OPTIONS) {
		return 0;
	}
	/* As large as it says and no larger, so that the sanitizer sees a read behind it. */
	const size_t bytes = size - FUZZ_OPTIONS;
	uint8_t *file = malloc(bytes > 0 ? bytes : 1);
	struct guest_memory memory = { .bytes = fuzz_ram,
				       .length = (uint64_t)(1 + data[0] % 64) * MIB,
				       .written_low = UINT64_MAX,
				       .high = fuzz_high,
				       .high_base = 4 * GIB,
				       .high_length = FUZZ_HIGH_BYTES };
	const struct image_ram pieces[] = { { gpa(0), memory.length },
					    { gpa(4 * GIB), FUZZ_HIGH_BYTES } };
	const struct image_module modules[FUZZ_MODULES] = {
		{ { fuzz_initrd, 1 }, "one", 3 },
		{ { fuzz_initrd, data[3] }, NULL, 0 },
		{ { fuzz_initrd, 4096 }, "a b c", 5 },
	};
	struct image_request request = {
		.kernel = { file, bytes },
		.form = form,
		.initrd = { fuzz_initrd, (data[1] & 1) != 0 ? (size_t)1 + data[3] * 16 : 0 },
		.modules = modules,
		.module_count = data[1] >> 5 & 3,
		.cmdline = cmdline,
		.seed = (data[1] & 128) != 0 ? fuzz_initrd : NULL,
		.ram = pieces,
		.ram_count = 2,
		.acpi_rsdp = { 0xE0000 },
		.acpi_base = 0xE0000,
		.acpi_bytes = 0x20000,
	};

	memcpy(file, data + FUZZ_OPTIONS, bytes);
	if (mend != NULL) {
		mend(file, bytes, data);
	}
	memset(cmdline, 'x', sizeof(cmdline));
	cmdline[data[2]] = '\0';
	fuzz_load(&request, &memory);
	free(file);
	return 0;
}
