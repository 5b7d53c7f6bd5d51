/* SPDX-License-Identifier: Apache-2.0 */
/* processors.c: which processors there are: from ACPI, else from the MP Services protocol. */
#include "boot/boot.h"

#include "arch/cpu/insn.h"

/* gnu-efi has no header for it. Source: PI Specification Vol. 2, "EFI_MP_SERVICES_PROTOCOL". */
#define MP_SERVICES_GUID                                                                           \
	{                                                                                          \
		0x3fdda605, 0xa76e, 0x4f46,                                                        \
		{                                                                                  \
			0xad, 0x29, 0x12, 0xf4, 0x53, 0x1b, 0x3d, 0x08                             \
		}                                                                                  \
	}

enum { MP_PROCESSOR_ENABLED = 1 << 1, MP_PROCESSOR_HEALTHY = 1 << 2 };

struct mp_processor {
	uint64_t apic_id;
	uint32_t flags;
	uint32_t package, core, thread;
	uint8_t extended[24];
};

struct mp_services {
	EFI_STATUS(EFIAPI *count)(struct mp_services *this, UINTN *all, UINTN *enabled);
	EFI_STATUS(EFIAPI *info)
	(struct mp_services *this, UINTN index, struct mp_processor *processor);
};

static EFI_GUID mp_services_guid = MP_SERVICES_GUID;

static uint32_t own_apic_id(void)
{
	return cpuid(0, 0).eax >= 0xB ? cpuid(0xB, 0).edx : cpuid(1, 0).ebx >> 24;
}

static void add(struct machine *machine, uint32_t apic_id)
{
	if (machine->cpu_count < MACHINE_CPUS_MAX) {
		machine->cpus[machine->cpu_count++].apic_id = apic_id;
	}
}

static void add_from_mp_services(struct boot *boot)
{
	struct mp_services *mp;
	UINTN all, enabled;

	if (boot->services->LocateProtocol(&mp_services_guid, NULL, (void **)&mp) != EFI_SUCCESS ||
	    mp->count(mp, &all, &enabled) != EFI_SUCCESS) {
		return;
	}
	for (UINTN i = 0; i < all && i < MACHINE_CPUS_MAX; i++) {
		struct mp_processor processor;
		uint32_t usable = MP_PROCESSOR_ENABLED | MP_PROCESSOR_HEALTHY;

		if (mp->info(mp, i, &processor) == EFI_SUCCESS &&
		    (processor.flags & usable) == usable) {
			add(&boot->info->machine, (uint32_t)processor.apic_id);
		}
	}
}

/* Index 0 is the boot processor, whatever place firmware lists it at. */
static void boot_processor_first(struct machine *machine)
{
	uint32_t own = own_apic_id();

	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		if (machine->cpus[i].apic_id == own) {
			machine->cpus[i] = machine->cpus[0];
			machine->cpus[0].apic_id = own;
			return;
		}
	}
	/* Firmware that does not list the processor it runs on lists nothing we can rely on. */
	machine->cpu_count = 1;
	machine->cpus[0].apic_id = own;
}

void processors_find(struct boot *boot)
{
	struct machine *machine = &boot->info->machine;

	if (machine->cpu_count == 0) {
		add_from_mp_services(boot);
	}
	boot_processor_first(machine);
}
