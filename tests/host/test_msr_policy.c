/* SPDX-License-Identifier: Apache-2.0 */
/* test_msr_policy.c: the MSRs a guest has, both directions, row by row. The local APIC's rows: test_ipi.c and its like. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/host/fake_insn.h"
#include "tests/host/fake_vmcs.h"

#include "kernel/msr_policy.c"

#define BIT(n) ((uint64_t)1 << (n))

static struct vcpu vcpu;
static struct cpuid_regs machine_1, machine_7, machine_d1, machine_ext1;

/* The local APIC's handlers are not asked here, but for registers that are answered one and all. */
#define NOT_HERE_READ(name)                                                                        \
	bool name(struct vcpu *of, uint32_t msr, uint64_t *value)                                  \
	{                                                                                          \
		(void)of;                                                                          \
		(void)value;                                                                       \
		fail_msg("MSR 0x%x", msr);                                                         \
		return false;                                                                      \
	}
#define NOT_HERE_WRITE(name)                                                                       \
	bool name(struct vcpu *of, uint32_t msr, uint64_t value)                                   \
	{                                                                                          \
		(void)of;                                                                          \
		(void)value;                                                                       \
		fail_msg("MSR 0x%x", msr);                                                         \
		return false;                                                                      \
	}
NOT_HERE_READ(vlapic_read_base)
NOT_HERE_READ(vlapic_read_id)
NOT_HERE_READ(vlapic_read_ldr)
NOT_HERE_READ(vlapic_read_icr)
NOT_HERE_WRITE(vlapic_write_base)
NOT_HERE_WRITE(vlapic_write_icr)

bool vlapic_read_reg(struct vcpu *of, uint32_t msr, uint64_t *value)
{
	(void)of;
	*value = msr;
	return true;
}

bool vlapic_write_reg(struct vcpu *of, uint32_t msr, uint64_t value)
{
	(void)of;
	(void)msr;
	return value == 0;
}

static struct vpmu pmu;

const struct vpmu *processors_pmu(void)
{
	return &pmu;
}

static struct cpuid_regs machine(uint32_t leaf, uint32_t subleaf)
{
	switch (leaf) {
	case 0:
		return (struct cpuid_regs){ 0x16, 0, 0, 0 };
	case 1:
		return machine_1;
	case 7:
		return machine_7;
	case 0xD:
		return subleaf == 1 ? machine_d1 : (struct cpuid_regs){ 0, 0, 0, 0 };
	case 0x80000001:
		return machine_ext1;
	case 0x80000008:
		return (struct cpuid_regs){ 0x302E, 0, 0, 0 };
	default:
		return (struct cpuid_regs){ 0, 0, 0, 0 };
	}
}

/* How one direction is answered: by the processor itself, by the table, or with #GP. */
enum way { GP, PASSES, ANSWERED };

struct expected {
	uint32_t first, last;
	enum way read, write;
};

/* All there is, on a machine that has everything; SDM Vol. 4, "Architectural MSRs". */
static const struct expected all[] = {
	{ 0x10, 0x10, PASSES, GP },           /* TSC */
	{ 0x17, 0x17, ANSWERED, GP },         /* PLATFORM_ID */
	{ 0x1B, 0x1B, ANSWERED, ANSWERED },   /* APIC_BASE */
	{ 0x3B, 0x3B, PASSES, ANSWERED },     /* TSC_ADJUST */
	{ 0x48, 0x48, PASSES, PASSES },       /* SPEC_CTRL */
	{ 0x49, 0x49, GP, PASSES },           /* PRED_CMD */
	{ 0x79, 0x79, GP, ANSWERED },         /* BIOS_UPDT_TRIG */
	{ 0x8B, 0x8B, ANSWERED, ANSWERED },   /* BIOS_SIGN_ID */
	{ 0xFE, 0xFE, ANSWERED, GP },         /* MTRRCAP */
	{ 0x10A, 0x10A, ANSWERED, GP },       /* ARCH_CAPABILITIES */
	{ 0x10B, 0x10B, GP, PASSES },         /* FLUSH_CMD */
	{ 0x174, 0x176, PASSES, PASSES },     /* SYSENTER */
	{ 0x1A0, 0x1A0, ANSWERED, ANSWERED }, /* MISC_ENABLE */
	{ 0x1D9, 0x1D9, ANSWERED, ANSWERED }, /* DEBUGCTL */
	{ 0x200, 0x20F, ANSWERED, ANSWERED }, /* variable MTRRs */
	{ 0x250, 0x250, ANSWERED, ANSWERED }, /* fixed MTRRs */
	{ 0x258, 0x259, ANSWERED, ANSWERED },
	{ 0x268, 0x26F, ANSWERED, ANSWERED },
	{ 0x277, 0x277, PASSES, PASSES },     /* PAT */
	{ 0x2FF, 0x2FF, ANSWERED, ANSWERED }, /* MTRR_DEF_TYPE */
	{ 0x6E0, 0x6E0, PASSES, PASSES },     /* TSC_DEADLINE */
	{ 0xDA0, 0xDA0, ANSWERED, ANSWERED }, /* XSS */
	{ 0xC0000080, 0xC0000084, PASSES, PASSES },
	{ 0xC0000100, 0xC0000103, PASSES, PASSES },
};

static enum way expected_way(uint32_t msr, bool write)
{
	for (unsigned i = 0; i < ARRAY_COUNT(all); i++) {
		if (msr >= all[i].first && msr <= all[i].last) {
			return write ? all[i].write : all[i].read;
		}
	}
	return GP;
}

static bool of_the_apic(uint32_t msr)
{
	return msr == MSR_IA32_APIC_BASE || (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST);
}

/* A machine with everything. */
static int rich(void **unused)
{
	(void)unused;
	fake_cpuid = machine;
	machine_1 = machine_7 = machine_d1 = machine_ext1 =
		(struct cpuid_regs){ UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX };
	pmu = (struct vpmu){ 0 };
	fake_msr_count = 0;
	fake_msr_add(MSR_IA32_TSC_ADJUST, 0);
	fake_msr_add(MSR_IA32_BIOS_SIGN_ID, (uint64_t)0x2000042 << 32);
	fake_msr_add(MSR_IA32_ARCH_CAPABILITIES, UINT64_MAX);
	memset(fake_vmcs, 0, sizeof(fake_vmcs));
	vcpu = (struct vcpu){ .cpuid = { .xsaves = true } };
	vcpu.cpuid.extended[8].eax = 0x302E;
	return 0;
}

static bool reads(uint32_t msr)
{
	uint64_t value;

	return msr_policy_read(&vcpu, msr, &value);
}

static uint64_t value_of(uint32_t msr)
{
	uint64_t value;

	assert_true(msr_policy_read(&vcpu, msr, &value));
	return value;
}

static bool takes(uint32_t msr, uint64_t value)
{
	return msr_policy_write(&vcpu, msr, value);
}

static enum way way_of_read(uint32_t msr)
{
	if (msr_policy_passes(msr, false, MSR_VIEW_X2APIC)) {
		return PASSES;
	}
	return reads(msr) ? ANSWERED : GP;
}

/* What may be written to anything that answers writes at all. */
static uint64_t harmless(uint32_t msr)
{
	uint64_t value;

	return msr_policy_read(&vcpu, msr, &value) ? value : 0;
}

static enum way way_of_write(uint32_t msr)
{
	if (msr_policy_passes(msr, true, MSR_VIEW_X2APIC)) {
		return PASSES;
	}
	return takes(msr, harmless(msr)) ? ANSWERED : GP;
}

static void assert_ways(uint32_t msr)
{
	if (of_the_apic(msr)) {
		return;
	}
	if (way_of_read(msr) != expected_way(msr, false)) {
		fail_msg("read of 0x%x: %d", msr, way_of_read(msr));
	}
	if (way_of_write(msr) != expected_way(msr, true)) {
		fail_msg("write of 0x%x: %d", msr, way_of_write(msr));
	}
}

/* Both halves that a bitmap has bits for, and around them. */
static void each_msr_is_passed_answered_or_refused_as_listed(void **unused)
{
	(void)unused;
	for (uint32_t msr = 0; msr < 0x2100; msr++) {
		assert_ways(msr);
		assert_ways(0xC0000000 + msr);
		assert_ways(0x40000000 + msr);
		assert_ways(0xC0010000 + msr);
	}
	assert_ways(UINT32_MAX);
}

/*
 * SDM Vol. 4: each of these exists by a bit of CPUID (or by VMX) that guests do not see. Systems probe for them; what is
 * hidden must fault.
 */
static void msrs_of_hidden_features_are_not_there(void **unused)
{
	static const uint32_t hidden[] = {
		0x3A, /* FEATURE_CONTROL: VMX, SMX, SGX */
		0xC1,  0x186, 0x309, 0x38D, 0x38E, 0x38F, 0x390, /* leaf 0AH */
		0x122,                      /* TSX_CTRL: ARCH_CAPABILITIES bit 7 */
		0x123,                      /* MCU_OPT_CTRL: SRBDS_CTRL */
		0x179, 0x17A, 0x400,        /* MCG_CAP, MCG_STATUS, MC0_CTL: MCA */
		0x198, 0x199,               /* PERF_STATUS, PERF_CTL: EIST */
		0x19A, 0x19B, 0x19C,        /* CLOCK_MODULATION, THERM: ACPI, TM */
		0x1B0,                      /* ENERGY_PERF_BIAS: leaf 6 */
		0x345,                      /* PERF_CAPABILITIES: PDCM */
		0x480, 0x491,               /* VMX */
		0x560, 0x570,               /* RTIT: PT */
		0x600,                      /* DS_AREA: DS */
		0x6A0, 0x6A2, 0x6A4, 0x6A8, /* U_CET, S_CET, PL0_SSP, SSP table */
		0x6E1,                      /* PKRS */
		0x770,                      /* HWP */
		0xC8D, 0xC90,               /* RDT */
		0xD90,                      /* BNDCFGS: MPX */
		0x1C4,                      /* XFD */
		0xCF,                       /* CORE_CAPABILITIES */
		0xE7,  0xE8,                /* MPERF, APERF: leaf 6 */
	};

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(hidden); i++) {
		assert_false(msr_policy_passes(hidden[i], false, MSR_VIEW_X2APIC) ||
			     msr_policy_passes(hidden[i], true, MSR_VIEW_X2APIC));
		assert_false(reads(hidden[i]));
		for (unsigned bit = 0; bit < 64; bit++) {
			assert_false(takes(hidden[i], BIT(bit)));
		}
	}
}

/* find() halves the table: it must rise, and each answer needs its function. */
static void rows_rise_and_have_what_they_need(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(rules); i++) {
		const struct rule *rule = &rules[i];

		assert_true(rule->first <= rule->last);
		assert_true(i == 0 || rules[i - 1].last < rule->first);
		assert_true(rule->read != ASK || rule->on_read != NULL);
		assert_true((rule->write != ASK && rule->write != EDGE) || rule->on_write != NULL);
		assert_true(rule->read != EDGE);
		assert_true(strlen(rule->why) > 5);
	}
}

/* In xAPIC mode the registers of the x2APIC do not exist. */
static void the_bitmap_is_open_for_what_passes(void **unused)
{
	static uint8_t bitmap[TRAPMAP_MSR_BYTES];

	(void)unused;
	for (enum msr_view view = 0; view < MSR_VIEWS; view++) {
		trapmap_fill(bitmap, sizeof(bitmap));
		msr_policy_open(bitmap, view);
		for (uint32_t i = 0; i < 2 * TRAPMAP_HALF_MSRS; i++) {
			uint32_t msr = i < TRAPMAP_HALF_MSRS
					       ? i
					       : TRAPMAP_HIGH_FIRST + i - TRAPMAP_HALF_MSRS;

			assert_int_equal(trapmap_reads_pass(bitmap, msr),
					 msr_policy_passes(msr, false, view));
			assert_int_equal(trapmap_writes_pass(bitmap, msr),
					 msr_policy_passes(msr, true, view));
		}
		assert_int_equal(trapmap_reads_pass(bitmap, X2APIC_TPR),
				 view != MSR_VIEW_NO_X2APIC);
	}
}

/* SDM Vol. 3A, "x2APIC Register Address Space": EOI; ISR, TMR and IRR of eight registers each. */
static void ends_are_looked_at_while_a_level_is_served(void **unused)
{
	(void)unused;
	assert_false(msr_policy_passes(0x80B, true, MSR_VIEW_NO_X2APIC));
	assert_true(msr_policy_passes(0x80B, true, MSR_VIEW_X2APIC));
	assert_false(msr_policy_passes(0x80B, true, MSR_VIEW_LEVEL));
	assert_false(takes(0x80B, 0));
	vcpu.apic.base = vlapic_mode_base(VLAPIC_X2APIC, true);
	assert_true(takes(0x80B, 0));
	for (uint32_t msr = 0x800; msr <= 0x8FF; msr++) {
		bool edge = msr == 0x80B;

		assert_int_equal(msr_policy_passes(msr, true, MSR_VIEW_LEVEL),
				 msr_policy_passes(msr, true, MSR_VIEW_X2APIC) && !edge);
		assert_int_equal(msr_policy_passes(msr, false, MSR_VIEW_LEVEL),
				 msr_policy_passes(msr, false, MSR_VIEW_X2APIC));
	}
}

static void trigger_modes_are_answered_and_what_is_requested_or_served_passes(void **unused)
{
	(void)unused;
	vcpu.apic.base = vlapic_mode_base(VLAPIC_X2APIC, true);
	for (uint32_t msr = 0x810; msr <= 0x827; msr++) {
		bool tmr = msr >= 0x818 && msr <= 0x81F;

		assert_int_equal(way_of_read(msr), tmr ? ANSWERED : PASSES);
		assert_int_equal(way_of_write(msr), GP);
	}
}

/* A passed-through MSR that the machine lacks would be the machine's #GP; the table's is as good, and counted. */
static void what_the_machine_lacks_does_not_pass(void **unused)
{
	static const uint32_t speculative[] = { MSR_IA32_SPEC_CTRL, MSR_IA32_PRED_CMD,
						MSR_IA32_FLUSH_CMD, MSR_IA32_ARCH_CAPABILITIES };

	(void)unused;
	machine_7 = (struct cpuid_regs){ 0, 0, 0, 0 };
	for (unsigned i = 0; i < ARRAY_COUNT(speculative); i++) {
		assert_int_equal(way_of_read(speculative[i]), GP);
		assert_int_equal(way_of_write(speculative[i]), GP);
	}
}

/* Firmware left something in TSC_ADJUST: guests read 0, and may write it. */
static void tsc_adjust_is_0_whatever_firmware_left(void **unused)
{
	(void)unused;
	fake_msr(MSR_IA32_TSC_ADJUST)->value = 0x1234;
	assert_false(msr_policy_passes(MSR_IA32_TSC_ADJUST, false, MSR_VIEW_X2APIC));
	assert_int_equal(value_of(MSR_IA32_TSC_ADJUST), 0);
	assert_true(takes(MSR_IA32_TSC_ADJUST, 0));
	assert_false(takes(MSR_IA32_TSC_ADJUST, 1));
}

static void microcode_is_read_and_never_changed(void **unused)
{
	(void)unused;
	assert_true(takes(MSR_IA32_BIOS_SIGN_ID, 0));
	assert_true(takes(MSR_IA32_BIOS_UPDT_TRIG, 0xDEAD0));
	assert_int_equal(value_of(MSR_IA32_BIOS_SIGN_ID) >> 32, 0x2000042);
}

/* Bits that promise further MSRs are left out: TSX_CTRL (7), FB_CLEAR_CTRL (18), GDS_CTRL (25) and others. */
static void arch_capabilities_promise_no_msr_that_is_not_there(void **unused)
{
	static const unsigned promises[] = { 7, 10, 11, 12, 16, 18, 21, 22, 23, 25 };
	uint64_t value = value_of(MSR_IA32_ARCH_CAPABILITIES);

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(promises); i++) {
		assert_true((value & BIT(promises[i])) == 0);
	}
	assert_true((value & 0x2F) == 0x2F);
	fake_msr(MSR_IA32_ARCH_CAPABILITIES)->value = 0;
	assert_int_equal(value_of(MSR_IA32_ARCH_CAPABILITIES), 0);
}

/* SDM Vol. 4, IA32_XSS: there with XSAVES; a bit that leaf 0DH does not show is #GP. */
static void xss_is_there_with_xsaves_and_has_no_bit(void **unused)
{
	(void)unused;
	assert_int_equal(value_of(MSR_IA32_XSS), 0);
	assert_true(takes(MSR_IA32_XSS, 0));
	for (unsigned bit = 0; bit < 64; bit++) {
		assert_false(takes(MSR_IA32_XSS, BIT(bit)));
	}
	vcpu.cpuid.xsaves = false;
	assert_false(reads(MSR_IA32_XSS));
	assert_false(takes(MSR_IA32_XSS, 0));
}

static void misc_enable_keeps_its_value(void **unused)
{
	uint64_t value = value_of(MSR_IA32_MISC_ENABLE);

	(void)unused;
	assert_true((value & BIT(11)) != 0 && (value & BIT(12)) != 0); /* no BTS, no PEBS */
	assert_true(takes(MSR_IA32_MISC_ENABLE, value));
	for (unsigned bit = 0; bit < 64; bit++) {
		assert_false(takes(MSR_IA32_MISC_ENABLE, value ^ BIT(bit)));
	}
}

/* SDM Vol. 3B, "IA32_DEBUGCTL MSR": LBR and BTF; TR, BTS, BTINT and the freezes are for what guests do not have. */
static void debugctl_has_lbr_and_btf(void **unused)
{
	(void)unused;
	for (unsigned bit = 0; bit < 64; bit++) {
		assert_int_equal(takes(MSR_IA32_DEBUGCTL, BIT(bit)), bit <= 1);
	}
	assert_true(takes(MSR_IA32_DEBUGCTL, 3));
	assert_int_equal(value_of(MSR_IA32_DEBUGCTL), 3);
	assert_int_equal(fake_vmcs[VMCS_GUEST_DEBUGCTL], 3);
}

/* SDM Vol. 3A, "Memory Types That Can Be Encoded in MTRRs". */
static bool is_type(uint64_t type)
{
	return type == 0 || type == 1 || type == 4 || type == 5 || type == 6;
}

static void fixed_mtrrs_take_eight_types(void **unused)
{
	static const uint32_t fixed[] = { 0x250, 0x258, 0x259, 0x268, 0x269, 0x26A,
					  0x26B, 0x26C, 0x26D, 0x26E, 0x26F };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(fixed); i++) {
		for (unsigned byte = 0; byte < 8; byte++) {
			for (uint64_t type = 0; type < 256; type++) {
				assert_int_equal(takes(fixed[i], type << 8 * byte), is_type(type));
			}
		}
	}
}

/* SDM Vol. 3A, "Variable Range MTRRs": base: type, bits 11:8 reserved; mask: bit 11, bits 10:0 reserved; MAXPHYADDR. */
static void variable_mtrrs_refuse_reserved_bits(void **unused)
{
	(void)unused;
	for (uint32_t msr = 0x200; msr < 0x210; msr++) {
		bool mask = (msr & 1) != 0;

		for (unsigned bit = 8; bit < 64; bit++) {
			bool legal = bit >= 12 ? bit < 46 : mask && bit == 11;

			assert_int_equal(takes(msr, BIT(bit)), legal);
		}
		for (uint64_t type = 0; type < 256; type++) {
			assert_int_equal(takes(msr, type), mask ? type == 0 : is_type(type));
		}
	}
}

static void def_type_has_a_type_and_two_enables(void **unused)
{
	(void)unused;
	for (unsigned bit = 8; bit < 64; bit++) {
		assert_int_equal(takes(0x2FF, BIT(bit)), bit == 10 || bit == 11);
	}
	for (uint64_t type = 0; type < 256; type++) {
		assert_int_equal(takes(0x2FF, type), is_type(type));
	}
}

/* Each is a register of its own. */
static void mtrrs_keep_what_was_written(void **unused)
{
	(void)unused;
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t msr = 0x200; msr <= 0x2FF; msr++) {
			uint64_t value = (uint64_t)msr << 24 & ~(uint64_t)0xFFF;

			if (expected_way(msr, true) != ANSWERED) {
				continue;
			}
			value = msr >= 0x250 ? msr % 2 * 4 : value;
			if (round == 0) {
				assert_true(takes(msr, value));
			} else {
				assert_int_equal(value_of(msr), value);
			}
		}
	}
	assert_int_equal(value_of(MSR_IA32_MTRRCAP) & 0xFF, 8);
}

/* In the VMCS, loaded and saved by the processor; or gone as soon as they are written. */
static bool leaves_nothing(uint32_t msr)
{
	static const uint32_t in_vmcs[] = { 0x174,      0x175,      0x176,     0x277,
					    0xC0000080, 0xC0000100, 0xC0000101 };
	static const uint32_t commands[] = { 0x49, 0x10B };

	for (unsigned i = 0; i < ARRAY_COUNT(in_vmcs); i++) {
		if (msr == in_vmcs[i]) {
			return true;
		}
	}
	return msr == commands[0] || msr == commands[1];
}

/* Nothing that one guest wrote is there for the next; IA32_XSS is none's. */
static void what_passes_is_cleared_between_guests(void **unused)
{
	(void)unused;
	fake_msr_add(MSR_IA32_XSS, 0xFFF);
	for (unsigned i = 0; i < ARRAY_COUNT(all); i++) {
		for (uint32_t msr = all[i].first; all[i].write == PASSES && msr <= all[i].last;
		     msr++) {
			if (!leaves_nothing(msr)) {
				fake_msr_add(msr, 0xFFF);
			}
		}
	}
	vmsr_clear_hardware();
	for (unsigned i = 3; i < fake_msr_count; i++) {
		if (fake_msrs[i].value != 0) {
			fail_msg("MSR 0x%x keeps its value", fake_msrs[i].msr);
		}
	}
	assert_true(fake_msr_count > 9);
}

/* SDM Vol. 3B, "Architectural Performance Monitoring": four counters and three fixed ones, each direction. */
static const struct expected counters[] = {
	{ 0xC1, 0xC4, PASSES, PASSES },     /* PMCx */
	{ 0x186, 0x189, PASSES, ANSWERED }, /* PERFEVTSELx */
	{ 0x309, 0x30B, PASSES, PASSES },   /* FIXED_CTRx */
	{ 0x38D, 0x38D, PASSES, ANSWERED }, /* FIXED_CTR_CTRL */
	{ 0x38E, 0x38E, PASSES, GP },       /* GLOBAL_STATUS */
	{ 0x38F, 0x38F, PASSES, ANSWERED }, /* GLOBAL_CTRL */
	{ 0x390, 0x390, GP, PASSES },       /* GLOBAL_OVF_CTRL */
};

static int with_counters(void **unused)
{
	rich(unused);
	pmu = (struct vpmu){ .gp_count = 4, .gp_bits = 48, .fixed_count = 3, .fixed_bits = 48 };
	for (unsigned i = 0; i < ARRAY_COUNT(counters); i++) {
		for (uint32_t msr = counters[i].first; msr <= counters[i].last; msr++) {
			fake_msr_add(msr, 0xFFF);
		}
	}
	return 0;
}

static enum way counters_way(uint32_t msr, bool write)
{
	for (unsigned i = 0; i < ARRAY_COUNT(counters); i++) {
		if (msr >= counters[i].first && msr <= counters[i].last) {
			return write ? counters[i].write : counters[i].read;
		}
	}
	return expected_way(msr, write);
}

static void counters_are_the_guests_where_it_has_them(void **unused)
{
	(void)unused;
	for (uint32_t msr = 0xC0; msr < 0x400; msr++) {
		if (way_of_read(msr) != counters_way(msr, false) && !of_the_apic(msr)) {
			fail_msg("read of 0x%x: %d", msr, way_of_read(msr));
		}
		if (way_of_write(msr) != counters_way(msr, true) && !of_the_apic(msr)) {
			fail_msg("write of 0x%x: %d", msr, way_of_write(msr));
		}
	}
}

static void what_selects_an_event_is_looked_at(void **unused)
{
	(void)unused;
	assert_true(takes(0x187, 0x4300C0));
	assert_int_equal(fake_msr(0x187)->value, 0x4300C0);
	assert_false(takes(0x187, 0x6300C0));
	assert_int_equal(fake_msr(0x187)->value, 0x4300C0);
	assert_false(takes(0x38D, 4));
	assert_true(takes(0x38D, 0x333));
	assert_int_equal(fake_msr(0x38D)->value, 0x333);
	assert_false(takes(0x18A, 0));
}

/* In the hypervisor nothing counts: the register stays as VM exit left it. */
static void global_control_is_for_the_next_entry(void **unused)
{
	(void)unused;
	assert_true(takes(0x38F, 0x70000000F));
	assert_int_equal(fake_vmcs[VMCS_GUEST_PERF_GLOBAL_CTRL], 0x70000000F);
	assert_int_equal(fake_msr(0x38F)->value, 0xFFF);
	assert_false(takes(0x38F, BIT(4)));
	assert_int_equal(fake_vmcs[VMCS_GUEST_PERF_GLOBAL_CTRL], 0x70000000F);
}

/* SDM Vol. 3A, "Processor State After Reset": counters and their controls 0, global control with a bit a counter. */
static void counters_are_cleared_between_guests(void **unused)
{
	static const uint32_t others[] = { 0xC0000081, 0xC0000082, 0xC0000083,
					   0xC0000084, 0xC0000102, 0xC0000103,
					   0x6E0,      0x48,       0xDA0 };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(others); i++) {
		fake_msr_add(others[i], 1);
	}
	vmsr_clear_hardware();
	for (uint32_t msr = 0xC1; msr <= 0x38D; msr++) {
		assert_true(!vpmu_has(&pmu, msr) || fake_msr(msr)->value == 0);
	}
	assert_int_equal(fake_msr(0x390)->value, 0x70000000F);
	assert_int_equal(fake_vmcs[VMCS_GUEST_PERF_GLOBAL_CTRL], 0xF);
}

/* On a machine that lacks them nothing is touched: RDMSR and WRMSR would fault. */
static void a_poor_machine_is_cleared_without_a_fault(void **unused)
{
	static const uint32_t there[] = { 0xC0000081, 0xC0000082, 0xC0000083, 0xC0000084,
					  0xC0000102 };

	(void)unused;
	machine_1 = machine_7 = machine_d1 = machine_ext1 = (struct cpuid_regs){ 0, 0, 0, 0 };
	fake_msr_count = 0;
	for (unsigned i = 0; i < ARRAY_COUNT(there); i++) {
		fake_msr_add(there[i], 1);
	}
	vmsr_clear_hardware();
	assert_int_equal(fake_msr(0xC0000082)->value, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_msr_is_passed_answered_or_refused_as_listed, rich),
		cmocka_unit_test_setup(msrs_of_hidden_features_are_not_there, rich),
		cmocka_unit_test_setup(rows_rise_and_have_what_they_need, rich),
		cmocka_unit_test_setup(the_bitmap_is_open_for_what_passes, rich),
		cmocka_unit_test_setup(ends_are_looked_at_while_a_level_is_served, rich),
		cmocka_unit_test_setup(
			trigger_modes_are_answered_and_what_is_requested_or_served_passes, rich),
		cmocka_unit_test_setup(what_the_machine_lacks_does_not_pass, rich),
		cmocka_unit_test_setup(tsc_adjust_is_0_whatever_firmware_left, rich),
		cmocka_unit_test_setup(microcode_is_read_and_never_changed, rich),
		cmocka_unit_test_setup(arch_capabilities_promise_no_msr_that_is_not_there, rich),
		cmocka_unit_test_setup(xss_is_there_with_xsaves_and_has_no_bit, rich),
		cmocka_unit_test_setup(misc_enable_keeps_its_value, rich),
		cmocka_unit_test_setup(debugctl_has_lbr_and_btf, rich),
		cmocka_unit_test_setup(fixed_mtrrs_take_eight_types, rich),
		cmocka_unit_test_setup(variable_mtrrs_refuse_reserved_bits, rich),
		cmocka_unit_test_setup(def_type_has_a_type_and_two_enables, rich),
		cmocka_unit_test_setup(mtrrs_keep_what_was_written, rich),
		cmocka_unit_test_setup(what_passes_is_cleared_between_guests, rich),
		cmocka_unit_test_setup(counters_are_the_guests_where_it_has_them, with_counters),
		cmocka_unit_test_setup(what_selects_an_event_is_looked_at, with_counters),
		cmocka_unit_test_setup(global_control_is_for_the_next_entry, with_counters),
		cmocka_unit_test_setup(counters_are_cleared_between_guests, with_counters),
		cmocka_unit_test_setup(a_poor_machine_is_cleared_without_a_fault, rich),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
