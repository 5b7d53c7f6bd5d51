/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: what kind of kernel a file is, and whether a guest can take it. */
#include "kernel/image.h"

#include "kernel/image_bzplan.h"
#include "kernel/image_mbplan.h"
#include "kernel/image_room.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

static enum status bzimage_check(struct image_file kernel, char *why)
{
	struct bz_header header;

	return bz_header_read(kernel, &header, why);
}

static enum status bzimage_fit(const struct image_request *request, struct image_refusal *refusal)
{
	struct bz_plan plan;

	return bz_plan_make(request, &plan, refusal);
}

static enum status multiboot_check(struct image_file kernel, char *why)
{
	struct mb_file file;

	return mb_file_read(kernel, &file, why);
}

static enum status multiboot_fit(const struct image_request *request, struct image_refusal *refusal)
{
	struct mb_plan plan;

	return mb_plan_make(request, &plan, refusal);
}

/* One row for each boot protocol. Asked in this order; the first that knows the file takes it. */
static const struct protocol {
	enum image_kind kind;
	bool (*knows)(struct image_file kernel);
	enum status (*check)(struct image_file kernel, char *why); /* the file alone */
	enum status (*fit)(const struct image_request *request, struct image_refusal *refusal);
} protocols[] = {
	{ IMAGE_BZIMAGE, image_is_bzimage, bzimage_check, bzimage_fit },
	{ IMAGE_MULTIBOOT1, image_is_multiboot, multiboot_check, multiboot_fit },
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

/* The row of a file; NULL with words when there is none. */
static const struct protocol *protocol_of(struct image_file kernel, enum status *status, char *why)
{
	why[0] = '\0';
	*status = OK;
	if (kernel.length == 0) {
		*status = image_refuse(why, E_TRUNCATED, "the file is empty");
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_COUNT(protocols); i++) {
		if (protocols[i].knows(kernel)) {
			return &protocols[i];
		}
	}
	*status = refuse_unknown(kernel, why);
	return NULL;
}

enum status image_kind_of(struct image_file kernel, enum image_kind *kind, char *why)
{
	enum status status;
	const struct protocol *protocol = protocol_of(kernel, &status, why);

	*kind = protocol != NULL ? protocol->kind : IMAGE_UNKNOWN;
	return status;
}

enum status image_probe(struct image_file kernel, struct image_probe *probe)
{
	enum status status;
	const struct protocol *protocol = protocol_of(kernel, &status, probe->why);

	probe->kind = protocol != NULL ? protocol->kind : IMAGE_UNKNOWN;
	return protocol != NULL ? protocol->check(kernel, probe->why) : status;
}

enum status image_check(const struct image_request *request, struct image_refusal *refusal)
{
	enum status status;
	const struct protocol *protocol = protocol_of(request->kernel, &status, refusal->why);

	refusal->field = IMAGE_FIELD_KERNEL;
	return protocol != NULL ? protocol->fit(request, refusal) : status;
}
