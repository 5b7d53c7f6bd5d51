/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_cpuid.c: whether what CPUID says agrees with itself and with what the processor does. */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/smp.h"

enum {
	LEAF_CACHES = 4,
	LEAF_TOPOLOGY = 0xB,
	LEAF_TSC = 0x15,
	LEAF_MHZ = 0x16,
	LEAF1_ECX_HYPERVISOR = 1u << 31,
	SUBLEAVES = 16,
	LEVEL_SMT = 1,
	LEVEL_CORE = 2,
	PRINTABLE = 0x20,
};
#define LEAF_HYPERVISOR 0x40000000
#define LEAF_EXTENDED   0x80000000
#define LEAF_ADDRESS    0x80000008

static bool is_text(uint32_t word)
{
	for (unsigned i = 0; i < 4; i++) {
		uint32_t byte = word >> 8 * i & 0xFF;

		if (byte != 0 && (byte < PRINTABLE || byte > '~')) {
			return false;
		}
	}
	return true;
}

/* Source of all: SDM Vol. 2A, "CPUID - CPU Identification". */
BEHAVIOUR(leaf_0_has_a_vendor_of_printable_text)
{
	struct cpuid r = cpuid(0);

	expect(is_text(r.ebx) && is_text(r.ecx) && is_text(r.edx), "it is not text");
	expect_between("highest leaf", r.eax, LEAF_CACHES, 0x40);
}

BEHAVIOUR(the_brand_string_is_text)
{
	expect(cpuid(LEAF_EXTENDED).eax >= 0x80000004, "there is none");
	for (uint32_t leaf = 0x80000002; leaf <= 0x80000004; leaf++) {
		struct cpuid r = cpuid(leaf);

		expect(is_text(r.eax) && is_text(r.ebx) && is_text(r.ecx) && is_text(r.edx),
		       "it is not text");
	}
}

BEHAVIOUR(a_leaf_beyond_the_highest_answers_as_the_highest)
{
	struct cpuid highest = cpuid(cpuid(0).eax);
	struct cpuid beyond = cpuid(0x3FFFFFFF);

	expect_equal("EAX", beyond.eax, highest.eax);
	expect_equal("EBX", beyond.ebx, highest.ebx);
	expect_equal("ECX", beyond.ecx, highest.ecx);
}

BEHAVIOUR(leaf_1_names_the_apic_id)
{
	expect_equal("initial APIC ID", cpuid(1).ebx >> 24, apic_id());
}

BEHAVIOUR(leaf_0bh_names_the_x2apic_id_at_each_level)
{
	if (cpuid(0).eax < LEAF_TOPOLOGY) {
		skip("no leaf 0BH");
		return;
	}
	for (uint32_t i = 0; i < 3; i++) {
		struct cpuid r = cpuid_subleaf(LEAF_TOPOLOGY, i);

		expect_equal("x2APIC ID", r.edx, apic_id());
		expect_equal("the level in ECX", r.ecx & 0xFF, i);
	}
}

BEHAVIOUR(leaf_0bh_goes_from_threads_to_cores_to_nothing)
{
	struct cpuid first = cpuid_subleaf(LEAF_TOPOLOGY, 0);
	struct cpuid second = cpuid_subleaf(LEAF_TOPOLOGY, 1);
	struct cpuid third = cpuid_subleaf(LEAF_TOPOLOGY, 2);

	expect_equal("type of the first", first.ecx >> 8 & 0xFF, LEVEL_SMT);
	expect_equal("type of the second", second.ecx >> 8 & 0xFF, LEVEL_CORE);
	expect_equal("type of the third", third.ecx >> 8 & 0xFF, 0);
	expect(first.ebx != 0 && first.ebx <= second.ebx, "counts do not grow");
	expect((first.eax & 0x1F) <= (second.eax & 0x1F), "shifts do not grow");
	expect_between("1 << shift of a package", 1u << (second.eax & 0x1F), second.ebx, 256);
}

BEHAVIOUR(leaf_4_ends_and_its_sharing_fits_the_package)
{
	uint32_t i = 0;

	for (; i < SUBLEAVES; i++) {
		struct cpuid r = cpuid_subleaf(LEAF_CACHES, i);

		if ((r.eax & 0x1F) == 0) {
			break;
		}
		expect_between("level", r.eax >> 5 & 7, 1, 4);
		expect((r.eax >> 14 & 0xFFF) <= 255, "shared by too many");
	}
	expect_between("count of caches", i, 1, SUBLEAVES - 1);
}

/* The second processor, seen by itself. */
static struct cpuid other_leaf_1, other_topology;

static void look(void)
{
	other_leaf_1 = cpuid(1);
	other_topology = cpuid(LEAF_TOPOLOGY);
}

BEHAVIOUR(another_processor_has_another_id_and_the_same_features)
{
	if (smp_count() == 0) {
		skip("one processor");
		return;
	}
	expect(smp_run(smp_id(0), look), "it did not start");
	expect_equal("its ID", other_leaf_1.ebx >> 24, smp_id(0));
	expect_equal("its x2APIC ID", other_topology.edx, smp_id(0));
	expect_equal("its features", other_leaf_1.edx, cpuid(1).edx);
	expect_equal("its model", other_leaf_1.eax, cpuid(1).eax);
}

/* TSC frequency = crystal's * numerator / denominator. */
BEHAVIOUR(leaf_15h_says_how_fast_the_tsc_is)
{
	struct cpuid r = cpuid(LEAF_TSC);
	uint64_t khz;

	if (cpuid(0).eax < LEAF_TSC || r.eax == 0 || r.ebx == 0 || r.ecx == 0) {
		skip("no leaf 15H");
		return;
	}
	khz = divide((uint64_t)r.ecx * r.ebx, r.eax);
	khz = divide(khz, 1000);
	expect_between("kHz of the TSC", khz, clock_khz() - clock_khz() / 200,
		       clock_khz() + clock_khz() / 200);
}

BEHAVIOUR(leaf_16h_says_how_fast_the_tsc_is)
{
	uint32_t mhz = cpuid(LEAF_MHZ).eax & 0xFFFF;

	if (cpuid(0).eax < LEAF_MHZ || mhz == 0) {
		skip("no leaf 16H");
		return;
	}
	expect_between("MHz", mhz, clock_khz() / 1000 * 9 / 10, clock_khz() / 1000 * 11 / 10 + 1);
}

BEHAVIOUR(the_addresses_have_a_sensible_width)
{
	uint32_t bits = cpuid(LEAF_ADDRESS).eax;

	expect_between("physical", bits & 0xFF, 32, 52);
	expect_between("linear", bits >> 8 & 0xFF, 32, 57);
}

BEHAVIOUR(a_hypervisor_names_itself_in_text)
{
	struct cpuid r = cpuid(LEAF_HYPERVISOR);

	if ((cpuid(1).ecx & LEAF1_ECX_HYPERVISOR) == 0) {
		skip("no hypervisor");
		return;
	}
	expect_between("highest leaf", r.eax - LEAF_HYPERVISOR, 0, 0xFFFF);
	expect(r.ebx != 0 && is_text(r.ebx) && is_text(r.ecx) && is_text(r.edx), "it is not text");
}

/* What is shown works, what is not is no instruction. */
static uint32_t try_rdtscp(void)
{
	return TRY("rdtscp", : : : "eax", "ecx", "edx", "memory");
}

static uint32_t try_rdrand(void)
{
	return TRY("rdrand %%eax", : : : "eax", "memory", "cc");
}

static uint32_t try_rdseed(void)
{
	return TRY("rdseed %%eax", : : : "eax", "memory", "cc");
}

static uint32_t try_popcnt(void)
{
	return TRY("popcnt %%eax, %%eax", : : : "eax", "memory", "cc");
}

static uint32_t try_movbe(void)
{
	static uint32_t word;

	return TRY("movbe %0, %%eax", : : "m"(word) : "eax", "memory");
}

static uint32_t try_invpcid(void)
{
	static uint64_t descriptor[2] __attribute__((aligned(16)));

	return TRY("invpcid %0, %1", : : "m"(descriptor), "r"(2) : "memory");
}

static uint32_t try_monitor(void)
{
	static uint32_t word;

	return TRY("monitor", : : "a"(&word), "c"(0), "d"(0) : "memory");
}

static uint32_t try_clflush(void)
{
	static uint32_t word;

	return TRY("clflush %0", : : "m"(word) : "memory");
}

static uint32_t try_clflushopt(void)
{
	static uint32_t word;

	return TRY(".byte 0x66; clflush %0", : : "m"(word) : "memory");
}

static uint32_t try_bmi1(void)
{
	return TRY("andn %%eax, %%eax, %%eax", : : : "eax", "memory", "cc");
}

static uint32_t try_adx(void)
{
	return TRY("adcx %%eax, %%eax", : : : "eax", "memory", "cc");
}

static const struct {
	const char *name;
	uint32_t leaf;
	char reg;
	uint32_t shift;
	uint32_t (*try_it)(void);
} features[] = {
	{ "RDTSCP", 0x80000001, 'd', 27, try_rdtscp },
	{ "RDRAND", 1, 'c', 30, try_rdrand },
	{ "RDSEED", 7, 'b', 18, try_rdseed },
	{ "POPCNT", 1, 'c', 23, try_popcnt },
	{ "MOVBE", 1, 'c', 22, try_movbe },
	{ "INVPCID", 7, 'b', 10, try_invpcid },
	{ "MONITOR", 1, 'c', 3, try_monitor },
	{ "CLFLUSH", 1, 'd', 19, try_clflush },
	{ "CLFLUSHOPT", 7, 'b', 23, try_clflushopt },
	{ "BMI1", 7, 'b', 3, try_bmi1 },
	{ "ADX", 7, 'b', 19, try_adx },
};

static bool is_shown(unsigned i)
{
	struct cpuid r = cpuid(features[i].leaf);
	uint32_t value = features[i].reg == 'b' ? r.ebx : features[i].reg == 'c' ? r.ecx : r.edx;

	return (value >> features[i].shift & 1) != 0;
}

BEHAVIOUR(an_instruction_that_cpuid_shows_works)
{
	for (unsigned i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (is_shown(i)) {
			expect_fault(features[i].name, features[i].try_it(), NO_FAULT);
		}
	}
}

/* Those that have a control in the VMCS (SDM Vol. 3C, "Secondary Processor-Based VM-Execution Controls"), and MONITOR. */
BEHAVIOUR(an_instruction_that_cpuid_hides_is_none)
{
	for (unsigned i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		bool has_control = features[i].try_it == try_rdtscp ||
				   features[i].try_it == try_invpcid ||
				   features[i].try_it == try_monitor;

		if (has_control && !is_shown(i)) {
			expect_fault(features[i].name, features[i].try_it(), VECTOR_UD);
		}
	}
	expect(true, "");
}

BEHAVIOUR(leaf_7_has_no_more_subleaves_than_it_says)
{
	uint32_t last = cpuid(7).eax;
	struct cpuid r = cpuid_subleaf(7, last + 1);

	expect_equal("the subleaf behind the last", r.eax | r.ebx | r.ecx | r.edx, 0);
}

BEHAVIOUR(vmx_and_smx_are_used_by_whoever_shows_them)
{
	bool is_shown_here = (cpuid(1).ecx >> 5 & 1) != 0;
	uint64_t value;
	uint32_t vector = try_rdmsr(0x480, &value);

	expect_fault("RDMSR of IA32_VMX_BASIC", vector, is_shown_here ? NO_FAULT : VECTOR_GP);
}

/* SDM Vol. 3C, "VMX Operation": without CR4.VMXE all VMX instructions are #UD; a hypervisor's VMCALL apart. */
BEHAVIOUR(vmx_instructions_are_none)
{
	expect_fault("VMXOFF", TRY("vmxoff", : : : "memory", "cc"), VECTOR_UD);
	expect_fault("VMLAUNCH", TRY("vmlaunch", : : : "memory", "cc"), VECTOR_UD);
	expect_fault("VMREAD",
		     TRY("vmread %%eax, %%ecx",
			 :
			 :
			 : "eax", "ecx", "memory", "cc"),
		     VECTOR_UD);
}

BEHAVIOUR(getsec_is_none)
{
	expect_fault("GETSEC", TRY("getsec", : : "a"(0) : "ebx", "memory", "cc"), VECTOR_UD);
}
