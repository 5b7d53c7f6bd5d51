/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_image.c: any file as a kernel of a guest of up to 64 MiB: no write outside RAM or (but for firmware)
 * into the PC's gap, and image_check() foretells what image_load() says.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/image.h"
#include "tests/host/fake_guest.h"

enum {
	RAM_BYTES = 64 << 20,
	OPTIONS_BYTES = 4, /* what the input starts with; the file is behind it */
	INITRD_BYTES = 4096,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t ram[RAM_BYTES];
static const uint8_t initrd[INITRD_BYTES];
static char cmdline[256];

static void must(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check_start(const struct image_start *start)
{
	must(start->rip < RAM_BYTES && start->rsp < RAM_BYTES && start->cr3 < RAM_BYTES);
	must(start->gdt_base + start->gdt_limit < RAM_BYTES);
	must(start->mode == IMAGE_MODE_RESET || start->mode == IMAGE_MODE_LONG64 ||
	     start->mode == IMAGE_MODE_PROTECTED32 ||
	     (start->mode == IMAGE_MODE_REAL16 && start->rip < 0xA0000));
}

/*
 * Options: MiB of RAM, whether there is an initrd, length of the command line, length of the
 * initrd.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_probe probe;
	struct image_refusal foretold;
	struct image_refusal refusal;
	struct image_start start;

	if (size < OPTIONS_BYTES) {
		return 0;
	}
	struct guest_memory memory = { ram, (uint64_t)(1 + data[0] % 64) * MIB, UINT64_MAX, 0,
				       false };
	struct image_ram piece = { gpa(0), memory.length };
	struct image_request request = {
		.kernel = { data + OPTIONS_BYTES, size - OPTIONS_BYTES },
		/* Bits 1 to 3 force a kind; 4 is for flat files, which go to byte 3 times 4 KiB. */
		.form = { (enum image_kind)((data[1] >> 1 & 7) % (IMAGE_FIRMWARE + 1)),
			  (data[1] & 16) != 0, (uint64_t)data[3] << 12 },
		.initrd = { initrd, (data[1] & 1) != 0 ? (size_t)1 + data[3] * 16 : 0 },
		.cmdline = cmdline,
		.ram = &piece,
		.ram_count = 1,
		.acpi_rsdp = { 0xE0000 },
		.acpi_base = 0xE0000,
		.acpi_bytes = 0x20000,
	};

	memset(cmdline, 'x', sizeof(cmdline));
	cmdline[data[2]] = '\0';
	enum status probed = image_probe(request.kernel, &request.form, &probe);
	enum status checked = image_check(&request, &foretold);

	request.memory = &memory;
	enum status loaded = image_load(&request, &start, &refusal);

	must(checked == loaded && strcmp(foretold.why, refusal.why) == 0);
	must(foretold.field == refusal.field);
	must(probed == OK || (loaded == probed && strcmp(refusal.why, probe.why) == 0));
	must(loaded == OK || (memory.written_high == 0 && refusal.why[0] != '\0'));
	/* Firmware has its end there, and our tables stay away. */
	must(!memory.written_gap || (loaded == OK && start.mode == IMAGE_MODE_RESET));
	if (loaded == OK) {
		check_start(&start);
	}
	return 0;
}
