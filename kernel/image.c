/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: what kind of kernel a file is, and which loader takes it. */
#include "kernel/image.h"

#include "kernel/image_room.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

/* One row for each boot protocol. Asked in this order; the first that knows the file takes it. */
static const struct loader {
	enum image_kind kind;
	bool (*knows)(struct image_file kernel);
	enum status (*check)(struct image_file kernel, char *why);
	enum status (*load)(const struct image_request *request, struct image_start *start,
			    char *why);
} loaders[] = {
	{ IMAGE_BZIMAGE, image_is_bzimage, image_bzimage_check, image_bzimage_load },
	{ IMAGE_MULTIBOOT1, image_is_multiboot, image_multiboot_check, image_multiboot_load },
};

/* What people put there by mistake, by its first bytes, and what to use instead. */
static const struct mistake {
	const char *start;
	size_t length;
	const char *words;
} mistakes[] = {
	{ "\x7f"
	  "ELF\x01",
	  5, "a 32-bit ELF file without a Multiboot 1 header in its first 8192 bytes" },
	{ "\x7f"
	  "ELF\x02",
	  5, "a 64-bit ELF file; of Linux, use the bzImage (vmlinuz) in place of vmlinux" },
	{ "\x1f\x8b", 2, "a gzip file; decompress it first" },
	{ "\x28\xb5\x2f\xfd", 4, "a zstd file; decompress it first" },
	{ "\xfd"
	  "7zXZ",
	  5, "an xz file; decompress it first" },
	{ "070701", 6, "a cpio archive; that belongs behind `initrd =`" },
	{ "MZ", 2, "an EFI program; a bzImage or a Multiboot 1 kernel is needed" },
};

enum status image_refuse(char *why, enum status status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_v(why, IMAGE_WHY_BYTES, fmt, args);
	va_end(args);
	return status;
}

static enum status refuse_unknown(struct image_file kernel, char *why)
{
	for (size_t i = 0; i < ARRAY_COUNT(mistakes); i++) {
		const struct mistake *m = &mistakes[i];

		if (kernel.length >= m->length && memcmp(kernel.bytes, m->start, m->length) == 0) {
			return image_refuse(why, E_UNSUPPORTED, "it is %s", m->words);
		}
	}
	return image_refuse(why, E_UNSUPPORTED,
			    "not a kernel: neither \"HdrS\" at offset 0x202 (Linux bzImage) nor a "
			    "Multiboot 1 header in the first 8192 bytes");
}

static const struct loader *loader_of(struct image_file kernel)
{
	for (size_t i = 0; i < ARRAY_COUNT(loaders); i++) {
		if (loaders[i].knows(kernel)) {
			return &loaders[i];
		}
	}
	return NULL;
}

enum status image_probe(struct image_file kernel, struct image_probe *probe)
{
	const struct loader *loader;

	probe->kind = IMAGE_UNKNOWN;
	probe->why[0] = '\0';
	if (kernel.length == 0) {
		return image_refuse(probe->why, E_TRUNCATED, "the file is empty");
	}
	loader = loader_of(kernel);
	if (loader == NULL) {
		return refuse_unknown(kernel, probe->why);
	}
	probe->kind = loader->kind;
	return loader->check(kernel, probe->why);
}

enum status image_load(const struct image_request *request, struct image_start *start, char *why)
{
	const struct loader *loader;

	why[0] = '\0';
	memset(start, 0, sizeof(*start));
	if (request->kernel.length == 0) {
		return image_refuse(why, E_TRUNCATED, "the file is empty");
	}
	loader = loader_of(request->kernel);
	if (loader == NULL) {
		return refuse_unknown(request->kernel, why);
	}
	return loader->load(request, start, why);
}
