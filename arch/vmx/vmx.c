/* SPDX-License-Identifier: Apache-2.0 */
/* vmx.c: VMX of the processor this code runs on. */
#include "arch/vmx/vmx.h"

#include "arch/cpu/cpu.h"
#include "arch/cpu/exception.h"
#include "arch/cpu/insn.h"
#include "arch/cpu/lapic.h"
#include "arch/cpu/msr.h"
#include "arch/cpu/regs.h"

#define CPUID_EXT1_EDX_NX   ((uint32_t)1 << 20)
#define CPUID_1_ECX_VMX     ((uint32_t)1 << 5)
#define BASIC_STRING_IO     ((uint64_t)1 << 54)
#define BASIC_TRUE_CONTROLS ((uint64_t)1 << 55)
#define PROC_HAS_SECONDARY  ((uint64_t)1 << 63)

/* What IA32_VMX_EPT_VPID_CAP must say, all of it in use. */
struct ept_need {
	uint64_t bit;
	const char *name;
};

static const struct ept_need ept_needs[] = {
	{ (uint64_t)1 << 6, "4-level EPT" },
	{ (uint64_t)1 << 14, "write-back EPT tables" },
	{ EPT_CAP_2M, "2 MiB EPT pages" },
	{ (uint64_t)1 << 20, "INVEPT" },
	{ (uint64_t)1 << 26, "INVEPT of all contexts" },
	{ (uint64_t)1 << 32, "INVVPID" },
	{ (uint64_t)1 << 42, "INVVPID of all contexts" },
};

static bool check_feature_control(struct report *report)
{
	uint64_t control = rdmsr(MSR_IA32_FEATURE_CONTROL);

	if ((control & FEATURE_CONTROL_LOCK) != 0 && (control & FEATURE_CONTROL_VMX_OUTSIDE) == 0) {
		report_add(report, 0,
			   "firmware has switched VT-x off and locked it (IA32_FEATURE_CONTROL = "
			   "0x%lx): "
			   "enable \"Intel Virtualization Technology\" in the firmware's setup",
			   control);
		return false;
	}
	return true;
}

static void check_controls(struct report *report)
{
	struct vmx_capabilities capabilities;
	struct controls controls;

	vmx_read_capabilities(&capabilities);
	if (controls_resolve(&capabilities.controls, &controls, report) != OK) {
		return;
	}
	if ((capabilities.basic & BASIC_STRING_IO) == 0) {
		report_add(report, 0,
			   "this processor's VMX does not say what INS and OUTS access "
			   "(IA32_VMX_BASIC bit 54)");
	}
	for (unsigned i = 0; i < ARRAY_COUNT(ept_needs); i++) {
		if ((capabilities.ept_vpid & ept_needs[i].bit) == 0) {
			report_add(report, 0, "this processor's VMX does not have %s",
				   ept_needs[i].name);
		}
	}
}

void vmx_check(struct report *report)
{
	if (!lapic_supported()) {
		report_add(report, 0, "this processor has no x2APIC mode (CPUID.1:ECX bit 21)");
	}
	if ((cpuid(0x80000001, 0).edx & CPUID_EXT1_EDX_NX) == 0) {
		report_add(report, 0,
			   "this processor shows no execute-disable (CPUID.80000001H:EDX bit 20): "
			   "enable it "
			   "(\"XD\", \"No-Execute\") in the firmware's setup");
	}
	if ((cpuid(1, 0).ecx & CPUID_1_ECX_VMX) == 0) {
		report_add(report, 0,
			   "this processor has no VT-x (CPUID.1:ECX bit 5): Muntin needs an Intel "
			   "processor "
			   "with VT-x; under QEMU use KVM with nested VT-x, or Bochs");
		return;
	}
	if (check_feature_control(report)) {
		check_controls(report);
	}
}

void vmx_read_capabilities(struct vmx_capabilities *capabilities)
{
	uint64_t basic = rdmsr(MSR_IA32_VMX_BASIC);
	bool exact = (basic & BASIC_TRUE_CONTROLS) != 0;
	uint64_t *controls = capabilities->controls.msr;

	capabilities->basic = basic;
	controls[CONTROLS_PIN] =
		rdmsr(exact ? MSR_IA32_VMX_TRUE_PINBASED_CTLS : MSR_IA32_VMX_PINBASED_CTLS);
	controls[CONTROLS_PROC] =
		rdmsr(exact ? MSR_IA32_VMX_TRUE_PROCBASED_CTLS : MSR_IA32_VMX_PROCBASED_CTLS);
	controls[CONTROLS_EXIT] =
		rdmsr(exact ? MSR_IA32_VMX_TRUE_EXIT_CTLS : MSR_IA32_VMX_EXIT_CTLS);
	controls[CONTROLS_ENTRY] =
		rdmsr(exact ? MSR_IA32_VMX_TRUE_ENTRY_CTLS : MSR_IA32_VMX_ENTRY_CTLS);
	bool secondary = (controls[CONTROLS_PROC] & PROC_HAS_SECONDARY) != 0;
	controls[CONTROLS_PROC2] = secondary ? rdmsr(MSR_IA32_VMX_PROCBASED_CTLS2) : 0;
	uint64_t ept_or_vpid = (uint64_t)(PROC2_EPT | PROC2_VPID) << 32;
	bool has_ept = (controls[CONTROLS_PROC2] & ept_or_vpid) != 0;
	capabilities->ept_vpid = has_ept ? rdmsr(MSR_IA32_VMX_EPT_VPID_CAP) : 0;
	capabilities->misc = rdmsr(MSR_IA32_VMX_MISC);
	capabilities->cr0_fixed0 = rdmsr(MSR_IA32_VMX_CR0_FIXED0);
	capabilities->cr0_fixed1 = rdmsr(MSR_IA32_VMX_CR0_FIXED1);
	capabilities->cr4_fixed0 = rdmsr(MSR_IA32_VMX_CR4_FIXED0);
	capabilities->cr4_fixed1 = rdmsr(MSR_IA32_VMX_CR4_FIXED1);
}

static enum status unlock(void)
{
	uint64_t control = rdmsr(MSR_IA32_FEATURE_CONTROL);

	if ((control & FEATURE_CONTROL_LOCK) == 0) {
		wrmsr(MSR_IA32_FEATURE_CONTROL,
		      control | FEATURE_CONTROL_VMX_OUTSIDE | FEATURE_CONTROL_LOCK);
		control = rdmsr(MSR_IA32_FEATURE_CONTROL);
	}
	return (control & FEATURE_CONTROL_VMX_OUTSIDE) != 0 ? OK : E_DENIED;
}

static bool vmxon(void *region)
{
	uint64_t address = (uint64_t)region;
	bool failed;

	__asm__ volatile("vmxon %1" : "=@ccbe"(failed) : "m"(address) : "memory");
	return !failed;
}

enum status vmx_on(void *region)
{
	enum status status = unlock();

	if (status != OK) {
		return status;
	}
	*(uint32_t *)region = (uint32_t)rdmsr(MSR_IA32_VMX_BASIC) & 0x7FFFFFFF;
	write_cr0(read_cr0() | rdmsr(MSR_IA32_VMX_CR0_FIXED0));
	write_cr4(read_cr4() | CR4_VMXE);
	if (!vmxon(region)) {
		return E_HARDWARE;
	}
	vmx_invalidate();
	return OK;
}

/* Type 2 of INVEPT and of INVVPID: all contexts. A processor has one guest only. */
static const uint64_t all_contexts = 2;
static const struct {
	uint64_t words[2];
} no_descriptor;

void vmx_invalidate(void)
{
	__asm__ volatile("invept %0, %1"
			 :
			 : "m"(no_descriptor), "r"(all_contexts)
			 : "memory", "cc");
	vmx_invalidate_linear();
}

void vmx_invalidate_linear(void)
{
	__asm__ volatile("invvpid %0, %1"
			 :
			 : "m"(no_descriptor), "r"(all_contexts)
			 : "memory", "cc");
}

void vmx_entry_refused(void)
{
	hv_panic(NULL, "VM entry on processor %u refused: instruction error %lu", cpu_this()->index,
		 vmread(VMCS_INSTRUCTION_ERROR));
}

static void vmclear(void *vmcs)
{
	uint64_t address = (uint64_t)vmcs;
	bool failed;

	__asm__ volatile("vmclear %1" : "=@ccbe"(failed) : "m"(address) : "memory");
	if (failed) {
		vmx_fail("VMCLEAR", address);
	}
}

void vmx_off(void *vmcs)
{
	vmclear(vmcs);
	__asm__ volatile("vmxoff" : : : "cc", "memory");
	write_cr4(read_cr4() & ~CR4_VMXE);
}

void vmcs_activate(void *vmcs, uint32_t revision)
{
	uint64_t address = (uint64_t)vmcs;
	bool failed;

	*(uint32_t *)vmcs = revision;
	vmclear(vmcs);
	__asm__ volatile("vmptrld %1" : "=@ccbe"(failed) : "m"(address) : "memory");
	if (failed) {
		vmx_fail("VMPTRLD", address);
	}
}

_Noreturn void vmx_fail(const char *what, uint64_t field)
{
	hv_panic(NULL, "%s of 0x%lx failed", what, field);
}
