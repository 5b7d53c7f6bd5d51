/* SPDX-License-Identifier: Apache-2.0 */
/* partition_load.c: a start of a guest: clean RAM, its board, its images, its first processor. */
#include "kernel/partition.h"

#include "arch/cpu/insn.h"
#include "arch/vmx/vmcs_setup.h"
#include "generated/version.h"
#include "kernel/clock.h"
#include "kernel/extint.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/plan_image.h"
#include "kernel/vdev/vacpi.h"
#include "kernel/vdev/vsmbios.h"
#include "kernel/vlapic.h"

/* As much of its RAM as is from 0 or from 4 GiB on in one piece: what firmware can be told. */
static struct vcmos describe_machine(const struct partition *partition)
{
	struct image_ram runs[PLAN_RAM_MAX];
	uint32_t count = plan_ram_runs(partition->plan, runs);
	struct vcmos machine = { .low_bytes = runs[0].bytes, .cpu_count = partition->vcpu_count };

	if (count > 1) {
		machine.high_bytes = runs[1].bytes;
	}
	return machine;
}

static void reset_board(struct partition *partition)
{
	struct vcmos machine = describe_machine(partition);
	struct vplatform_setup setup = {
		.machine = partition->memory.rom.bytes > 0 ? &machine : NULL,
		.console = &partition->console,
		.debug = partition->debug,
		.hpet = partition->config->hpet,
		.epoch_s = partitions.epoch_seconds,
		.now = clock_ns(),
		.send = vlapic_message,
		.send_context = partition,
		.intr = extint_moved,
		.intr_context = partition,
	};

	spinlock_acquire(&partition->device_lock);
	vplatform_init(&partition->board, &setup);
	spinlock_release(&partition->device_lock);
}

/* Somebody ends it while it is loaded: its processor is wanted back at once, however much RAM there is. */
static bool is_wanted(const struct partition *partition)
{
	return __atomic_load_n(&partition->state, __ATOMIC_ACQUIRE) == PARTITION_STARTING;
}

static enum status zero_piece(struct partition *partition, const struct plan_ram *ram)
{
	enum status status = OK;

	for (uint64_t at = 0; at < ram->bytes && status == OK && is_wanted(partition);
	     at += CONFIG_MEMORY_UNIT) {
		status = guest_memory_zero(&partition->memory, gpa(ram->gpa.value + at),
					   CONFIG_MEMORY_UNIT);
	}
	return status;
}

static enum status zero_ram(struct partition *partition)
{
	enum status status = OK;

	for (uint32_t i = 0; i < partition->plan->ram_count && status == OK; i++) {
		status = zero_piece(partition, &partition->plan->ram[i]);
	}
	return status;
}

static enum status write_acpi(struct partition *partition)
{
	uint32_t ids[PLAN_CPUS_MAX];
	struct vacpi_setup setup = { partition->vcpu_count, ids, partition->config->hpet };
	size_t used = 0;

	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		ids[i] = i;
	}
	enum status status = vacpi_build(&setup, partition->acpi_room, PARTITION_ACPI_BYTES, &used);
	if (status != OK) {
		return status;
	}
	return guest_memory_write(&partition->memory, gpa(VACPI_BASE), partition->acpi_room, used);
}

/* Its processor as CPUID shows it. */
static void describe_cpu(const struct partition *partition, struct vsmbios_setup *setup)
{
	const struct cpuid_values *vendor = &partition->vcpus[0]->cpuid.basic[0];
	const struct cpuid_values *version = &partition->vcpus[0]->cpuid.basic[1];
	const uint32_t words[] = { vendor->ebx, vendor->edx, vendor->ecx };

	_Static_assert(sizeof(words) < VSMBIOS_VENDOR_BYTES, "a NUL behind it");
	memcpy(setup->vendor, words, sizeof(words));
	setup->cpu_count = partition->vcpu_count;
	setup->cpu_mhz = clock_hz() / 1000000;
	setup->cpu_id = (uint64_t)version->edx << 32 | version->eax;
}

static enum status write_smbios(struct partition *partition)
{
	struct image_ram runs[PLAN_RAM_MAX];
	struct vsmbios_ram ram[PLAN_RAM_MAX];
	struct vsmbios_setup setup = {
		.name = partition->config->name,
		.uuid = partition->config->uuid,
		.version = MUNTIN_VERSION,
		.ram_count = plan_ram_runs(partition->plan, runs),
		.ram = ram,
	};
	size_t used = 0;

	for (uint32_t i = 0; i < setup.ram_count; i++) {
		ram[i] = (struct vsmbios_ram){ runs[i].base.value, runs[i].bytes };
	}
	describe_cpu(partition, &setup);
	enum status status =
		vsmbios_build(&setup, partition->acpi_room, PARTITION_ACPI_BYTES, &used);
	if (status != OK) {
		return status;
	}
	return guest_memory_write(&partition->memory, gpa(VSMBIOS_BASE), partition->acpi_room,
				  used);
}

/* Firmware makes its own, and lies where they would. */
static enum status write_tables(struct partition *partition)
{
	enum status status = OK;

	if (partition->memory.rom.bytes == 0) {
		status = write_acpi(partition);
		status = status == OK ? write_smbios(partition) : status;
	}
	return status;
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
	if (start->mode == IMAGE_MODE_RESET) {
		return;
	}
	vlapic_wire(vcpu);
	if (start->mode == IMAGE_MODE_REAL16) {
		vmcs_set_real(start->rip, start->rsp);
	} else {
		vmcs_set_flat(&flat);
	}
	vcpu->guest.rax = start->rax;
	vcpu->guest.rbx = start->rbx;
	vcpu->guest.rdx = 0;
	vcpu->guest.rsi = start->rsi;
}

/* SDM Vol. 1, "Random Number Generator Instructions": ten tries, and CPUID's bit for it. */
enum { SEED_TRIES = 10, CPUID_1_ECX_RDRAND = 1 << 30 };

/* False where the processor cannot. */
static bool take_seed(uint64_t *words, size_t count)
{
	bool ready = (cpuid(1, 0).ecx & CPUID_1_ECX_RDRAND) != 0;

	for (size_t i = 0; i < count && ready; i++) {
		ready = false;
		for (unsigned tries = 0; tries < SEED_TRIES && !ready; tries++) {
			ready = rdrand(&words[i]);
		}
	}
	return ready;
}

static enum status load_image(struct partition *partition, struct image_refusal *refusal)
{
	uint64_t seed[IMAGE_SEED_BYTES / sizeof(uint64_t)];
	const struct partition_launch *launch = partition_launch_current(partition);
	struct plan_image image;
	struct image_start start;

	plan_image_request(partition->plan, &launch->images, launch->cmdline, &image);
	image.request.memory = &partition->memory;
	image.request.seed = take_seed(seed, ARRAY_COUNT(seed)) ? (const uint8_t *)seed : NULL;
	enum status status = image_load(&image.request, &start, refusal);

	if (status == OK) {
		enter_image(partition->vcpus[0], &start);
	}
	return status;
}

void partition_load(struct partition *partition)
{
	struct image_refusal refusal = { .why = "cannot write its RAM" };

	/* A PC's firmware expects what a reset leaves; stock kernels are exitless in x2APIC mode. */
	partition->apic_start = partition->memory.rom.bytes > 0 ? VLAPIC_XAPIC : VLAPIC_X2APIC;
	vcpu_clear(partition->vcpus[0]);
	reset_board(partition);
	if (zero_ram(partition) != OK ||
	    (is_wanted(partition) &&
	     (write_tables(partition) != OK || load_image(partition, &refusal) != OK))) {
		partition_stop(partition, "not started: %s", refusal.why);
		return;
	}
	partition->entered_tsc = rdtsc();
	/* Unless somebody has begun to end it meanwhile: then the request to stop is there already. */
	if (!partition_change(partition, PARTITION_STARTING, PARTITION_RUNNING)) {
		return;
	}
	for (uint32_t i = 1; i < partition->vcpu_count; i++) {
		vcpu_call(partition->vcpus[i], VCPU_REQUEST_WAIT);
	}
	partition->vcpus[0]->state = VCPU_RUNNING;
	log_info("%s: started, %u processors, %lu MiB", partition->config->name,
		 partition->vcpu_count, partition->config->memory_bytes / MIB);
}
