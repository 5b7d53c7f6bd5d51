/* SPDX-License-Identifier: Apache-2.0 */
/* guest_access.c: segment and paging of an operand. */
#include "kernel/guest_access.h"

#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs.h"

/* Segment types (SDM Vol. 3A, "Code- and Data-Segment Descriptor Types"). */
enum {
	TYPE_CODE = 1 << 3,
	TYPE_DOWN = 1 << 2,  /* of data */
	TYPE_WRITE = 1 << 1, /* of data; of code: readable */
};

static enum status deny(const struct guest_segment *segment, struct guest_fault *fault)
{
	*fault = (struct guest_fault){ .vector = segment->stack ? VECTOR_SS : VECTOR_GP };
	return E_DENIED;
}

static bool type_allows(const struct guest_segment *segment, bool write)
{
	bool second_bit = (segment->access & TYPE_WRITE) != 0;

	if ((segment->access & TYPE_CODE) != 0) {
		return second_bit && !write;
	}
	return second_bit || !write;
}

static bool is_within(const struct guest_segment *segment, uint64_t offset, size_t bytes)
{
	uint64_t last = offset + bytes - 1;
	bool down = (segment->access & (TYPE_CODE | TYPE_DOWN)) == TYPE_DOWN;

	if (!down) {
		return last <= segment->limit;
	}
	/* Expand-down: what is above the limit, up to 64 KiB or 4 GiB. */
	return offset > segment->limit &&
	       last <= ((segment->access & ACCESS_D) != 0 ? UINT32_MAX : 0xFFFFu);
}

static bool is_canonical(const struct guest_context *context, uint64_t linear)
{
	unsigned unused = (context->paging.cr4 & CR4_LA57) != 0 ? 64 - 57 : 64 - 48;

	return (uint64_t)((int64_t)(linear << unused) >> unused) == linear;
}

static enum status check_legacy(const struct guest_context *context,
				const struct guest_segment *segment, uint64_t offset, size_t bytes,
				struct guest_fault *fault)
{
	bool usable = (segment->access & ACCESS_UNUSABLE) == 0;
	bool allowed = !context->protected || type_allows(segment, context->rights.write);

	return usable && allowed && is_within(segment, offset, bytes) ? OK : deny(segment, fault);
}

enum status guest_access_linear(const struct guest_context *context,
				const struct guest_segment *segment, uint64_t offset, size_t bytes,
				uint64_t *linear, struct guest_fault *fault)
{
	enum status status = OK;

	*linear = segment->base + offset;
	if (!context->is_64bit) {
		*linear = (uint32_t)*linear;
		status = check_legacy(context, segment, offset, bytes, fault);
	} else if (!is_canonical(context, *linear) || !is_canonical(context, *linear + bytes - 1)) {
		status = deny(segment, fault);
	}
	if (status == OK && context->aligned && *linear % bytes != 0) {
		*fault = (struct guest_fault){ .vector = VECTOR_AC };
		return E_DENIED;
	}
	return status;
}

static enum status place_part(const struct guest_context *context, uint64_t linear, gpa_t *at,
			      struct guest_fault *fault)
{
	uint32_t error_code;
	enum status status = guest_paging_access(&context->paging, context->memory, linear,
						 &context->rights, at, &error_code);

	if (status == E_DENIED) {
		*fault = (struct guest_fault){ VECTOR_PF, error_code, linear };
	}
	return status;
}

enum status guest_access_place(const struct guest_context *context, uint64_t linear, size_t bytes,
			       struct guest_place *place, struct guest_fault *fault)
{
	bool long_mode = (context->paging.efer & EFER_LMA) != 0;
	uint64_t mask = long_mode ? UINT64_MAX : UINT32_MAX;
	size_t first = min_u64(PAGE_SIZE - linear % PAGE_SIZE, bytes);

	*place = (struct guest_place){ .bytes = { first, bytes - first }, .linear = linear };
	enum status status = place_part(context, linear & mask, &place->at[0], fault);

	if (status == OK && place->bytes[1] != 0) {
		status = place_part(context, (linear + first) & mask, &place->at[1], fault);
	}
	return status;
}

enum status guest_access_read(const struct guest_context *context, const struct guest_place *place,
			      void *to)
{
	enum status status = guest_memory_read(context->memory, place->at[0], to, place->bytes[0]);

	if (status == OK && place->bytes[1] != 0) {
		status = guest_memory_read(context->memory, place->at[1],
					   (uint8_t *)to + place->bytes[0], place->bytes[1]);
	}
	return status;
}

enum status guest_access_write(const struct guest_context *context, const struct guest_place *place,
			       const void *from)
{
	uint8_t last;

	if (place->bytes[1] != 0) {
		/* RAM is RAM a page at a time. */
		enum status second =
			guest_memory_read(context->memory, place->at[1], &last, sizeof(last));

		if (second != OK) {
			return second;
		}
	}
	enum status status =
		guest_memory_write(context->memory, place->at[0], from, place->bytes[0]);

	if (status == OK && place->bytes[1] != 0) {
		status = guest_memory_write(context->memory, place->at[1],
					    (const uint8_t *)from + place->bytes[0],
					    place->bytes[1]);
	}
	return status;
}
