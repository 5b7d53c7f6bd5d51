/* SPDX-License-Identifier: Apache-2.0 */
/* processors.c: the machine's processors. */
#include "kernel/processors.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/lapic.h"
#include "arch/cpu/smp.h"
#include "kernel/address_space.h"
#include "kernel/clock.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/vcpu.h"

static struct {
	struct cpu
		*cpus; /* one page each: what one processor writes often is no other's cache line */
	uint32_t count;
	struct vmx_capabilities vmx;
	struct controls controls;
	uint64_t lapic_hz;
	struct smp_setup setup;
} all;

_Static_assert(sizeof(struct cpu) <= 4096, "a processor's structure fits a page");

struct cpu *processor(uint32_t index)
{
	return (struct cpu *)((uint8_t *)all.cpus + index * PAGE_SIZE);
}

uint32_t processor_count(void)
{
	return all.count;
}

const struct vmx_capabilities *processors_vmx(void)
{
	return &all.vmx;
}

const struct controls *processors_controls(void)
{
	return &all.controls;
}

uint64_t processors_lapic_hz(void)
{
	return all.lapic_hz;
}

void processors_create(const struct boot_info *info)
{
	all.count = info->machine.cpu_count;
	all.cpus = memory_pages(all.count);
	for (uint32_t i = 0; i < all.count; i++) {
		struct cpu *cpu = processor(i);

		cpu->index = i;
		cpu->apic_id = info->machine.cpus[i].apic_id;
		cpu->stacks = memory_stacks(i);
		cpu->vmxon_region = memory_pages(1);
		address_space_attach_window(cpu);
	}
}

void processors_enter_vmx(void)
{
	struct report *nobody = NULL;

	vmx_read_capabilities(&all.vmx);
	/* The boot room has checked them and found no fault. */
	if (controls_resolve(&all.vmx.controls, &all.controls, nobody) != OK) {
		hv_panic(NULL, "VMX controls changed since the boot room looked");
	}
	enum status status = vmx_on(cpu_this()->vmxon_region);
	if (status != OK) {
		hv_panic(NULL, "VMXON on processor 0: %s", status_text(status));
	}
	all.lapic_hz = lapic_timer_measure(clock_hz());
	cpu_this()->online = 1;
}

/* VMCSs are made from the first processor's capabilities: one that differs cannot run them as planned. */
static void check_same(const struct cpu *cpu)
{
	struct vmx_capabilities own;

	vmx_read_capabilities(&own);
	if (memcmp(&own, &all.vmx, sizeof(own)) != 0) {
		hv_panic(NULL, "processor %u has other VMX capabilities than processor 0",
			 cpu->index);
	}
}

static void processor_main(struct cpu *cpu)
{
	check_same(cpu);
	enum status status = vmx_on(cpu->vmxon_region);

	if (status != OK) {
		hv_panic(NULL, "VMXON on processor %u: %s", cpu->index, status_text(status));
	}
	__atomic_store_n(&cpu->online, 1, __ATOMIC_RELEASE);
	if (cpu->vcpu != NULL) {
		vcpu_main(cpu->vcpu);
	}
	/* Nobody's processor: sleeps for good. */
	for (;;) {
		__asm__ volatile("cli; hlt");
	}
}

_Noreturn void processor_retire(void *vmcs)
{
	vmx_off(vmcs);
	__atomic_store_n(&cpu_this()->online, 0, __ATOMIC_RELEASE);
	for (;;) {
		__asm__ volatile("cli; hlt");
	}
}

enum status processor_bring_back(struct cpu *cpu)
{
	if (__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE) != 0) {
		return OK;
	}
	cpu->vcpu->requests = 0;
	return smp_start(&all.setup, cpu);
}

void processors_start(const struct boot_info *info)
{
	all.setup = (struct smp_setup){ info->trampoline, info->tsc_hz, processor_main };
	for (uint32_t i = 1; i < all.count; i++) {
		if (smp_start(&all.setup, processor(i)) != OK) {
			hv_panic(NULL, "processor %u (APIC ID %u) does not start", i,
				 processor(i)->apic_id);
		}
	}
}
