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

static struct {
	struct paging paging;
	uint64_t cr3;
} space;

static void map(uint64_t base, uint64_t bytes, uint32_t flags)
{
	uint64_t start = align_down(base, PAGE_SIZE);
	struct paging_range range = { start, hpa(start), align_up(base + bytes, PAGE_SIZE) - start,
				      flags };
	enum status status = bytes > 0 ? paging_map(&space.paging, &range) : OK;

	if (status != OK) {
		hv_panic(NULL, "cannot map 0x%lx, %lu bytes: %s", base, bytes, status_text(status));
	}
}

static void map_section(const uint8_t *start, const uint8_t *end, uint32_t flags)
{
	map((uint64_t)start, (uint64_t)(end - start), flags);
}

static void map_arena(void)
{
	struct memory_piece piece;

	for (uint32_t i = 0; memory_piece_at(i, &piece); i++) {
		map(piece.base, piece.bytes, PAGING_WRITE);
	}
}

static void map_images(const struct boot_info *info)
{
	for (uint32_t i = 0; i < info->config.guest_count; i++) {
		const struct boot_guest *guest = &info->guests[i];

		map((uint64_t)guest->kernel.bytes, guest->kernel.length, 0);
		map((uint64_t)guest->initrd.bytes, guest->initrd.length, 0);
	}
	for (uint32_t i = 0; i < info->config.image_count; i++) {
		map((uint64_t)info->images[i].bytes, info->images[i].length, 0);
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

	if (paging_init(&space.paging, &setup) != OK) {
		hv_panic(NULL, "no memory for page tables");
	}
	map_section(image_text_start, image_text_end, PAGING_EXEC);
	map_section(image_rodata_start, image_rodata_end, 0);
	map_section(image_data_start, image_data_end, PAGING_WRITE);
	map((uint64_t)info, sizeof(*info), 0);
	map(info->trampoline.value, PAGE_SIZE, PAGING_EXEC);
	if (info->keep.value != 0) {
		/* A reset forgets what the caches hold: each store has to reach the memory itself. */
		map(info->keep.value, KEEP_BYTES, PAGING_WRITE | PAGING_UNCACHED);
	}
	map_arena();
	map_images(info);
	for (uint32_t i = 0; i < info->ioapic_count; i++) {
		map(info->ioapics[i].base.value, PAGE_SIZE, PAGING_WRITE | PAGING_UNCACHED);
	}
	if (info->reset.is_memory) {
		map(info->reset.address, 1, PAGING_WRITE | PAGING_UNCACHED);
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
	cpu->window_table = paging_table(&space.paging, cpu->window_base);
}

static void window_set(uint64_t entry)
{
	struct cpu *cpu = cpu_this();

	cpu->window_table[cpu->index % 512] = entry;
	invlpg(cpu->window_base);
}

void *window_open(hpa_t page)
{
	window_set(page.value | PAGING_ENTRY_PRESENT | PAGING_ENTRY_WRITE | PAGING_ENTRY_ACCESSED |
		   PAGING_ENTRY_DIRTY | PAGING_ENTRY_NX);
	return (void *)cpu_this()->window_base;
}

void window_close(void)
{
	window_set(0);
}

bool window_is(uint64_t virtual)
{
	return virtual - WINDOW_BASE < WINDOW_BYTES;
}
