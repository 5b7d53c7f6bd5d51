/* SPDX-License-Identifier: Apache-2.0 */
/* partition_create.c: what a partition is made of, once, before the arena is sealed. */
#include "kernel/partition.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/regs.h"
#include "arch/vmx/trapmap.h"
#include "arch/vmx/vmcs_setup.h"
#include "kernel/address_space.h"
#include "kernel/clock.h"
#include "kernel/host_mtrr.h"
#include "kernel/housekeeper.h"
#include "kernel/lib/log.h"
#include "kernel/memory.h"
#include "kernel/msr_policy.h"
#include "kernel/processors.h"

struct partitions partitions;

static struct {
	uint32_t vcpu_count; /* of all partitions: the next VPID, less one */
	void *io_bitmaps;    /* one pair for all: every port exits */
} all;

/* CR4 bits a guest owns, where VMX lets it: CPUID shows what they are for, and no other. */
#define CR4_GUEST                                                                                  \
	(CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCE |            \
	 CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_UMIP | CR4_FSGSBASE | CR4_PCIDE | CR4_OSXSAVE |         \
	 CR4_SMEP | CR4_SMAP | CR4_LA57)

_Static_assert(sizeof(struct console_ring) <= PLAN_ARENA_DEBUGCON, "planned");

static uint64_t cr4_guest(void)
{
	return CR4_GUEST & processors_vmx()->cr4_fixed1;
}

static void *pages_for(size_t bytes)
{
	return memory_pages(align_up(bytes, PAGE_SIZE) / PAGE_SIZE);
}

static void map_ram_piece(struct partition *partition, const struct plan_ram *ram)
{
	for (uint64_t done = 0; done < ram->bytes;) {
		struct mtrr_run run = host_mtrr_run(hpa(ram->hpa.value + done), ram->bytes - done);
		struct ept_range range = { gpa(ram->gpa.value + done), hpa(ram->hpa.value + done),
					   run.bytes, EPT_READ | EPT_WRITE | EPT_EXEC, run.type };
		enum status status = ept_map(&partition->ept, &range);

		if (status != OK) {
			hv_panic(NULL, "%s: cannot map RAM at 0x%lx: %s", partition->config->name,
				 range.gpa.value, status_text(status));
		}
		done += run.bytes;
	}
}

static void create_ept(struct partition *partition)
{
	uint64_t capabilities = processors_vmx()->ept_vpid;
	struct ept_setup setup = { memory_source(), (capabilities & EPT_CAP_2M) != 0,
				   (capabilities & EPT_CAP_1G) != 0 };

	if (ept_init(&partition->ept, &setup) != OK) {
		hv_panic(NULL, "no memory for an EPT");
	}
	for (uint32_t i = 0; i < partition->plan->ram_count; i++) {
		map_ram_piece(partition, &partition->plan->ram[i]);
	}
}

static struct cpuid_values host_cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_regs r = cpuid(leaf, subleaf);

	return (struct cpuid_values){ r.eax, r.ebx, r.ecx, r.edx };
}

/* XCR0 of a guest's processor is the guest's, also in root mode. */
static uint64_t guest_xcr0(void)
{
	return xgetbv(0);
}

static uint32_t host_compact_bytes(uint64_t xcr0)
{
	uint64_t old = xgetbv(0);

	/* The size is that of XCR0 and IA32_XSS together; no guest has the latter. */
	msr_policy_clear_xss();
	xsetbv(0, xcr0);
	uint32_t bytes = cpuid(0xD, 1).ebx;
	xsetbv(0, old);
	return bytes;
}

/* The timer counts on over exits where the processor can do that; else frequent exits put the monitor's turn off. */
static void share_with_monitor(struct vcpu *vcpu)
{
	uint32_t shift = processors_vmx()->misc & VMX_MISC_TIMER_SHIFT;
	uint64_t may_exit = processors_vmx()->controls.msr[CONTROLS_EXIT] >> 32;

	vcpu->shared = true;
	vcpu->shared_ticks =
		(uint32_t)((clock_hz() / (1000000000 / HOUSEKEEPER_SHARED_NS)) >> shift) + 1;
	vcpu->controls.word[CONTROLS_PIN] |= PIN_PREEMPTION_TIMER;
	vcpu->controls.word[CONTROLS_EXIT] |= (uint32_t)may_exit & EXIT_SAVE_PREEMPTION_TIMER;
}

/* RDPMC and the counters' interrupt are the guest's as well. */
static void give_counters(struct vcpu *vcpu)
{
	vcpu->apic.pmc_wired = processors_pmu()->gp_count != 0;
	if (vcpu->apic.pmc_wired) {
		vcpu->controls.word[CONTROLS_PROC] &= ~PROC_RDPMC_EXITING;
	}
}

static void create_vcpu(struct partition *partition, uint32_t index)
{
	struct vcpu *vcpu = pages_for(sizeof(struct vcpu));
	struct cpu *cpu = processor(partition->plan->cpus[index]);
	struct cpuid_setup setup = {
		.host = host_cpuid,
		.xcr0 = guest_xcr0,
		.signature = partition->config->signature,
		.vcpu_count = partition->vcpu_count,
		.vcpu_id = index,
		.tsc_hz = clock_hz(),
		.lapic_hz = processors_lapic_hz(),
		.controls2 = processors_controls()->word[CONTROLS_PROC2],
		.cr4_guest = cr4_guest(),
		.pmu = processors_pmu(),
		.compact_bytes = host_compact_bytes,
	};

	vcpu->id = index;
	vcpu->apic.id = index;
	vcpu->partition = partition;
	vcpu->cpu = cpu;
	vcpu->vmcs = memory_pages(1);
	vcpu->vpid = (uint16_t)++all.vcpu_count;
	vcpu->controls = *processors_controls();
	give_counters(vcpu);
	denied_init(&vcpu->denied);
	cpuid_policy_build(&vcpu->cpuid, &setup);
	if (cpu->index == 0) {
		share_with_monitor(vcpu);
	}
	partition->vcpus[index] = vcpu;
	cpu->vcpu = vcpu;
}

static struct partition *create(const struct boot_info *info, uint32_t index)
{
	struct partition *partition = pages_for(sizeof(struct partition));

	partition->config = &info->config.guests[index];
	partition->plan = &info->plan.guests[index];
	partition->images = &info->guests[index];
	partition->memory.plan = partition->plan;
	partition->wish = PARTITION_ENDING;
	partition_launch_init(partition);
	partition->acpi_room = pages_for(PARTITION_ACPI_BYTES);
	for (enum msr_view i = 0; i < MSR_VIEWS; i++) {
		partition->msr_bitmaps[i] = memory_pages(1);
		trapmap_fill(partition->msr_bitmaps[i], TRAPMAP_MSR_BYTES);
		msr_policy_open(partition->msr_bitmaps[i], i);
	}
	if (partition->config->debugcon) {
		partition->debug = pages_for(sizeof(struct console_ring));
	}
	create_ept(partition);
	partition_rom_reserve(partition);
	partition->vcpu_count = partition->plan->cpu_count;
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		create_vcpu(partition, i);
	}
	return partition;
}

void partitions_create(const struct boot_info *info)
{
	partitions.count = info->config.guest_count;
	partitions.boot = info;
	partitions.epoch_seconds =
		(int64_t)info->epoch_seconds -
		(int64_t)((info->epoch_tsc - info->tsc_at[BOOT_STAGE_EFI_MAIN]) / info->tsc_hz);
	all.io_bitmaps = pages_for(TRAPMAP_IO_BYTES);
	trapmap_fill(all.io_bitmaps, TRAPMAP_IO_BYTES);
	for (uint32_t i = 0; i < partitions.count; i++) {
		partitions.all[i] = create(info, i);
	}
	if (partitions.count > 0 && partitions.all[0]->vcpus[0]->cpuid.xsavec_hidden) {
		log_info("CPUID leaf 0DH contradicts itself (subleaf 1, EBX): XSAVEC and XSAVES "
			 "are hidden from guests");
	}
}

const void *partitions_io_bitmaps(void)
{
	return all.io_bitmaps;
}

/* On the vcpu's own processor, once. */
void vcpu_activate(struct vcpu *vcpu)
{
	const struct partition *partition = vcpu->partition;
	struct vmcs_setup setup = {
		.controls = &vcpu->controls,
		.cpu = vcpu->cpu,
		.host_cr3 = address_space_cr3(),
		.ept_pointer = ept_pointer(&partition->ept),
		.vpid = vcpu->vpid,
		.msr_bitmap = partition->msr_bitmaps[MSR_VIEW_NO_X2APIC],
		.io_bitmaps = all.io_bitmaps,
		.cr4_guest = cr4_guest(),
	};

	/* The VMCS is made anew. */
	vcpu->guest.launched = 0;
	vcpu->guest.host_rsp = 0;
	vmcs_activate(vcpu->vmcs, (uint32_t)processors_vmx()->basic & 0x7FFFFFFF);
	vmcs_setup(&setup);
	vcpu_reset(vcpu);
}
