/* SPDX-License-Identifier: Apache-2.0 */
/* selftest.c: walks the live page tables, EPTs and bitmaps. */
#include "kernel/selftest.h"

#include "arch/cpu/exception.h"
#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"
#include "arch/cpu/regs.h"
#include "arch/vmx/ept.h"
#include "arch/vmx/trapmap.h"
#include "arch/vmx/vmcs.h"
#include "drivers/ioapic.h"
#include "kernel/address_space.h"
#include "kernel/inspect.h"
#include "kernel/memory.h"
#include "kernel/msr_policy.h"
#include "kernel/partition.h"
#include "kernel/processors.h"

/* MSRs compared in one step. */
enum { MSRS_A_STEP = 1024 };

/* A walk over page tables, and what it is for. */
struct walk {
	struct selftest *test;
	const struct partition *partition; /* whose EPT it is */
	uint64_t bytes;
};

static void look(struct selftest *test, bool good, uint64_t address)
{
	test->seen++;
	if (!good && test->wrong++ == 0) {
		test->first = address;
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
	uint32_t both = PAGING_WRITE | PAGING_EXEC;

	look(context, (entry->flags & both) != both, entry->virtual);
}

/* A processor that loads its guest, or decodes an instruction of it, has its window open: that is no mapping of ours. */
static void leaf_is_no_guest_ram(void *context, const struct paging_entry *entry)
{
	look(context,
	     window_is(entry->virtual) || guest_ram_at(entry->hpa, entry->bytes, NULL) == NULL,
	     entry->virtual);
}

static bool no_page_is_writable_and_executable(struct selftest *test)
{
	paging_walk(address_space_paging(), leaf_is_not_writable_code, test);
	return true;
}

static bool guest_ram_is_not_mapped(struct selftest *test)
{
	paging_walk(address_space_paging(), leaf_is_no_guest_ram, test);
	return true;
}

static void must_not_be_mapped(struct selftest *test, uint64_t virtual)
{
	struct paging_entry entry;

	look(test, !paging_lookup(address_space_paging(), virtual, &entry), virtual);
}

/* The page below a stack is its guard. */
static bool null_page_and_guards_are_unmapped(struct selftest *test)
{
	struct memory_piece piece;

	must_not_be_mapped(test, 0);
	for (uint32_t i = 0; memory_piece_at(i, &piece); i++) {
		if (piece.stack != NULL) {
			must_not_be_mapped(test, piece.base - PAGE_SIZE);
		}
	}
	return true;
}

static bool stacks_are_whole(struct selftest *test)
{
	struct memory_piece piece;

	for (uint32_t i = 0; memory_piece_at(i, &piece); i++) {
		if (piece.stack != NULL) {
			look(test, memory_stack_whole(&piece), piece.base);
		}
	}
	return true;
}

/* A guest's processor may be using its window at this very moment; this one's is closed. */
static bool this_window_is_closed(struct selftest *test)
{
	must_not_be_mapped(test, cpu_this()->window_base);
	return true;
}

/* Only started processors have a task-state segment. */
static bool every_stack_is_separate(struct selftest *test)
{
	for (uint32_t i = 0; i < processor_count(); i++) {
		const struct cpu *cpu = processor(i);
		const uint64_t tops[] = { cpu->stacks.main, cpu->tss.ist[IST_NMI - 1],
					  cpu->tss.ist[IST_DF - 1], cpu->tss.ist[IST_MC - 1] };

		for (uint32_t a = 0; a < ARRAY_COUNT(tops) && cpu->online != 0; a++) {
			bool separate = tops[a] != 0;

			for (uint32_t b = 0; b < a; b++) {
				separate &= tops[a] != tops[b];
			}
			look(test, separate, tops[a]);
		}
	}
	return true;
}

static bool the_walls_of_this_processor_are_up(struct selftest *test)
{
	uint64_t cr4 = read_cr4();
	uint64_t cr0 = read_cr0();
	uint64_t efer = rdmsr(MSR_IA32_EFER);

	look(test, (cr4 & cpu_walls()) == cpu_walls(), cr4);
	look(test, (cr0 & CR0_WP) != 0, cr0);
	look(test, (efer & EFER_NXE) != 0, efer);
	return true;
}

static bool is_own_ram(const struct partition *partition, const struct ept_entry *entry)
{
	const struct plan_guest *plan = partition->plan;

	for (uint32_t i = 0; i < plan->ram_count; i++) {
		uint64_t offset = entry->gpa.value - plan->ram[i].gpa.value;

		if (offset < plan->ram[i].bytes && entry->bytes <= plan->ram[i].bytes - offset &&
		    entry->hpa.value == plan->ram[i].hpa.value + offset) {
			return guest_ram_at(entry->hpa, entry->bytes, partition) == NULL;
		}
	}
	return false;
}

/* The firmware it was started with, at the place where that ends at 4 GiB, and not writable. */
static bool is_own_rom(const struct partition *partition, const struct ept_entry *entry)
{
	const struct guest_rom *rom = &partition->memory.rom;
	uint64_t offset = entry->gpa.value - (4 * GIB - rom->bytes);

	return offset < rom->bytes && entry->bytes <= rom->bytes - offset &&
	       entry->hpa.value == rom->base.value + offset && (entry->access & EPT_WRITE) == 0;
}

/* It is a file that Muntin keeps for this guest, all of it. */
static bool rom_is_an_image(const struct partition *partition)
{
	const struct image_file *kernel = &partition_launch_current(partition)->images.kernel;
	const struct guest_rom *rom = &partition->memory.rom;

	return rom->bytes == 0 ||
	       (rom->base.value == (uint64_t)kernel->bytes && rom->bytes == kernel->length);
}

/* The plan's own RAM, at the place the plan says, and its firmware, and nothing else: no page of ours, of a neighbour, of an APIC. */
static void leaf_is_own_ram(void *context, const struct ept_entry *entry)
{
	struct walk *walk = context;

	walk->bytes += entry->bytes;
	look(walk->test, is_own_ram(walk->partition, entry) || is_own_rom(walk->partition, entry),
	     entry->gpa.value);
}

/* A guest a step. */
static bool epts_map_what_the_plan_says(struct selftest *test)
{
	struct walk walk = { test, partition_at((uint32_t)test->part), 0 };

	ept_walk(&walk.partition->ept, leaf_is_own_ram, &walk);
	look(test,
	     walk.bytes ==
		     partition_memory_bytes(walk.partition) + walk.partition->memory.rom.bytes,
	     walk.bytes);
	look(test, rom_is_an_image(walk.partition), walk.partition->memory.rom.base.value);
	return ++test->part == partition_count();
}

static bool guests_own_nothing_of_muntin(struct selftest *test)
{
	struct address_space_range range;

	for (uint32_t i = 0; address_space_range(i, &range); i++) {
		look(test,
		     range.bytes == 0 || guest_ram_at(hpa(range.base), range.bytes, NULL) == NULL,
		     range.base);
	}
	look(test, guest_ram_at(hpa(APIC_BASE_ADDRESS), PAGE_SIZE, NULL) == NULL,
	     APIC_BASE_ADDRESS);
	return true;
}

static bool processors_have_one_owner(struct selftest *test)
{
	for (uint32_t g = 0; g < partition_count(); g++) {
		const struct partition *partition = partition_at(g);

		for (uint32_t i = 0; i < partition->vcpu_count; i++) {
			const struct vcpu *vcpu = partition->vcpus[i];
			uint32_t cpu = partition->plan->cpus[i];

			look(test,
			     vcpu->partition == partition && vcpu->cpu == processor(cpu) &&
				     processor(cpu)->vcpu == vcpu,
			     cpu);
		}
	}
	return true;
}

/* What a guest in steady state does, or hears of, without an exit; bits off in every VMCS. */
static bool steady_state_is_not_trapped(struct selftest *test)
{
	static const uint32_t off[CONTROLS_COUNT] = {
		[CONTROLS_PIN] = PIN_EXTERNAL_INTERRUPTS,
		[CONTROLS_PROC] = PROC_HLT_EXITING | PROC_INVLPG_EXITING | PROC_RDTSC_EXITING |
				  PROC_CR3_LOAD_EXITING | PROC_CR3_STORE_EXITING |
				  PROC_CR8_LOAD_EXITING | PROC_CR8_STORE_EXITING | PROC_DR_EXITING |
				  PROC_PAUSE_EXITING,
	};

	for (uint32_t g = 0; g < partition_count(); g++) {
		const struct partition *partition = partition_at(g);

		for (uint32_t i = 0; i < partition->vcpu_count; i++) {
			const uint32_t *word = partition->vcpus[i]->controls.word;

			look(test, (word[CONTROLS_PIN] & off[CONTROLS_PIN]) == 0,
			     word[CONTROLS_PIN]);
			look(test, (word[CONTROLS_PROC] & off[CONTROLS_PROC]) == 0,
			     word[CONTROLS_PROC]);
		}
	}
	return true;
}

static void compare_msr(struct selftest *test, const struct partition *partition, uint32_t msr)
{
	for (enum msr_view i = 0; i < MSR_VIEWS; i++) {
		const void *bitmap = partition->msr_bitmaps[i];

		look(test, trapmap_reads_pass(bitmap, msr) == msr_policy_passes(msr, false, i),
		     msr);
		look(test, trapmap_writes_pass(bitmap, msr) == msr_policy_passes(msr, true, i),
		     msr);
	}
}

/* Some of one guest's a step. */
static bool msr_bitmaps_equal_the_policy(struct selftest *test)
{
	uint32_t steps = TRAPMAP_HALF_MSRS / MSRS_A_STEP;
	const struct partition *partition = partition_at((uint32_t)test->part / steps);
	uint32_t from = (uint32_t)test->part % steps * MSRS_A_STEP;

	for (uint32_t msr = from; msr < from + MSRS_A_STEP; msr++) {
		compare_msr(test, partition, msr);
		compare_msr(test, partition, TRAPMAP_HIGH_FIRST + msr);
	}
	return ++test->part == steps * partition_count();
}

static bool every_port_exits(struct selftest *test)
{
	const uint8_t *bitmaps = partitions_io_bitmaps();

	for (uint32_t i = 0; i < TRAPMAP_IO_BYTES; i++) {
		look(test, bitmaps[i] == 0xFF, i * 8);
	}
	return true;
}

/* An I/O APIC a step: its registers are slow. */
static bool interrupts_reach_the_monitor_alone(struct selftest *test)
{
	const struct boot_info *boot = inspect_boot();
	const struct boot_ioapic *ioapic = &boot->ioapics[test->part];
	uint32_t pins = test->part < boot->ioapic_count ? ioapic_pins(ioapic->base) : 0;

	for (uint32_t pin = 0; pin < pins; pin++) {
		struct ioapic_entry entry = ioapic_read(ioapic->base, pin);

		look(test, entry.masked || entry.vector == VECTOR_MONITOR_UART,
		     ioapic->gsi_base + pin);
	}
	if (++test->part < boot->ioapic_count) {
		return false;
	}
	/* Both 8259s. */
	look(test, in8(0x21) == 0xFF && in8(0xA1) == 0xFF, 0x21);
	return true;
}

static bool nothing_is_allocated_any_more(struct selftest *test)
{
	look(test, memory_sealed(), 0);
	return true;
}

struct row {
	uint32_t promise;
	bool (*step)(struct selftest *test);
	const char *name;
};

static const struct row rows[] = {
	{ 3, steady_state_is_not_trapped, "no control makes a guest in steady state exit" },
	{ 4, no_page_is_writable_and_executable,
	  "no page of Muntin is both writable and executable" },
	{ 4, guest_ram_is_not_mapped, "guest RAM is not mapped in Muntin" },
	{ 4, null_page_and_guards_are_unmapped, "the null page and the stack guards are unmapped" },
	{ 4, stacks_are_whole, "the canaries at the ends of the stacks are whole" },
	{ 4, this_window_is_closed, "the window of this processor is closed" },
	{ 4, every_stack_is_separate, "NMI, #DF and #MC have stacks of their own" },
	{ 4, the_walls_of_this_processor_are_up, "SMEP, SMAP, WP and NX are on" },
	{ 4, processors_have_one_owner, "each processor has the one owner the plan names" },
	{ 4, nothing_is_allocated_any_more, "the arena is sealed" },
	{ 7, epts_map_what_the_plan_says, "EPTs map RAM once, firmware read-only, nothing else" },
	{ 7, guests_own_nothing_of_muntin, "no guest owns a page of Muntin, an APIC or an image" },
	{ 7, msr_bitmaps_equal_the_policy, "MSR bitmaps are what the policy says" },
	{ 7, every_port_exits, "every port exits" },
	{ 7, interrupts_reach_the_monitor_alone,
	  "the machine's interrupts reach the monitor alone" },
};

uint32_t selftest_count(void)
{
	return ARRAY_COUNT(rows);
}

bool selftest_step(struct selftest *test)
{
	return rows[test->row].step(test);
}

const char *selftest_name(uint64_t row)
{
	return rows[row].name;
}

uint32_t selftest_promise(uint64_t row)
{
	return rows[row].promise;
}

bool selftest_holds(const struct selftest *test)
{
	/* A check that looked at nothing has shown nothing. */
	return test->wrong == 0 && test->seen > 0;
}
