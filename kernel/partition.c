/* SPDX-License-Identifier: Apache-2.0 */
/* partition.c: making, loading, running and stopping guests. */
#include "kernel/partition.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/regs.h"
#include "arch/vmx/trapmap.h"
#include "arch/vmx/vmcs_setup.h"
#include "kernel/address_space.h"
#include "kernel/clock.h"
#include "kernel/host_mtrr.h"
#include "kernel/lib/format.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/msr_policy.h"
#include "kernel/processors.h"
#include "kernel/vdev/vacpi.h"
#include "kernel/vlapic.h"

struct partitions partitions;

static struct {
	uint32_t vcpu_count; /* of all partitions: the next VPID, less one */
	void *io_bitmaps;    /* one pair for all: every port exits */
	int64_t epoch_seconds;
} all;

/* CR4 bits a guest owns: what CPUID shows, and no other. */
#define CR4_GUEST                                                                                  \
	(CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCE |            \
	 CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_UMIP | CR4_FSGSBASE | CR4_PCIDE | CR4_OSXSAVE |         \
	 CR4_SMEP | CR4_SMAP)

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

static void create_vcpu(struct partition *partition, uint32_t index)
{
	struct vcpu *vcpu = pages_for(sizeof(struct vcpu));
	struct cpu *cpu = processor(partition->plan->cpus[index]);
	uint32_t controls2 = processors_controls()->word[CONTROLS_PROC2];
	struct cpuid_setup setup = {
		.host = host_cpuid,
		.signature = partition->config->signature,
		.vcpu_count = partition->vcpu_count,
		.vcpu_id = index,
		.tsc_hz = clock_hz(),
		.lapic_hz = processors_lapic_hz(),
		.rdtscp = (controls2 & PROC2_RDTSCP) != 0,
		.invpcid = (controls2 & PROC2_INVPCID) != 0,
	};

	vcpu->id = index;
	vcpu->partition = partition;
	vcpu->cpu = cpu;
	vcpu->vmcs = memory_pages(1);
	vcpu->vpid = (uint16_t)++all.vcpu_count;
	vcpu->controls = *processors_controls();
	cpuid_policy_build(&vcpu->cpuid, &setup);
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
	partition->msr_bitmap = memory_pages(1);
	trapmap_fill(partition->msr_bitmap, TRAPMAP_MSR_BYTES);
	msr_policy_open(partition->msr_bitmap);
	create_ept(partition);
	partition->vcpu_count = partition->plan->cpu_count;
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		create_vcpu(partition, i);
	}
	return partition;
}

void partitions_create(const struct boot_info *info)
{
	partitions.count = info->config.guest_count;
	all.epoch_seconds =
		(int64_t)info->epoch_seconds -
		(int64_t)((info->epoch_tsc - info->tsc_at[BOOT_STAGE_EFI_MAIN]) / info->tsc_hz);
	all.io_bitmaps = pages_for(TRAPMAP_IO_BYTES);
	trapmap_fill(all.io_bitmaps, TRAPMAP_IO_BYTES);
	for (uint32_t i = 0; i < partitions.count; i++) {
		partitions.all[i] = create(info, i);
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
		.msr_bitmap = partition->msr_bitmap,
		.io_bitmaps = all.io_bitmaps,
		.cr4_guest = CR4_GUEST & processors_vmx()->cr4_fixed1,
	};

	vmcs_activate(vcpu->vmcs, (uint32_t)processors_vmx()->basic & 0x7FFFFFFF);
	vmcs_setup(&setup);
	vcpu_reset(vcpu);
}

static void reset_board(struct partition *partition)
{
	struct vplatform_setup setup = {
		.console = &partition->console,
		.epoch_s = all.epoch_seconds,
		.now = clock_ns(),
		.send = vlapic_message,
		.send_context = partition,
	};

	spinlock_acquire(&partition->device_lock);
	vplatform_init(&partition->board, &setup);
	spinlock_release(&partition->device_lock);
}

static enum status zero_ram(struct partition *partition)
{
	enum status status = OK;

	for (uint32_t i = 0; i < partition->plan->ram_count && status == OK; i++) {
		const struct plan_ram *ram = &partition->plan->ram[i];

		status = guest_memory_zero(&partition->memory, ram->gpa, ram->bytes);
	}
	return status;
}

static enum status write_acpi(struct partition *partition)
{
	static uint8_t tables[VACPI_BYTES_MAX];
	static struct spinlock lock; /* guests load at the same time, each on its own processor */
	uint32_t ids[PLAN_CPUS_MAX];
	struct vacpi_setup setup = { partition->vcpu_count, ids };
	size_t used = 0;

	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		ids[i] = i;
	}
	spinlock_acquire(&lock);
	enum status status = vacpi_build(&setup, tables, sizeof(tables), &used);
	if (status == OK) {
		status = guest_memory_write(&partition->memory, gpa(VACPI_BASE), tables, used);
	}
	spinlock_release(&lock);
	return status;
}

/* RAM as the loaders and the guest's memory map see it: in guest-physical runs. */
static uint32_t ram_runs(const struct plan_guest *plan, struct image_ram *runs)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < plan->ram_count; i++) {
		const struct plan_ram *ram = &plan->ram[i];

		if (count > 0 &&
		    runs[count - 1].base.value + runs[count - 1].bytes == ram->gpa.value) {
			runs[count - 1].bytes += ram->bytes;
		} else {
			runs[count++] = (struct image_ram){ ram->gpa, ram->bytes };
		}
	}
	return count;
}

static void enter_image(struct vcpu *vcpu, const struct image_start *start)
{
	struct vmcs_flat flat = {
		.rip = start->rip,
		.rsp = start->rsp,
		.cr3 = start->cr3,
		.gdt_base = start->gdt_base,
		.gdt_limit = start->gdt_limit,
		.long_mode = start->mode == IMAGE_MODE_LONG64,
	};

	vcpu_reset(vcpu);
	vmcs_set_flat(&flat);
	vcpu->guest.rax = start->rax;
	vcpu->guest.rbx = start->rbx;
	vcpu->guest.rdx = 0;
	vcpu->guest.rsi = start->rsi;
}

static enum status load_image(struct partition *partition, char *why)
{
	struct image_ram runs[PLAN_RAM_MAX];
	struct image_start start;
	struct image_request request = {
		.memory = &partition->memory,
		.kernel = partition->images->kernel,
		.initrd = partition->images->initrd,
		.cmdline = partition->config->cmdline,
		.ram = runs,
		.ram_count = ram_runs(partition->plan, runs),
		.acpi_rsdp = gpa(VACPI_BASE),
		.acpi_base = VACPI_BASE,
		.acpi_bytes = VACPI_BYTES_MAX,
	};
	enum status status = image_load(&request, &start, why);

	if (status == OK) {
		enter_image(partition->vcpus[0], &start);
	}
	return status;
}

void partition_load(struct partition *partition)
{
	char why[IMAGE_WHY_BYTES] = "cannot write its RAM";

	vmsr_clear_hardware();
	reset_board(partition);
	if (zero_ram(partition) != OK || write_acpi(partition) != OK ||
	    load_image(partition, why) != OK) {
		partition_stop(partition, "not started: %s", why);
		return;
	}
	partition->state = PARTITION_RUNNING;
	for (uint32_t i = 1; i < partition->vcpu_count; i++) {
		vcpu_call(partition->vcpus[i], VCPU_REQUEST_WAIT);
	}
	partition->vcpus[0]->state = VCPU_RUNNING;
	partition->entered_tsc = rdtsc();
	log_info("%s: started, %u processors, %lu MiB", partition->config->name,
		 partition->vcpu_count, partition->config->memory_bytes / MIB);
}

void partitions_autostart(void)
{
	for (uint32_t i = 0; i < partitions.count; i++) {
		if (partitions.all[i]->config->autostart) {
			vcpu_call(partitions.all[i]->vcpus[0], VCPU_REQUEST_START);
		}
	}
}

/* Every processor but this one is called; this one has its requests seen before its next entry. */
static void park_all(struct partition *partition, enum partition_state state)
{
	partition->state = state;
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		vcpu_call(partition->vcpus[i], VCPU_REQUEST_STOP);
	}
}

void partition_stop(struct partition *partition, const char *fmt, ...)
{
	va_list args;

	if (__atomic_exchange_n(&partition->ending, true, __ATOMIC_SEQ_CST)) {
		return;
	}
	va_start(args, fmt);
	format_v(partition->why, sizeof(partition->why), fmt, args);
	va_end(args);
	log_error("%s: stopped: %s", partition->config->name, partition->why);
	park_all(partition, PARTITION_STOPPED);
	processor_wake_monitor();
}

void partition_end(struct partition *partition, enum vplatform_action action)
{
	if (action == VPLATFORM_RESET) {
		partition_stop(partition, "it asked for a reset");
		return;
	}
	if (__atomic_exchange_n(&partition->ending, true, __ATOMIC_SEQ_CST)) {
		return;
	}
	log_info("%s: powered itself off", partition->config->name);
	park_all(partition, PARTITION_OFF);
	processor_wake_monitor();
}

uint64_t partitions_poll(uint64_t now)
{
	uint64_t next = VDEV_NEVER;

	for (uint32_t i = 0; i < partitions.count; i++) {
		struct partition *partition = partitions.all[i];

		if (partition->state != PARTITION_RUNNING) {
			continue;
		}
		spinlock_acquire(&partition->device_lock);
		next = min_u64(next, vplatform_poll(&partition->board, now));
		spinlock_release(&partition->device_lock);
	}
	return next;
}

struct vcpu *partition_vcpu(const struct partition *partition, uint32_t index)
{
	return partition->vcpus[index];
}
