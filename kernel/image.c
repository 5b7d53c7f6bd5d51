/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: what kind of kernel a file is, and whether a guest can take it. */
#include "kernel/image.h"

#include "kernel/image_bzplan.h"
#include "kernel/image_firmware.h"
#include "kernel/image_mb2file.h"
#include "kernel/image_mbfile.h"
#include "kernel/image_room.h"
#include "kernel/image_segplan.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

/* One row for each kind. Asked in this order; the first that knows the file takes it. */
static const struct image_protocol protocols[] = {
	{ IMAGE_BZIMAGE, image_is_bzimage, NULL, "\"HdrS\" at offset 0x202 (Linux bzImage)", NULL },
	{ IMAGE_MULTIBOOT2, image_is_multiboot2, image_multiboot2_read,
	  "Multiboot 2 header in the first 32768 bytes", image_multiboot2_extra },
	{ IMAGE_MULTIBOOT1, image_is_multiboot, image_multiboot_read,
	  "Multiboot 1 header in the first 8192 bytes", image_multiboot_extra },
	{ IMAGE_PVH, image_is_pvh, image_pvh_read, "ELF note with a PVH entry", NULL },
	{ IMAGE_ELF, image_is_elf, image_elf_read, "ELF header", NULL },
	{ IMAGE_FIRMWARE, image_is_firmware, NULL, "", NULL },
	{ IMAGE_FLAT, NULL, image_flat_read, "", NULL },
};

/* What people put there by mistake, by its first bytes, and what to use instead. */
static const struct mistake {
	const char *start;
	size_t length;
	const char *words;
} mistakes[] = {
	{ "\x1f\x8b", 2, "a gzip file; decompress it first" },
	{ "\x28\xb5\x2f\xfd", 4, "a zstd file; decompress it first" },
	{ "\xfd"
	  "7zXZ",
	  5, "an xz file; decompress it first" },
	{ "070701", 6, "a cpio archive; that belongs behind `initrd =`" },
	{ "MZ", 2, "an EFI program; a bzImage, Multiboot or ELF kernel is needed" },
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
	return image_refuse(
		why, E_UNSUPPORTED,
		"not a kernel: neither \"HdrS\" at offset 0x202 (Linux bzImage) nor a "
		"Multiboot header in the first 8192 (2: 32768) bytes nor ELF nor firmware");
}

static bool takes(const struct image_protocol *protocol, struct image_file kernel,
		  const struct image_form *form)
{
	return form->kind == IMAGE_UNKNOWN
		       ? protocol->knows != NULL && protocol->knows(kernel)
		       : protocol->kind == form->kind &&
				 (protocol->mark[0] == '\0' || protocol->knows(kernel));
}

static const char *mark_of(enum image_kind kind)
{
	for (size_t i = 0; i < ARRAY_COUNT(protocols); i++) {
		if (protocols[i].kind == kind) {
			return protocols[i].mark;
		}
	}
	return "known mark";
}

const struct image_protocol *image_protocol_of(struct image_file kernel,
					       const struct image_form *form, enum status *status,
					       char *why)
{
	why[0] = '\0';
	*status = OK;
	if (kernel.length == 0) {
		*status = image_refuse(why, E_TRUNCATED, "the file is empty");
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_COUNT(protocols); i++) {
		if (takes(&protocols[i], kernel, form)) {
			return &protocols[i];
		}
	}
	*status = form->kind == IMAGE_UNKNOWN
			  ? refuse_unknown(kernel, why)
			  : image_refuse(why, E_UNSUPPORTED,
					 "it has no %s, which its `type =` needs: leave that line "
					 "out to have the kind found out",
					 mark_of(form->kind));
	return NULL;
}

enum status image_probe(struct image_file kernel, const struct image_form *form,
			struct image_probe *probe)
{
	struct image_parts parts;
	struct bz_header header;
	enum status status;
	const struct image_protocol *protocol =
		image_protocol_of(kernel, form, &status, probe->why);

	probe->kind = protocol != NULL ? protocol->kind : IMAGE_UNKNOWN;
	if (protocol == NULL) {
		return status;
	}
	switch (protocol->kind) {
	case IMAGE_FIRMWARE:
		return image_firmware_read(kernel, probe->why);
	case IMAGE_BZIMAGE:
		return bz_header_read(kernel, &header, probe->why);
	default:
		return protocol->read(kernel, form, &parts, probe->why);
	}
}

enum status image_check(const struct image_request *request, struct image_refusal *refusal)
{
	union {
		struct bz_plan bz;
		struct seg_plan seg;
	} plan;
	enum status status;
	const struct image_protocol *protocol =
		image_protocol_of(request->kernel, &request->form, &status, refusal->why);

	refusal->field = IMAGE_FIELD_KERNEL;
	if (protocol == NULL) {
		return status;
	}
	switch (protocol->kind) {
	case IMAGE_FIRMWARE:
		return image_firmware_check(request, refusal);
	case IMAGE_BZIMAGE:
		return bz_plan_make(request, &plan.bz, refusal);
	default:
		return seg_plan_make(request, protocol, &plan.seg, refusal);
	}
}
