/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_room.h: what placing a guest's images is made of: its RAM as a memory map, places in it,
 * refusals.
 *
 * Only kernel/image*.c includes this.
 */
#pragma once

#include "kernel/image.h"
#include "kernel/lib/types.h"

/*
 * Where boot structures lie, one behind the other. Low, because the Linux command line must end
 * below 0xA0000, and out of page 0, where PC software looks for a BIOS data area. A guest may
 * reuse all of it: its memory map calls it RAM. See image_room.c for the checks of this table.
 */
/* clang-format off */
enum {
	IMAGE_AT_GDT        = 0x1000,                       /* four descriptors */
	IMAGE_AT_INFO       = IMAGE_AT_GDT + 0x1000,        /* boot_params or Multiboot information */
	IMAGE_AT_CMDLINE    = IMAGE_AT_INFO + 0x1000,       /* with its NUL */
	IMAGE_AT_STRINGS    = IMAGE_AT_CMDLINE + 0x1000,    /* of modules, each with its NUL */
	IMAGE_AT_STACK      = IMAGE_AT_STRINGS + 0x1000,    /* grows down from IMAGE_AT_TABLES */
	IMAGE_AT_TABLES     = IMAGE_AT_STACK + 0x1000,      /* PML4, PDPT, four page directories */
	IMAGE_AT_END        = IMAGE_AT_TABLES + 0x6000,
	IMAGE_CMDLINE_BYTES = IMAGE_AT_STRINGS - IMAGE_AT_CMDLINE,
	IMAGE_STRINGS_BYTES = IMAGE_AT_STACK - IMAGE_AT_STRINGS,
};
/* clang-format on */

/* A PC's RAM is interrupted here: video memory and ROMs, and our ACPI and SMBIOS tables. */
#define IMAGE_GAP_START ((uint64_t)0xA0000)
#define IMAGE_GAP_END   ((uint64_t)0x100000)

/* What four levels of paging can map 1:1: the lower half of 48 bits. No guest has more. */
#define IMAGE_ADDRESS_LIMIT ((uint64_t)1 << 47)

enum { IMAGE_MAP_MAX = 24 };

/**
 * enum image_map_type - the numbers both boot protocols use for it.
 * Source: ACPI Specification, "INT 15H, E820H - Query System Address Map"; Multiboot Specification
 * version 0.6.96, "Boot information format".
 */
enum image_map_type { IMAGE_MAP_RAM = 1, IMAGE_MAP_RESERVED = 2 };

/** struct image_map_entry - one range of the memory map a guest is told. */
struct image_map_entry {
	uint64_t base;
	uint64_t bytes;
	uint32_t type;
};

/** struct image_room - the memory map a guest is told: sorted, adjacent RAM joined. */
struct image_room {
	uint32_t count;
	struct image_map_entry map[IMAGE_MAP_MAX];
};

/** struct image_place - what is looked for in the room. */
struct image_place {
	uint64_t bytes;
	uint64_t align;     /* a power of two, 4 GiB at most */
	uint64_t floor;     /* the lowest address allowed */
	uint64_t limit;     /* the first byte that may not be used, IMAGE_ADDRESS_LIMIT at most */
	uint64_t taken;     /* first byte of a range that is in use, */
	uint64_t taken_end; /* and the byte behind it */
};

/**
 * image_room_make() - the memory map for a guest.
 * @request: its RAM and where its ACPI tables are
 * @room:    filled in
 * @why:     in words what is wrong
 *
 * Return: OK, E_INVALID (RAM not sorted or in too many pieces, ACPI tables outside the gap),
 * E_NO_MEMORY (less than 2 MiB from address 0).
 */
enum status image_room_make(const struct image_request *request, struct image_room *room,
			    char *why);

/** image_room_holds() - whether all of [@base, @base + @bytes) is RAM in one piece. */
bool image_room_holds(const struct image_room *room, uint64_t base, uint64_t bytes);

/**
 * image_room_lowest() - the lowest place for @want, whose taken range is ignored; false when there
 * is none.
 */
bool image_room_lowest(const struct image_room *room, const struct image_place *want, uint64_t *at);

/**
 * image_room_highest() - the highest place for @want that does not touch its taken range; false
 * when none.
 */
bool image_room_highest(const struct image_room *room, const struct image_place *want,
			uint64_t *at);

/** image_room_upper_kib() - RAM from 1 MiB up to the first hole, in KiB, 32 bits at most. */
uint64_t image_room_upper_kib(const struct image_room *room);

/** image_ram_mib() - all RAM of a guest in MiB, for messages. */
uint64_t image_ram_mib(const struct image_request *request);

/**
 * image_memory_mib() - the `memory =` a guest needs for something that ends at @end, in MiB, for
 * messages.
 */
uint64_t image_memory_mib(uint64_t end);

/** image_refuse() - put words into @why (IMAGE_WHY_BYTES) and return @status. */
enum status image_refuse(char *why, enum status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * image_about() - note which setting a refusal is about.
 * @refusal: its field is set when @status is not OK
 * @field:   what was looked at; E_NO_MEMORY is about the guest's memory whatever that was
 *
 * Return: @status.
 */
enum status image_about(struct image_refusal *refusal, enum image_field field, enum status status);

/** image_is_bzimage() - whether a file has the mark of a Linux kernel. */
bool image_is_bzimage(struct image_file kernel);

/** image_is_multiboot() - whether a file has a Multiboot 1 header. */
bool image_is_multiboot(struct image_file kernel);
