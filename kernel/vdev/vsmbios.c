/* SPDX-License-Identifier: Apache-2.0 */
/* vsmbios.c: the SMBIOS tables of one guest. */
#include "kernel/vdev/vsmbios.h"

#include "kernel/lib/string.h"
#include "kernel/vdev/vsmbios_layout.h"

enum {
	ENTRY_64_AT = 0, /* systems look at multiples of 16 */
	ENTRY_32_AT = 0x20,
	TABLE_AT = 0x40,

	MAJOR = 3,
	MINOR = 0,

	HANDLE_ARRAY = 16 << 8,
	HANDLE_NONE = 0xFFFF,      /* no cache is described */
	HANDLE_NO_ERRORS = 0xFFFE, /* nobody tells of memory errors */
	WIDTH_UNKNOWN = 0xFFFF,
};

_Static_assert((int)sizeof(struct smbios_entry_64) <= (int)ENTRY_32_AT, "entry points lie apart");
_Static_assert(ENTRY_32_AT + (int)sizeof(struct smbios_entry_32) <= (int)TABLE_AT,
	       "entry points end before the table");

/* clang-format off */
static const struct smbios_bios bios = {
	SMBIOS_HEADER(struct smbios_bios, 0),
	.vendor = 1, .version = 2, .date = 3,
	.segment = VSMBIOS_BASE >> 4,
	.characteristics = 1 << 3, /* these are not told */
	.extended = { 1 << 0,      /* ACPI */
		      1 << 4 },    /* a virtual machine */
	.releases = { 0xFF, 0xFF, 0xFF, 0xFF }, /* no numbers: the version is a text */
};

static const struct smbios_machine machine = {
	SMBIOS_HEADER(struct smbios_machine, 1),
	.manufacturer = 1, .product = 2, .serial = 3,
	.wake_up = 6, /* power switch */
};

static const struct smbios_processor processor = {
	SMBIOS_HEADER(struct smbios_processor, 4),
	.socket = 1, .manufacturer = 2,
	.type = 3,                  /* central processor */
	.family = 2, .family2 = 2,  /* unknown: CPUID tells */
	.status = 1 << 6 | 1,       /* there, enabled */
	.upgrade = 2,               /* unknown */
	.caches = { HANDLE_NONE, HANDLE_NONE, HANDLE_NONE },
	.characteristics = 1 << 2,  /* 64 bits */
};
enum { PROCESSOR_MULTI_CORE = 1 << 3 };

static const struct smbios_array array = {
	SMBIOS_HEADER(struct smbios_array, 16),
	.location = 3,   /* system board */
	.use = 3,        /* system memory */
	.correction = 2, /* unknown */
	.kib = 0x80000000, /* see bytes */
	.errors = HANDLE_NO_ERRORS,
	.devices = 1,
};

static const struct smbios_device device = {
	SMBIOS_HEADER(struct smbios_device, 17),
	.array = HANDLE_ARRAY,
	.errors = HANDLE_NO_ERRORS,
	.width_total = WIDTH_UNKNOWN, .width = WIDTH_UNKNOWN,
	.size = 0x7FFF, /* see mib */
	.form = 2,      /* unknown */
	.locator = 1,
	.type = 7,      /* RAM */
	.detail = 1 << 2, /* unknown */
};

static const struct smbios_mapped mapped = {
	SMBIOS_HEADER(struct smbios_mapped, 19),
	.array = HANDLE_ARRAY,
	.width = 1,
};

static const struct smbios_boot boot = { .header = SMBIOS_HEADER(struct smbios_boot, 32) }; /* status 0: no errors */

static const struct smbios_header end = SMBIOS_HEADER(struct smbios_header, 127);

static const struct smbios_entry_64 entry_64 = {
	.anchor = { '_', 'S', 'M', '3', '_' },
	.length = sizeof(struct smbios_entry_64),
	.version = { MAJOR, MINOR, 0 },
	.revision = 1,
	.table = VSMBIOS_BASE + TABLE_AT,
};

static const struct smbios_entry_32 entry_32 = {
	.anchor = { '_', 'S', 'M', '_' },
	.length = sizeof(struct smbios_entry_32),
	.version = { MAJOR, MINOR },
	.anchor_table = { '_', 'D', 'M', 'I', '_' },
	.table = VSMBIOS_BASE + TABLE_AT,
	.bcd = MAJOR << 4 | MINOR,
};
/* clang-format on */

/* The year makes Linux trust the tables as those of a machine of today; there is no release to date yet. */
static const char date[] = "01/01/2026";

/* Builds structures in order; past the end nothing is written and @full stays set. */
struct writer {
	uint8_t *bytes;
	size_t size;
	size_t at;
	size_t longest; /* bytes of a structure */
	uint16_t count;
	bool full;
};

static void put_bytes(struct writer *w, const void *from, size_t count)
{
	if (w->full || count > w->size - w->at) {
		w->full = true;
		return;
	}
	memcpy(w->bytes + w->at, from, count);
	w->at += count;
}

/* @strings: up to a NULL. */
static void put_structure(struct writer *w, const void *structure, const char *const *strings)
{
	const struct smbios_header *header = structure;
	size_t start = w->at;

	put_bytes(w, structure, header->length);
	/* The list ends with one NUL more, an empty one is two of them (DSP0134, "Text strings"). */
	if (*strings == NULL) {
		put_bytes(w, "", 1);
	}
	for (; *strings != NULL; strings++) {
		put_bytes(w, *strings, strlen(*strings) + 1);
	}
	put_bytes(w, "", 1);
	w->longest = max_u64(w->longest, w->at - start);
	w->count++;
}

static const char *const no_strings = NULL;

static void put_machine(struct writer *w, const struct vsmbios_setup *setup)
{
	struct smbios_machine is = machine;

	/* Its first three fields are little-endian (DSP0134, "System - UUID"). */
	for (unsigned i = 0; i < VSMBIOS_UUID_BYTES; i++) {
		unsigned from = i < 4 ? 3 - i : i < 8 ? i ^ 1 : i;

		is.uuid[i] = setup->uuid[from];
	}
	put_structure(w, &is, (const char *const[]){ "Muntin", "Guest", setup->name, NULL });
}

static void put_processor(struct writer *w, const struct vsmbios_setup *setup)
{
	struct smbios_processor is = processor;
	uint8_t count = (uint8_t)setup->cpu_count;

	is.id = setup->cpu_id;
	is.speed = setup->cpu_mhz <= UINT16_MAX ? (uint16_t)setup->cpu_mhz : 0;
	is.cores = is.cores_enabled = is.threads = count;
	is.cores2 = is.cores_enabled2 = is.threads2 = count;
	is.characteristics |= count > 1 ? PROCESSOR_MULTI_CORE : 0;
	put_structure(w, &is, (const char *const[]){ "CPU 0", setup->vendor, NULL });
}

static void put_mapped(struct writer *w, const struct vsmbios_ram *ram, uint16_t index)
{
	struct smbios_mapped is = mapped;
	uint64_t last = ram->base + ram->bytes - 1;

	is.header.handle = (uint16_t)(is.header.handle + index);
	/* All ones say that the addresses in bytes hold, which hold in no other case. */
	if (last / KIB < UINT32_MAX) {
		is.first_kib = (uint32_t)(ram->base / KIB);
		is.last_kib = (uint32_t)(last / KIB);
	} else {
		is.first_kib = is.last_kib = UINT32_MAX;
		is.first = ram->base;
		is.last = last;
	}
	put_structure(w, &is, &no_strings);
}

/* All RAM is one module. */
static void put_memory(struct writer *w, const struct vsmbios_setup *setup)
{
	struct smbios_array all = array;
	struct smbios_device one = device;

	for (uint32_t i = 0; i < setup->ram_count; i++) {
		all.bytes += setup->ram[i].bytes;
	}
	/* The fields for much memory hold only when the older ones do not. */
	one.mib = (uint32_t)(all.bytes / MIB);
	if (one.mib < one.size) {
		one.size = (uint16_t)one.mib;
		one.mib = 0;
	}
	if (all.bytes / KIB < all.kib) {
		all.kib = (uint32_t)(all.bytes / KIB);
		all.bytes = 0;
	}
	put_structure(w, &all, &no_strings);
	put_structure(w, &one, (const char *const[]){ "RAM", NULL });
	for (uint32_t i = 0; i < setup->ram_count; i++) {
		put_mapped(w, &setup->ram[i], (uint16_t)i);
	}
}

/* The byte that makes @count bytes add up to 0, if the one it replaces is 0 now. */
static uint8_t checksum(const void *from, size_t count)
{
	const uint8_t *bytes = from;
	uint8_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		sum = (uint8_t)(sum + bytes[i]);
	}
	return (uint8_t)-sum;
}

/* Written last, into the place left for them. */
static void write_entries(const struct writer *w)
{
	struct smbios_entry_64 wide = entry_64;
	struct smbios_entry_32 narrow = entry_32;
	size_t anchor_at = offsetof(struct smbios_entry_32, anchor_table);

	wide.table_bytes = (uint32_t)(w->at - TABLE_AT);
	wide.checksum = checksum(&wide, sizeof(wide));
	memcpy(w->bytes + ENTRY_64_AT, &wide, sizeof(wide));

	narrow.longest = (uint16_t)w->longest;
	narrow.table_bytes = (uint16_t)(w->at - TABLE_AT);
	narrow.count = w->count;
	narrow.checksum_table = checksum(narrow.anchor_table, sizeof(narrow) - anchor_at);
	narrow.checksum = checksum(&narrow, sizeof(narrow));
	memcpy(w->bytes + ENTRY_32_AT, &narrow, sizeof(narrow));
}

enum status vsmbios_build(const struct vsmbios_setup *setup, uint8_t *buffer, size_t size,
			  size_t *used)
{
	struct writer w = {
		buffer, (size_t)min_u64(size, VSMBIOS_BYTES_MAX), TABLE_AT, 0, 0, false
	};

	if (setup->cpu_count == 0 || setup->cpu_count > VSMBIOS_CPUS_MAX) {
		return E_RANGE;
	}
	if (w.size < TABLE_AT) {
		return E_FULL;
	}
	memset(buffer, 0, TABLE_AT);
	put_structure(&w, &bios, (const char *const[]){ "Muntin", setup->version, date, NULL });
	put_machine(&w, setup);
	put_processor(&w, setup);
	put_memory(&w, setup);
	put_structure(&w, &boot, &no_strings);
	put_structure(&w, &end, &no_strings);
	if (w.full) {
		return E_FULL;
	}
	write_entries(&w);
	*used = w.at;
	return OK;
}
