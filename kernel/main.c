/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the kernel's story: take the machine over, make the partitions, run the monitor. */
#include "kernel/main.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/lapic.h"
#include "arch/cpu/smp.h"
#include "drivers/ioapic.h"
#include "generated/version.h"
#include "kernel/address_space.h"
#include "kernel/clock.h"
#include "kernel/crash.h"
#include "kernel/host_mtrr.h"
#include "kernel/housekeeper.h"
#include "kernel/inspect.h"
#include "kernel/lib/keep.h"
#include "kernel/lib/log.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/partition.h"
#include "kernel/power.h"
#include "kernel/processors.h"
#include "kernel/stages.h"
#include "kernel/vcpu_snapshot.h"

const char *kernel_version(void)
{
	return MUNTIN_VERSION;
}

/* Without a place that a reset keeps they are kept as long as this run. */
static void open_keep(const struct boot_info *info)
{
	bool kept = info->keep.value != 0;

	keep_open(kept ? (void *)info->keep.value : memory_pages(KEEP_BYTES / PAGE_SIZE));
}

static void take_over(struct boot_info *info)
{
	memory_init(&info->plan, info->machine.cpu_count);
	open_keep(info);
	address_space_build(info);
	processors_create(info);
	smp_prepare(info->trampoline, address_space_cr3());
	address_space_load();
	wbinvd(); /* the kept pages were cached until now, and are not any more */
	cpu_load(processor(0));
	lapic_enable();
	vcpu_take_nmis();
	stages_done(BOOT_STAGE_PAGING);
}

static void silence_interrupts(const struct boot_info *info)
{
	for (uint32_t i = 0; i < info->ioapic_count; i++) {
		if (ioapic_pins(info->ioapics[i].base) == 0) {
			log_warning("no I/O APIC answers at 0x%lx", info->ioapics[i].base.value);
			continue;
		}
		ioapic_mask_all(info->ioapics[i].base);
	}
	/* Both 8259s: all inputs masked. */
	out8(0x21, 0xFF);
	out8(0xA1, 0xFF);
}

static void make_partitions(const struct boot_info *info)
{
	host_mtrr_read();
	processors_enter_vmx();
	partitions_create(info);
	processors_start(info);
	stages_done(BOOT_STAGE_PROCESSORS);
}

static void log_machine(const struct boot_info *info)
{
	log_info("%s", kernel_version());
	log_info("%u processors (%s), TSC %lu kHz, APIC timer %lu kHz", info->machine.cpu_count,
		 info->acpi ? "ACPI" : "MP Services", info->tsc_hz / 1000,
		 processors_lapic_hz() / 1000);
	log_info("image: %lu bytes at 0x%lx; arena: %lu bytes at 0x%lx, %lu of them used",
		 info->image_bytes, info->image.value, info->plan.arena_bytes,
		 info->plan.arena.value, memory_used());
	log_info("claimed, guests' RAM and images apart: %lu bytes",
		 info->image_bytes + info->plan.arena_bytes + sizeof(*info) + PAGE_SIZE +
			 (info->keep.value != 0 ? KEEP_BYTES : 0));
}

static void log_crash(void)
{
	const struct crash_record *record = crash_known(keep_record());

	if (record != NULL && record->run + 1 == keep_run()) {
		log_warning("the run before ended in a panic: %s; crash show has the record",
			    record->reason);
	}
}

_Noreturn void kernel_main(struct boot_info *info)
{
	panic_init(info, housekeeper_port(&info->config.monitor));
	clock_init(info->tsc_hz, info->tsc_at[BOOT_STAGE_EFI_MAIN]);
	log_set_clock(clock_us);
	stages_init(info);
	take_over(info);
	silence_interrupts(info);
	make_partitions(info);
	power_init(info);
	inspect_init(info);
	vcpu_snapshot_init();
	housekeeper_start(info);
	memory_seal();
	log_machine(info);
	log_crash();
	housekeeper_run();
}
