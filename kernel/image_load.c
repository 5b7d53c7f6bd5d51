/* SPDX-License-Identifier: Apache-2.0 */
/* image_load.c: which loader lays a kernel into a guest's RAM. */
#include "kernel/image_room.h"
#include "kernel/image_write.h"
#include "kernel/lib/string.h"

static enum status load_kind(enum image_kind kind, const struct image_request *request,
			     struct image_start *start, struct image_refusal *refusal)
{
	switch (kind) {
	case IMAGE_BZIMAGE:
		return image_bzimage_load(request, start, refusal);
	case IMAGE_MULTIBOOT1:
		return image_multiboot_load(request, start, refusal);
	case IMAGE_UNKNOWN:
		break;
	}
	return E_UNSUPPORTED;
}

enum status image_load(const struct image_request *request, struct image_start *start,
		       struct image_refusal *refusal)
{
	enum image_kind kind;
	enum status status = image_kind_of(request->kernel, &kind, refusal->why);

	memset(start, 0, sizeof(*start));
	refusal->field = IMAGE_FIELD_KERNEL;
	return status == OK ? load_kind(kind, request, start, refusal) : status;
}
