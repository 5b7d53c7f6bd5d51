/* SPDX-License-Identifier: Apache-2.0 */
/* selftest.c: walks the live page tables, EPTs and bitmaps. */
#include "kernel/selftest.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"
#include "arch/cpu/regs.h"
#include "arch/vmx/ept.h"
#include "arch/vmx/trapmap.h"
#include "kernel/address_space.h"
#include "kernel/lib/format.h"
#include "kernel/lib/keep.h"
#include "kernel/memory.h"
#include "kernel/msr_policy.h"
#include "kernel/partition.h"
#include "kernel/processors.h"

enum { LINE_BYTES = 160 };

/* One check while it runs: what it looked at, and the first thing that was wrong. */
struct check {
	const struct partition *partition; /* whose EPT is walked */
	uint64_t seen;
	uint64_t wrong;
	uint64_t first;
};

static const struct boot_info *boot;

void selftest_init(const struct boot_info *info)
{
	boot = info;
}

static void fail(struct check *check, uint64_t address)
{
	if (check->wrong++ == 0) {
		check->first = address;
	}
}

static bool overlaps(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

static const struct plan_ram *guest_ram_at(hpa_t base, uint64_t bytes,
					   const struct partition *except)
{
	for (uint32_t g = 0; g < partition_count(); g++) {
		const struct partition *partition = partition_at(g);

		for (uint32_t i = 0; i < partition->plan->ram_count && partition != except; i++) {
			const struct plan_ram *ram = &partition->plan->ram[i];

			if (overlaps(base.value, bytes, ram->hpa.value, ram->bytes)) {
				return ram;
			}
		}
	}
	return NULL;
}

static void leaf_is_not_writable_code(void *context, const struct paging_entry *entry)
{
	struct check *check = context;
	uint32_t both = PAGING_WRITE | PAGING_EXEC;

	check->seen++;
	if ((entry->flags & both) == both) {
		fail(check, entry->virtual);
	}
}

static void leaf_is_no_guest_ram(void *context, const struct paging_entry *entry)
{
	struct check *check = context;

	check->seen++;
	if (guest_ram_at(entry->hpa, entry->bytes, NULL) != NULL) {
		fail(check, entry->virtual);
	}
}

static void walk_paging(struct check *check, paging_leaf_fn leaf)
{
	paging_walk(address_space_paging(), leaf, check);
}

static void no_page_is_writable_and_executable(struct check *check)
{
	walk_paging(check, leaf_is_not_writable_code);
}

static void guest_ram_is_not_mapped(struct check *check)
{
	walk_paging(check, leaf_is_no_guest_ram);
}

static void must_not_be_mapped(struct check *check, uint64_t virtual)
{
	struct paging_entry entry;

	check->seen++;
	if (paging_lookup(address_space_paging(), virtual, &entry)) {
		fail(check, virtual);
	}
}

static void null_page_and_guards_are_unmapped(struct check *check)
{
	must_not_be_mapped(check, 0);
	for (uint32_t i = 0; i < processor_count(); i++) {
		struct cpu_stacks stacks = memory_stacks(i);

		must_not_be_mapped(check, stacks.main - (MEMORY_MAIN_STACK_PAGES + 1) * PAGE_SIZE);
		must_not_be_mapped(check, stacks.nmi - (MEMORY_NMI_STACK_PAGES + 1) * PAGE_SIZE);
		must_not_be_mapped(check, stacks.df - (MEMORY_DF_STACK_PAGES + 1) * PAGE_SIZE);
		must_not_be_mapped(check, stacks.mc - (MEMORY_MC_STACK_PAGES + 1) * PAGE_SIZE);
	}
}

static void windows_are_closed(struct check *check)
{
	for (uint32_t i = 0; i < processor_count(); i++) {
		const struct cpu *cpu = processor(i);

		/* A guest's processor may be using its window at this very moment; this one's is closed. */
		if (cpu == cpu_this()) {
			must_not_be_mapped(check, cpu->window_base);
		}
	}
}

static void every_stack_is_separate(struct check *check)
{
	for (uint32_t i = 0; i < processor_count(); i++) {
		const struct cpu *cpu = processor(i);
		const uint64_t tops[] = { cpu->stacks.main, cpu->tss.ist[IST_NMI - 1],
					  cpu->tss.ist[IST_DF - 1], cpu->tss.ist[IST_MC - 1] };

		/* Only started processors have a task-state segment. */
		for (uint32_t a = 0; a < ARRAY_COUNT(tops) && cpu->online != 0; a++) {
			check->seen++;
			for (uint32_t b = 0; b < a; b++) {
				if (tops[a] == tops[b] || tops[a] == 0) {
					fail(check, tops[a]);
				}
			}
		}
	}
}

static void the_walls_of_this_processor_are_up(struct check *check)
{
	uint64_t cr4 = read_cr4();

	check->seen = 3;
	if ((cr4 & cpu_walls()) != cpu_walls()) {
		fail(check, cr4);
	}
	if ((read_cr0() & CR0_WP) == 0) {
		fail(check, read_cr0());
	}
	if ((rdmsr(MSR_IA32_EFER) & EFER_NXE) == 0) {
		fail(check, rdmsr(MSR_IA32_EFER));
	}
}

/* The plan's own RAM, at the place the plan says, and nothing else: no page of ours, of a neighbour, of an APIC. */
static void leaf_is_own_ram(void *context, const struct ept_entry *entry)
{
	struct check *check = context;
	const struct plan_guest *plan = check->partition->plan;

	check->seen++;
	for (uint32_t i = 0; i < plan->ram_count; i++) {
		uint64_t offset = entry->gpa.value - plan->ram[i].gpa.value;

		if (offset < plan->ram[i].bytes && entry->bytes <= plan->ram[i].bytes - offset &&
		    entry->hpa.value == plan->ram[i].hpa.value + offset &&
		    guest_ram_at(entry->hpa, entry->bytes, check->partition) == NULL) {
			return;
		}
	}
	fail(check, entry->gpa.value);
}

static void epts_map_what_the_plan_says(struct check *check)
{
	for (uint32_t i = 0; i < partition_count(); i++) {
		check->partition = partition_at(i);
		ept_walk(&check->partition->ept, leaf_is_own_ram, check);
	}
}

static void is_not_ours(struct check *check, uint64_t base, uint64_t bytes)
{
	check->seen++;
	if (guest_ram_at(hpa(base), bytes, NULL) != NULL) {
		fail(check, base);
	}
}

static void guests_own_nothing_of_muntin(struct check *check)
{
	is_not_ours(check, boot->image.value, boot->image_bytes);
	is_not_ours(check, boot->plan.arena.value, boot->plan.arena_bytes);
	is_not_ours(check, (uint64_t)boot, sizeof(*boot));
	is_not_ours(check, boot->trampoline.value, PAGE_SIZE);
	is_not_ours(check, boot->keep.value, boot->keep.value != 0 ? KEEP_BYTES : 0);
	is_not_ours(check, APIC_BASE_ADDRESS, PAGE_SIZE);
	for (uint32_t i = 0; i < boot->ioapic_count; i++) {
		is_not_ours(check, boot->ioapics[i].base.value, PAGE_SIZE);
	}
	for (uint32_t i = 0; i < boot->config.guest_count; i++) {
		is_not_ours(check, (uint64_t)boot->guests[i].kernel.bytes,
			    boot->guests[i].kernel.length);
		is_not_ours(check, (uint64_t)boot->guests[i].initrd.bytes,
			    boot->guests[i].initrd.length);
	}
	for (uint32_t i = 0; i < boot->config.image_count; i++) {
		is_not_ours(check, (uint64_t)boot->images[i].bytes, boot->images[i].length);
	}
}

static void compare_msr(struct check *check, uint32_t msr)
{
	const void *bitmap = check->partition->msr_bitmap;

	check->seen += 2;
	if (trapmap_reads_pass(bitmap, msr) != msr_policy_passes(msr, false) ||
	    trapmap_writes_pass(bitmap, msr) != msr_policy_passes(msr, true)) {
		fail(check, msr);
	}
}

static void msr_bitmaps_equal_the_policy(struct check *check)
{
	for (uint32_t i = 0; i < partition_count(); i++) {
		check->partition = partition_at(i);
		for (uint32_t msr = 0; msr < TRAPMAP_HALF_MSRS; msr++) {
			compare_msr(check, msr);
			compare_msr(check, TRAPMAP_HIGH_FIRST + msr);
		}
	}
}

static void every_port_exits(struct check *check)
{
	const uint8_t *bitmaps = partitions_io_bitmaps();

	for (uint32_t i = 0; i < TRAPMAP_IO_BYTES; i++) {
		check->seen += 8;
		if (bitmaps[i] != 0xFF) {
			fail(check, i * 8);
		}
	}
}

static void nothing_is_allocated_any_more(struct check *check)
{
	check->seen++;
	if (!memory_sealed()) {
		fail(check, 0);
	}
}

struct row {
	const char *name;
	void (*run)(struct check *check);
};

static const struct row rows[] = {
	{ "no page of the hypervisor is both writable and executable",
	  no_page_is_writable_and_executable },
	{ "guest RAM is not mapped in the hypervisor", guest_ram_is_not_mapped },
	{ "the null page and the stack guards are unmapped", null_page_and_guards_are_unmapped },
	{ "the window of this processor is closed", windows_are_closed },
	{ "NMI, #DF and #MC have stacks of their own", every_stack_is_separate },
	{ "SMEP, SMAP, WP and NX are on", the_walls_of_this_processor_are_up },
	{ "EPTs map the RAM the plan gave, once, and nothing else", epts_map_what_the_plan_says },
	{ "no guest owns a page of Muntin, of an APIC or of an image",
	  guests_own_nothing_of_muntin },
	{ "MSR bitmaps are what the policy says", msr_bitmaps_equal_the_policy },
	{ "every port exits", every_port_exits },
	{ "the arena is sealed", nothing_is_allocated_any_more },
};

uint32_t selftest_run(void (*say)(const char *line))
{
	uint32_t failed = 0;

	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct check check = { NULL, 0, 0, 0 };
		char line[LINE_BYTES];

		rows[i].run(&check);
		/* A check that looked at nothing has shown nothing. */
		bool bad = check.wrong > 0 || check.seen == 0;
		failed += bad ? 1 : 0;
		if (bad) {
			format(line, sizeof(line), "FAILED  %s: %lu of %lu, first at 0x%lx",
			       rows[i].name, check.wrong, check.seen, check.first);
		} else {
			format(line, sizeof(line), "ok      %s (%lu looked at)", rows[i].name,
			       check.seen);
		}
		say(line);
	}
	return failed;
}
