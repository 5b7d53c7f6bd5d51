/* SPDX-License-Identifier: Apache-2.0 */
/* image_load.c: which loader lays a kernel into a guest's RAM, and the one for kernels of segments. */
#include "kernel/image_firmware.h"
#include "kernel/image_room.h"
#include "kernel/image_write.h"
#include "kernel/lib/string.h"

static void write_segments(struct image_writer *w, const struct image_request *request,
			   const struct seg_plan *plan)
{
	for (uint32_t i = 0; i < plan->parts.segment_count; i++) {
		const struct image_segment *s = &plan->parts.segments[i];

		image_write(w, s->address, request->kernel.bytes + s->file_at, s->file_bytes);
		image_write_zero(w, (uint64_t)s->address + s->file_bytes,
				 s->memory_bytes - s->file_bytes);
	}
	for (uint32_t i = 0; i < plan->module_count; i++) {
		const struct image_module module = image_module_at(request, i);

		image_write(w, plan->modules[i].at, module.file.bytes, module.file.length);
		image_write(w, plan->modules[i].string, module.string, module.string_bytes);
	}
	image_write(w, IMAGE_AT_CMDLINE, request->cmdline, strlen(request->cmdline) + 1);
}

static void write_start(struct image_writer *w, enum image_mode mode, struct image_start *start)
{
	start->mode = mode;
	if (mode == IMAGE_MODE_LONG64) {
		image_write_tables(w);
		start->cr3 = IMAGE_AT_TABLES;
	}
	image_write_gdt(w, mode == IMAGE_MODE_LONG64 ? IMAGE_CODE_64 : IMAGE_CODE_32, start);
}

static enum status load_segments(const struct image_protocol *protocol,
				 const struct image_request *request, struct image_start *start,
				 struct image_refusal *refusal)
{
	struct image_writer w = { request->memory, OK };
	struct seg_plan plan;
	enum status status = seg_plan_make(request, protocol, &plan, refusal);

	if (status != OK) {
		return status;
	}
	image_write_bios(&w);
	/* Their ends are zeros. */
	image_write_zero(&w, IMAGE_AT_STRINGS, IMAGE_STRINGS_BYTES);
	write_segments(&w, request, &plan);
	write_start(&w, plan.parts.mode, start);
	start->rip = plan.parts.entry;
	start->rsp = IMAGE_AT_TABLES;
	if (protocol->kind == IMAGE_MULTIBOOT1) {
		image_multiboot_info(&w, request, &plan, start);
	} else if (protocol->kind == IMAGE_MULTIBOOT2) {
		image_multiboot2_info(&w, request, &plan, start);
	} else {
		image_pvh_info(&w, request, &plan, start);
	}
	return w.status == OK ? OK : image_write_refuse(refusal);
}

/* The rest of the image is mapped, not copied: partition_rom.h. */
static enum status load_firmware(const struct image_request *request, struct image_start *start,
				 struct image_refusal *refusal)
{
	struct image_writer w = { request->memory, OK };
	struct image_file kernel = request->kernel;
	size_t bytes = min_u64(kernel.length, IMAGE_FIRMWARE_SHADOW_BYTES);
	enum status status = image_firmware_check(request, refusal);

	if (status != OK) {
		return status;
	}
	image_write(&w, IMAGE_GAP_END - bytes, kernel.bytes + kernel.length - bytes, bytes);
	start->mode = IMAGE_MODE_RESET;
	return w.status == OK ? OK : image_write_refuse(refusal);
}

enum status image_load(const struct image_request *request, struct image_start *start,
		       struct image_refusal *refusal)
{
	enum status status;
	const struct image_protocol *protocol =
		image_protocol_of(request->kernel, &request->form, &status, refusal->why);

	memset(start, 0, sizeof(*start));
	refusal->field = IMAGE_FIELD_KERNEL;
	if (protocol == NULL) {
		return status;
	}
	switch (protocol->kind) {
	case IMAGE_FIRMWARE:
		return load_firmware(request, start, refusal);
	case IMAGE_BZIMAGE:
		return image_bzimage_load(request, start, refusal);
	default:
		return load_segments(protocol, request, start, refusal);
	}
}
