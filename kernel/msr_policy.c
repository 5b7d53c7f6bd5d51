/* SPDX-License-Identifier: Apache-2.0 */
/* msr_policy.c: the table of MSRs a guest has. */
#include "kernel/msr_policy.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/lapic.h"
#include "arch/cpu/msr.h"
#include "arch/vmx/memory_type.h"
#include "arch/vmx/trapmap.h"
#include "kernel/processors.h"
#include "kernel/vlapic.h"

/* EDGE: PASS, but ASK in MSR_VIEW_LEVEL. */
enum access { DENY, PASS, ASK, EDGE };

typedef bool (*read_fn)(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
typedef bool (*write_fn)(struct vcpu *vcpu, uint32_t msr, uint64_t value);

struct rule {
	uint32_t first, last;
	enum access read, write;
	read_fn on_read;
	write_fn on_write;
	/* NULL: always; where it is not, PASS falls back to on_read and on_write */
	bool (*present)(uint32_t msr);
	const char *why;
} __attribute__((aligned(64))); /* a power of two: a place in the table costs a shift */

#define MISC_ENABLE_FAST_STRINGS ((uint64_t)1 << 0)
#define MISC_ENABLE_NO_BTS       ((uint64_t)1 << 11)
#define MISC_ENABLE_NO_PEBS      ((uint64_t)1 << 12)
#define MISC_ENABLE_VALUE        (MISC_ENABLE_FAST_STRINGS | MISC_ENABLE_NO_BTS | MISC_ENABLE_NO_PEBS)
#define MTRRCAP_FIXED            ((uint64_t)1 << 8)
#define MTRRCAP_WC               ((uint64_t)1 << 10)
#define MTRR_DEF_TYPE_FIXED      ((uint64_t)1 << 10)
#define MTRR_DEF_TYPE_ENABLE     ((uint64_t)1 << 11)
#define MTRR_MASK_VALID          ((uint64_t)1 << 11)
/* Without TSX_CTRL (7), 10 to 12, FB_CLEAR_CTRL (18), 21 to 23, GDS_CTRL (25): more MSRs. */
#define ARCH_CAPABILITIES_SHOWN                                                                    \
	((uint64_t)0x7F | (uint64_t)1 << 8 | (uint64_t)7 << 13 | (uint64_t)1 << 17 |               \
	 (uint64_t)3 << 19 | (uint64_t)1 << 24 | (uint64_t)7 << 26)

static uint32_t cpuid7_edx(void)
{
	return cpuid(0, 0).eax >= 7 ? cpuid(7, 0).edx : 0;
}

static bool has_tsc_deadline(uint32_t msr)
{
	(void)msr;
	return (cpuid(1, 0).ecx & 1u << 24) != 0;
}

static bool has_rdtscp(uint32_t msr)
{
	(void)msr;
	return (cpuid(0x80000001, 0).edx & 1u << 27) != 0;
}

static bool has_spec_ctrl(uint32_t msr)
{
	(void)msr;
	return (cpuid7_edx() & (1u << 26 | 1u << 27 | 1u << 31)) != 0;
}

static bool has_pred_cmd(uint32_t msr)
{
	(void)msr;
	return (cpuid7_edx() & 1u << 26) != 0;
}

static bool has_flush_cmd(uint32_t msr)
{
	(void)msr;
	return (cpuid7_edx() & 1u << 28) != 0;
}

static bool has_arch_capabilities(uint32_t msr)
{
	(void)msr;
	return (cpuid7_edx() & 1u << 29) != 0;
}

static bool read_xss(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = 0;
	return vcpu->cpuid.xsaves;
}

static bool write_xss(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	(void)msr;
	return vcpu->cpuid.xsaves && value == 0;
}

/* A guest's TSC is right as it is, whatever firmware did to the machine's. */
static bool has_zero_tsc_adjust(uint32_t msr)
{
	(void)msr;
	bool exists = cpuid(0, 0).eax >= 7 && (cpuid(7, 0).ebx & 1u << 1) != 0;

	return exists && rdmsr(MSR_IA32_TSC_ADJUST) == 0;
}

static bool write_tsc_adjust(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	(void)vcpu;
	(void)msr;
	return value == 0;
}

/* Bits that name a flaw the processor has not; those that announce further MSRs are not shown. */
static bool read_arch_capabilities(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)vcpu;
	*value = has_arch_capabilities(msr) ? rdmsr(msr) & ARCH_CAPABILITIES_SHOWN : 0;
	return has_arch_capabilities(msr);
}

static bool read_host(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)vcpu;
	*value = rdmsr(msr);
	return true;
}

static bool write_ignored(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	(void)vcpu;
	(void)msr;
	(void)value;
	return true;
}

static bool read_zero(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)vcpu;
	(void)msr;
	*value = 0;
	return true;
}

static bool read_misc_enable(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)vcpu;
	(void)msr;
	*value = MISC_ENABLE_VALUE;
	return true;
}

static bool write_misc_enable(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	(void)vcpu;
	(void)msr;
	return value == MISC_ENABLE_VALUE;
}

static bool read_debugctl(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)vcpu;
	(void)msr;
	*value = vmread(VMCS_GUEST_DEBUGCTL);
	return true;
}

static bool write_debugctl(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	(void)vcpu;
	(void)msr;
	if ((value & ~(DEBUGCTL_LBR | DEBUGCTL_BTF)) != 0) {
		return false;
	}
	vmwrite(VMCS_GUEST_DEBUGCTL, value);
	return true;
}

static bool has_counter(uint32_t msr)
{
	return vpmu_has(processors_pmu(), msr);
}

/* What is not legal may count what another guest does. */
static bool write_counter(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	(void)vcpu;
	if (!has_counter(msr) || !vpmu_is_legal(processors_pmu(), msr, value)) {
		return false;
	}
	wrmsr(msr, value);
	return true;
}

/* The next entry loads it; here it stays 0. */
static bool write_global_ctrl(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	(void)vcpu;
	if (!has_counter(msr) || !vpmu_is_legal(processors_pmu(), msr, value)) {
		return false;
	}
	vmwrite(VMCS_GUEST_PERF_GLOBAL_CTRL, value);
	return true;
}

static bool read_mtrrcap(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)vcpu;
	(void)msr;
	*value = MTRRCAP_WC | MTRRCAP_FIXED | VMSR_MTRR_VARIABLE;
	return true;
}

/* MTRRs of a guest are memory only: the EPT decides about memory types. */
static uint64_t *mtrr_slot(struct vcpu *vcpu, uint32_t msr)
{
	uint64_t *fixed = vcpu->msrs.mtrr_fixed;

	if (msr == MSR_IA32_MTRR_DEF_TYPE) {
		return &vcpu->msrs.mtrr_def_type;
	}
	if (msr == MSR_IA32_MTRR_FIX64K_00000) {
		return &fixed[0];
	}
	if (msr <= MSR_IA32_MTRR_FIX16K_A0000 && msr >= MSR_IA32_MTRR_FIX16K_80000) {
		return &fixed[1 + msr - MSR_IA32_MTRR_FIX16K_80000];
	}
	if (msr >= MSR_IA32_MTRR_FIX4K_C0000) {
		return &fixed[3 + msr - MSR_IA32_MTRR_FIX4K_C0000];
	}
	return &vcpu->msrs.mtrr_variable[msr - MSR_IA32_MTRR_PHYSBASE0];
}

static bool read_mtrr(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	*value = *mtrr_slot(vcpu, msr);
	return true;
}

static bool fixed_types_valid(uint64_t value)
{
	for (unsigned i = 0; i < 8; i++) {
		if (!memory_type_is_valid(value >> 8 * i & 0xFF)) {
			return false;
		}
	}
	return true;
}

static bool write_mtrr_fixed(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	if (!fixed_types_valid(value)) {
		return false;
	}
	*mtrr_slot(vcpu, msr) = value;
	return true;
}

static bool write_mtrr_variable(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	uint64_t physical_bits = vcpu->cpuid.extended[8].eax & 0xFF;
	bool is_mask = (msr & 1) != 0;
	uint64_t low = value & 0xFFF;

	if (value >> physical_bits != 0 ||
	    (is_mask ? (low & ~MTRR_MASK_VALID) != 0 : !memory_type_is_valid(low))) {
		return false;
	}
	*mtrr_slot(vcpu, msr) = value;
	return true;
}

static bool write_mtrr_def_type(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	if ((value & ~(MTRR_DEF_TYPE_ENABLE | MTRR_DEF_TYPE_FIXED | 0xFF)) != 0 ||
	    !memory_type_is_valid(value & 0xFF)) {
		return false;
	}
	*mtrr_slot(vcpu, msr) = value;
	return true;
}

/* clang-format off */
/* Sorted by first. */
static const struct rule rules[] = {
	{ MSR_IA32_TSC, MSR_IA32_TSC, PASS, DENY, NULL, NULL, NULL, "the real counter, which no guest may set" },
	{ MSR_IA32_PLATFORM_ID, MSR_IA32_PLATFORM_ID, ASK, DENY, read_zero, NULL, NULL, "only chooses microcode" },
	{ MSR_IA32_APIC_BASE, MSR_IA32_APIC_BASE, ASK, ASK, vlapic_read_base, vlapic_write_base, NULL, "the guest's mode; the physical APIC stays in x2APIC mode" },
	{ MSR_IA32_TSC_ADJUST, MSR_IA32_TSC_ADJUST, PASS, ASK, read_zero, write_tsc_adjust, has_zero_tsc_adjust, "Linux looks each second; what firmware left there is not shown" },
	{ MSR_IA32_SPEC_CTRL, MSR_IA32_SPEC_CTRL, PASS, PASS, NULL, NULL, has_spec_ctrl, "of this processor alone" },
	{ MSR_IA32_PRED_CMD, MSR_IA32_PRED_CMD, DENY, PASS, NULL, NULL, has_pred_cmd, "of this processor alone" },
	{ MSR_IA32_BIOS_UPDT_TRIG, MSR_IA32_BIOS_UPDT_TRIG, DENY, ASK, NULL, write_ignored, NULL, "microcode is the machine's: an update is dropped, the revision stays" },
	{ MSR_IA32_BIOS_SIGN_ID, MSR_IA32_BIOS_SIGN_ID, ASK, ASK, read_host, write_ignored, NULL, "microcode revision; cleared before it is read" },
	{ MSR_IA32_PMC0, MSR_IA32_PMC0 + 7, PASS, PASS, NULL, NULL, has_counter, "the guest's counters" },
	{ MSR_IA32_MTRRCAP, MSR_IA32_MTRRCAP, ASK, DENY, read_mtrrcap, NULL, NULL, "emulated MTRRs" },
	{ MSR_IA32_ARCH_CAPABILITIES, MSR_IA32_ARCH_CAPABILITIES, ASK, DENY, read_arch_capabilities, NULL, NULL, "which flaws the processor has not" },
	{ MSR_IA32_FLUSH_CMD, MSR_IA32_FLUSH_CMD, DENY, PASS, NULL, NULL, has_flush_cmd, "of this processor alone" },
	{ MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_EIP, PASS, PASS, NULL, NULL, NULL, "in the VMCS" },
	{ MSR_IA32_PERFEVTSEL0, MSR_IA32_PERFEVTSEL0 + 7, PASS, ASK, NULL, write_counter, has_counter, "may not count the other thread of the core" },
	{ MSR_IA32_MISC_ENABLE, MSR_IA32_MISC_ENABLE, ASK, ASK, read_misc_enable, write_misc_enable, NULL, "no power management for guests" },
	{ MSR_IA32_DEBUGCTL, MSR_IA32_DEBUGCTL, ASK, ASK, read_debugctl, write_debugctl, NULL, "branch single-step, last branch" },
	{ MSR_IA32_MTRR_PHYSBASE0, MSR_IA32_MTRR_PHYSBASE0 + 2 * VMSR_MTRR_VARIABLE - 1, ASK, ASK, read_mtrr, write_mtrr_variable, NULL, "emulated MTRRs" },
	{ MSR_IA32_MTRR_FIX64K_00000, MSR_IA32_MTRR_FIX64K_00000, ASK, ASK, read_mtrr, write_mtrr_fixed, NULL, "emulated MTRRs" },
	{ MSR_IA32_MTRR_FIX16K_80000, MSR_IA32_MTRR_FIX16K_A0000, ASK, ASK, read_mtrr, write_mtrr_fixed, NULL, "emulated MTRRs" },
	{ MSR_IA32_MTRR_FIX4K_C0000, MSR_IA32_MTRR_FIX4K_F8000, ASK, ASK, read_mtrr, write_mtrr_fixed, NULL, "emulated MTRRs" },
	{ MSR_IA32_PAT, MSR_IA32_PAT, PASS, PASS, NULL, NULL, NULL, "in the VMCS" },
	{ MSR_IA32_MTRR_DEF_TYPE, MSR_IA32_MTRR_DEF_TYPE, ASK, ASK, read_mtrr, write_mtrr_def_type, NULL, "emulated MTRRs" },
	{ MSR_IA32_FIXED_CTR0, MSR_IA32_FIXED_CTR0 + 3, PASS, PASS, NULL, NULL, has_counter, "the guest's counters" },
	{ MSR_IA32_FIXED_CTR_CTRL, MSR_IA32_FIXED_CTR_CTRL, PASS, ASK, NULL, write_counter, has_counter, "may not count the other thread of the core" },
	{ MSR_IA32_PERF_GLOBAL_STATUS, MSR_IA32_PERF_GLOBAL_STATUS, PASS, DENY, NULL, NULL, has_counter, "the guest's counters" },
	{ MSR_IA32_PERF_GLOBAL_CTRL, MSR_IA32_PERF_GLOBAL_CTRL, PASS, ASK, NULL, write_global_ctrl, has_counter, "loaded at entry, 0 here" },
	{ MSR_IA32_PERF_GLOBAL_OVF_CTRL, MSR_IA32_PERF_GLOBAL_OVF_CTRL, DENY, PASS, NULL, NULL, has_counter, "the guest's counters" },
	{ MSR_IA32_TSC_DEADLINE, MSR_IA32_TSC_DEADLINE, PASS, PASS, NULL, NULL, NULL, "the guest's own timer" },
	{ X2APIC_ID, X2APIC_ID, ASK, DENY, vlapic_read_id, NULL, NULL, "virtual APIC ID" },
	{ X2APIC_VERSION, X2APIC_VERSION, PASS, DENY, NULL, NULL, NULL, "real APIC" },
	{ X2APIC_TPR, X2APIC_TPR, PASS, PASS, NULL, NULL, NULL, "real APIC" },
	{ 0x80A, 0x80A, PASS, DENY, NULL, NULL, NULL, "real APIC: PPR" },
	{ X2APIC_EOI, X2APIC_EOI, DENY, EDGE, NULL, vlapic_write_reg, NULL, "real APIC; the I/O APIC hears of a level's end" },
	{ X2APIC_LDR, X2APIC_LDR, ASK, DENY, vlapic_read_ldr, NULL, NULL, "from the virtual APIC ID" },
	{ X2APIC_SVR, X2APIC_SVR, PASS, ASK, NULL, vlapic_write_reg, NULL, "real APIC; lowest priority must know who is enabled" },
	{ X2APIC_ISR0, X2APIC_ISR0 + 7, PASS, DENY, NULL, NULL, NULL, "real APIC" },
	{ X2APIC_TMR0, X2APIC_TMR0 + 7, ASK, DENY, vlapic_read_reg, NULL, NULL, "to the real APIC everything is an edge" },
	{ X2APIC_IRR0, X2APIC_IRR0 + 7, PASS, DENY, NULL, NULL, NULL, "real APIC" },
	{ X2APIC_ESR, X2APIC_ESR, ASK, ASK, vlapic_read_reg, vlapic_write_reg, NULL, "errors of the ICR are found here" },
	{ X2APIC_LVT_CMCI, X2APIC_LVT_CMCI, ASK, ASK, vlapic_read_reg, vlapic_write_reg, NULL, "no wire in this machine" },
	{ X2APIC_ICR, X2APIC_ICR, ASK, ASK, vlapic_read_icr, vlapic_write_icr, NULL, "names other processors: translated" },
	{ X2APIC_LVT_TIMER, X2APIC_LVT_TIMER, PASS, PASS, NULL, NULL, NULL, "real APIC: no delivery mode in this one" },
	{ X2APIC_LVT_THERMAL, X2APIC_LVT_LINT1, ASK, ASK, vlapic_read_reg, vlapic_write_reg, NULL, "memory only; LINT0 is the 8259s' wire" },
	{ X2APIC_LVT_ERROR, X2APIC_LVT_ERROR, PASS, PASS, NULL, NULL, NULL, "real APIC: no delivery mode in this one" },
	{ X2APIC_TIMER_INITIAL, X2APIC_TIMER_INITIAL, PASS, PASS, NULL, NULL, NULL, "real APIC" },
	{ X2APIC_TIMER_CURRENT, X2APIC_TIMER_CURRENT, PASS, DENY, NULL, NULL, NULL, "real APIC" },
	{ X2APIC_TIMER_DIVIDE, X2APIC_TIMER_DIVIDE, PASS, PASS, NULL, NULL, NULL, "real APIC" },
	{ X2APIC_SELF_IPI, X2APIC_SELF_IPI, DENY, PASS, NULL, NULL, NULL, "real APIC: reaches nobody else" },
	{ MSR_IA32_XSS, MSR_IA32_XSS, ASK, ASK, read_xss, write_xss, NULL, "there with XSAVES; CPUID shows no bit of it" },
	{ MSR_IA32_EFER, MSR_IA32_EFER, PASS, PASS, NULL, NULL, NULL, "in the VMCS" },
	{ MSR_IA32_STAR, MSR_IA32_FMASK, PASS, PASS, NULL, NULL, NULL, "Muntin never executes SYSCALL" },
	{ MSR_IA32_FS_BASE, MSR_IA32_GS_BASE, PASS, PASS, NULL, NULL, NULL, "in the VMCS" },
	{ MSR_IA32_KERNEL_GS_BASE, MSR_IA32_KERNEL_GS_BASE, PASS, PASS, NULL, NULL, NULL, "Muntin never executes SWAPGS" },
	{ MSR_IA32_TSC_AUX, MSR_IA32_TSC_AUX, PASS, PASS, NULL, NULL, NULL, "Muntin never executes RDTSCP" },
};
/* clang-format on */

/* NULL: no rule, so it is not there. */
static const struct rule *find(uint32_t msr)
{
	const struct rule *at = rules;

	/* The first whose last is not below @msr is among @count from @at on; halved without a jump that could go wrong. */
	for (uint64_t count = ARRAY_COUNT(rules); count > 1;) {
		uint64_t half = count / 2;

		at = at[half - 1].last < msr ? at + half : at;
		count -= half;
	}
	return msr >= at->first && msr <= at->last ? at : NULL;
}

static bool is_present(const struct rule *rule, uint32_t msr)
{
	return rule->present == NULL || rule->present(msr);
}

static bool is_x2apic(uint32_t msr)
{
	return msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST;
}

static bool passes(enum access access, enum msr_view view)
{
	return access == PASS || (access == EDGE && view != MSR_VIEW_LEVEL);
}

void msr_policy_open(void *msr_bitmap, enum msr_view view)
{
	for (unsigned i = 0; i < ARRAY_COUNT(rules); i++) {
		const struct rule *rule = &rules[i];

		for (uint32_t msr = rule->first; msr <= rule->last; msr++) {
			if (!is_present(rule, msr) ||
			    (is_x2apic(msr) && view == MSR_VIEW_NO_X2APIC)) {
				continue;
			}
			if (passes(rule->read, view)) {
				trapmap_pass_reads(msr_bitmap, msr);
			}
			if (passes(rule->write, view)) {
				trapmap_pass_writes(msr_bitmap, msr);
			}
		}
	}
}

/* An access that exited although the table passes it through: the machine has no such MSR, or not as it should. */
static bool is_answered(const struct rule *rule, enum access access, uint32_t msr)
{
	return access == ASK || access == EDGE || (access == PASS && !is_present(rule, msr));
}

/* In the other modes none of them is there. */
static bool is_missing(const struct vcpu *vcpu, uint32_t msr)
{
	return is_x2apic(msr) && vlapic_mode_of(vcpu->apic.base) != VLAPIC_X2APIC;
}

/* Never inlined: an MSR in no row shall not pay for its registers. */
static __attribute__((noinline)) bool read_by(const struct rule *rule, struct vcpu *vcpu,
					      uint32_t msr, uint64_t *value)
{
	return is_answered(rule, rule->read, msr) && !is_missing(vcpu, msr) &&
	       rule->on_read != NULL && rule->on_read(vcpu, msr, value);
}

bool msr_policy_read(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	const struct rule *rule = find(msr);

	return rule != NULL && read_by(rule, vcpu, msr, value);
}

bool msr_policy_write(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	const struct rule *rule = find(msr);

	return rule != NULL && !is_missing(vcpu, msr) && is_answered(rule, rule->write, msr) &&
	       rule->on_write != NULL && rule->on_write(vcpu, msr, value);
}

bool msr_policy_passes(uint32_t msr, bool write, enum msr_view view)
{
	const struct rule *rule = find(msr);

	return rule != NULL && (view != MSR_VIEW_NO_X2APIC || !is_x2apic(msr)) &&
	       passes(write ? rule->write : rule->read, view) && is_present(rule, msr);
}

/* Of a variable range of 1 GiB; the mask has as many bits as the processor has address bits. */
static uint64_t hole_mask(void)
{
	uint64_t bits = cpuid(0x80000008, 0).eax & 0xFF;

	return (((uint64_t)1 << bits) - 1) & ~(GIB - 1);
}

void vmsr_reset(struct vmsr *vmsr)
{
	*vmsr = (struct vmsr){
		/* As firmware would leave them: everything write-back but the hole for devices below 4 GiB. */
		.mtrr_def_type = MTRR_DEF_TYPE_ENABLE | MTRR_DEF_TYPE_FIXED | MEMORY_TYPE_WB,
		.mtrr_variable = { 0xC0000000 | MEMORY_TYPE_UC, hole_mask() | MTRR_MASK_VALID },
	};
	for (unsigned i = 0; i < VMSR_MTRR_FIXED; i++) {
		/* The video range, 0xA0000 to 0xBFFFF, is the third register. */
		vmsr->mtrr_fixed[i] = i == 2 ? 0 : (uint64_t)MEMORY_TYPE_WB * 0x0101010101010101;
	}
}

void msr_policy_clear_xss(void)
{
	bool has_xsave = (cpuid(1, 0).ecx & 1u << 26) != 0;

	if (has_xsave && (cpuid(0xD, 1).eax & 1u << 3) != 0) {
		wrmsr(MSR_IA32_XSS, 0);
	}
}

/* As after power-up (SDM Vol. 3A, "Processor State After Reset"): everything 0, the counters enabled at large. */
static void clear_counters(void)
{
	const struct vpmu *pmu = processors_pmu();

	if (pmu->gp_count == 0) {
		return;
	}
	for (uint32_t msr = MSR_IA32_PMC0; msr <= MSR_IA32_FIXED_CTR_CTRL; msr++) {
		if (has_counter(msr)) {
			wrmsr(msr, 0);
		}
	}
	wrmsr(MSR_IA32_PERF_GLOBAL_OVF_CTRL, vpmu_global(pmu));
	vmwrite(VMCS_GUEST_PERF_GLOBAL_CTRL, vpmu_global(pmu) & UINT32_MAX);
}

void vmsr_clear_hardware(void)
{
	static const uint32_t msrs[] = { MSR_IA32_STAR, MSR_IA32_LSTAR, MSR_IA32_CSTAR,
					 MSR_IA32_FMASK, MSR_IA32_KERNEL_GS_BASE };

	for (unsigned i = 0; i < ARRAY_COUNT(msrs); i++) {
		wrmsr(msrs[i], 0);
	}
	if (has_tsc_deadline(0)) {
		wrmsr(MSR_IA32_TSC_DEADLINE, 0);
	}
	if (has_rdtscp(0)) {
		wrmsr(MSR_IA32_TSC_AUX, 0);
	}
	if (has_spec_ctrl(0)) {
		wrmsr(MSR_IA32_SPEC_CTRL, 0);
	}
	msr_policy_clear_xss();
	clear_counters();
}
