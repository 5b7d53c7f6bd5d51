/* SPDX-License-Identifier: Apache-2.0 */
/* image_write.c: writes of the image loaders to a guest's RAM. */
#include "kernel/image_write.h"

#include "kernel/image_room.h"

void image_write(struct image_writer *writer, uint64_t at, const void *from, size_t bytes)
{
	if (writer->status == OK && bytes > 0) {
		writer->status = guest_memory_write(writer->memory, gpa(at), from, bytes);
	}
}

void image_write_zero(struct image_writer *writer, uint64_t at, uint64_t bytes)
{
	if (writer->status == OK && bytes > 0) {
		writer->status = guest_memory_zero(writer->memory, gpa(at), bytes);
	}
}

void image_write_le(struct image_writer *writer, uint64_t at, uint64_t value, size_t bytes)
{
	uint8_t text[8];

	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = (uint8_t)(value >> (8 * i));
	}
	image_write(writer, at, text, bytes);
}

/*
 * Flat descriptors with base 0 and limit 4 GiB, present, accessed (SDM Vol. 3A, "Segment
 * Descriptors"). 0x10 and 0x18 are __BOOT_CS and __BOOT_DS ("The Linux/x86 Boot Protocol", "64-bit
 * Boot Protocol").
 */
void image_write_gdt(struct image_writer *writer, enum image_code code, struct image_start *start)
{
	uint64_t gdt[] = {
		0,
		0,
		code == IMAGE_CODE_64 ? 0x00AF9B000000FFFF : 0x00CF9B000000FFFF,
		0x00CF93000000FFFF,
	};

	for (size_t i = 0; i < ARRAY_COUNT(gdt); i++) {
		image_write_le(writer, IMAGE_AT_GDT + 8 * i, gdt[i], 8);
	}
	start->gdt_base = IMAGE_AT_GDT;
	start->gdt_limit = sizeof(gdt) - 1;
}

enum status image_write_refuse(struct image_refusal *refusal)
{
	enum status status = image_refuse(refusal->why, E_NO_MEMORY,
					  "the guest's RAM is not where its memory map says");

	return image_about(refusal, IMAGE_FIELD_MEMORY, status);
}
