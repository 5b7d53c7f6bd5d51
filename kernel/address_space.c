/* SPDX-License-Identifier: Apache-2.0 */
/* address_space.c: the hypervisor's own address space. */
#include "kernel/address_space.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"
#include "arch/cpu/regs.h"
#include "kernel/lib/keep.h"
#include "kernel/memory.h"

/* Far above any memory that is mapped 1:1, in the half that user space would have. */
#define WINDOW_BASE  ((uint64_t)0x0000700000000000)
#define WINDOW_BYTES ((uint64_t)MACHINE_CPUS_MAX * PAGE_SIZE)

#define CPUID_EXT1_EDX_1G ((uint32_t)1 << 26)

/* linker.ld */
extern const uint8_t image_text_start[], image_text_end[];
extern const uint8_t image_rodata_start[], image_rodata_end[];
extern const uint8_t image_data_start[], image_data_end[];

enum { FIXED_RANGES = 8 };

static struct {
	const struct boot_info *info;
	struct paging paging;
	uint64_t cr3;
} space;

static struct address_space_range section(const char *what, const uint8_t *start,
					  const uint8_t *end, uint32_t flags)
{
	return (struct address_space_range){
		what, NULL, -1, (uint64_t)start, (uint64_t)(end - start), flags
	};
}

/* What every machine has once. */
static struct address_space_range fixed_range(uint32_t index)
{
	const struct boot_info *info = space.info;
	const struct address_space_range ranges[] = {
		section("image code", image_text_start, image_text_end, PAGING_EXEC),
		section("image constants", image_rodata_start, image_rodata_end, 0),
		section("image data", image_data_start, image_data_end, PAGING_WRITE),
		{ "boot info", NULL, -1, (uint64_t)info, sizeof(*info), 0 },
		{ "config file", NULL, -1, (uint64_t)info->config_text.bytes,
		  info->config_text.length, 0 },
		{ "trampoline", NULL, -1, info->trampoline.value, PAGE_SIZE, PAGING_EXEC },
		/* A reset forgets what the caches hold: each store has to reach the memory itself. */
		{ "kept log", NULL, -1, info->keep.value, info->keep.value != 0 ? KEEP_BYTES : 0,
		  PAGING_WRITE | PAGING_UNCACHED },
		{ "reset register", NULL, -1, info->reset.address, info->reset.is_memory ? 1 : 0,
		  PAGING_WRITE | PAGING_UNCACHED },
	};

	_Static_assert(ARRAY_COUNT(ranges) == FIXED_RANGES, "counted");
	return ranges[index];
}

/* A kernel, an initrd, modules: so many are looked at for each guest. */
enum { GUEST_IMAGES = 2 + CONFIG_MODULES_MAX };

static struct address_space_range image_range(uint32_t index)
{
	const struct boot_info *info = space.info;
	const struct boot_guest *guest = &info->guests[index / GUEST_IMAGES];
	uint32_t part = index % GUEST_IMAGES;
	const struct image_file *file =
		part == 0 ? &guest->kernel
			  : (part == 1 ? &guest->initrd
				       : &info->modules[index / GUEST_IMAGES][part - 2].file);

	return (struct address_space_range){
		part == 0 ? "kernel image" : (part == 1 ? "initrd image" : "module image"),
		info->config.guests[index / GUEST_IMAGES].name,
		-1,
		(uint64_t)file->bytes,
		file->length,
		0
	};
}

static struct address_space_range other_image_range(uint32_t index)
{
	const struct image_file *file = &space.info->images[index];

	return (struct address_space_range){ "image file",          NULL,         -1,
					     (uint64_t)file->bytes, file->length, 0 };
}

static bool arena_range(uint32_t index, struct address_space_range *range)
{
	struct memory_piece piece;
	bool there = memory_piece_at(index, &piece);

	*range = (struct address_space_range){ piece.stack != NULL ? piece.stack : "arena",
					       NULL,
					       piece.stack != NULL ? (int32_t)piece.cpu : -1,
					       piece.base,
					       piece.bytes,
					       PAGING_WRITE };
	return there;
}

bool address_space_range(uint32_t index, struct address_space_range *range)
{
	const struct boot_info *info = space.info;
	uint32_t images = FIXED_RANGES + info->ioapic_count;
	uint32_t others = images + GUEST_IMAGES * info->config.guest_count;
	uint32_t arena = others + info->config.image_count;

	if (index < FIXED_RANGES) {
		*range = fixed_range(index);
	} else if (index < images) {
		*range = (struct address_space_range){
			"I/O APIC", NULL,
			-1,         info->ioapics[index - FIXED_RANGES].base.value,
			PAGE_SIZE,  PAGING_WRITE | PAGING_UNCACHED
		};
	} else if (index < others) {
		*range = image_range(index - images);
	} else if (index < arena) {
		*range = other_image_range(index - others);
	} else {
		return arena_range(index - arena, range);
	}
	return true;
}

uint32_t address_space_ranges(void)
{
	return FIXED_RANGES + space.info->ioapic_count +
	       GUEST_IMAGES * space.info->config.guest_count + space.info->config.image_count +
	       memory_piece_count();
}

static void map(const struct address_space_range *what)
{
	uint64_t start = align_down(what->base, PAGE_SIZE);
	uint64_t end = align_up(what->base + what->bytes, PAGE_SIZE);
	struct paging_range range = { start, hpa(start), end - start, what->flags };
	enum status status = what->bytes > 0 ? paging_map(&space.paging, &range) : OK;

	if (status != OK) {
		hv_panic(NULL, "cannot map %s at 0x%lx, %lu bytes: %s", what->what, what->base,
			 what->bytes, status_text(status));
	}
}

/* Firmware may have left five levels on; a top level with one entry makes our four fit under it. */
static uint64_t top_table(uint64_t root)
{
	if ((read_cr4() & CR4_LA57) == 0) {
		return root;
	}
	uint64_t *top = memory_pages(1);
	top[0] = root | PAGING_ENTRY_PRESENT | PAGING_ENTRY_WRITE;
	return (uint64_t)top;
}

void address_space_build(const struct boot_info *info)
{
	bool has_1g = (cpuid(0x80000001, 0).edx & CPUID_EXT1_EDX_1G) != 0;
	struct paging_setup setup = { memory_source(), has_1g };
	struct address_space_range range;

	space.info = info;
	if (paging_init(&space.paging, &setup) != OK) {
		hv_panic(NULL, "no memory for page tables");
	}
	for (uint32_t i = 0; address_space_range(i, &range); i++) {
		map(&range);
	}
	for (uint32_t i = 0; i < info->machine.cpu_count; i += 512) {
		/* Made now: nothing is allocated when a window is opened. */
		if (paging_table(&space.paging, WINDOW_BASE + i * PAGE_SIZE) == NULL) {
			hv_panic(NULL, "no memory for the windows");
		}
	}
	space.cr3 = top_table(paging_root(&space.paging));
}

void address_space_load(void)
{
	wrmsr(MSR_IA32_EFER, rdmsr(MSR_IA32_EFER) | EFER_NXE);
	write_cr3(space.cr3);
}

uint64_t address_space_cr3(void)
{
	return space.cr3;
}

const struct paging *address_space_paging(void)
{
	return &space.paging;
}

void address_space_attach_window(struct cpu *cpu)
{
	cpu->window_base = WINDOW_BASE + cpu->index * PAGE_SIZE;
	cpu->window_entry = &paging_table(&space.paging, cpu->window_base)[cpu->index % 512];
}

static inline void *window_set(uint64_t entry)
{
	struct cpu *cpu = cpu_this();

	*cpu->window_entry = entry;
	invlpg(cpu->window_base);
	return (void *)cpu->window_base;
}

void *window_open(hpa_t page)
{
	return window_set(page.value | PAGING_ENTRY_PRESENT | PAGING_ENTRY_WRITE |
			  PAGING_ENTRY_ACCESSED | PAGING_ENTRY_DIRTY | PAGING_ENTRY_NX);
}

void window_close(void)
{
	window_set(0);
}

bool window_is(uint64_t virtual)
{
	return virtual - WINDOW_BASE < WINDOW_BYTES;
}
