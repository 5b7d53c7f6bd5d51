/* SPDX-License-Identifier: Apache-2.0 */
/* state_cpuid.c: what CPUID shows is there, what it hides is not (SDM Vol. 2A, "CPUID"). */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/apic.h"

enum { LEAF_TOPOLOGY = 0xB, LEAF_TOPOLOGY_V2 = 0x1F };

static bool shows(uint32_t leaf, char reg, unsigned bit)
{
	if (leaf > cpuid(leaf & 0x80000000).eax) {
		return false;
	}
	struct cpuid r = cpuid(leaf);
	uint32_t word = reg == 'a' ? r.eax : reg == 'b' ? r.ebx : reg == 'c' ? r.ecx : r.edx;

	return (word >> bit & 1) != 0;
}

static void works(const char *what, bool shown, uint32_t vector)
{
	if (shown) {
		expect_fault(what, vector, NO_FAULT);
	}
}

BEHAVIOUR(instructions_that_cpuid_shows_work)
{
	uint32_t word = 0x12345678;
	uint8_t line[64] = { 0 };

	works("RDTSCP", shows(0x80000001, 'd', 27), TRY("rdtscp", : : : "eax", "ecx", "edx"));
	works("RDPID", shows(7, 'c', 22), TRY("rdpid %%eax", : : : "eax"));
	works("RDRAND", shows(1, 'c', 30), TRY("rdrand %%eax", : : : "eax", "cc"));
	works("RDSEED", shows(7, 'b', 18), TRY("rdseed %%eax", : : : "eax", "cc"));
	works("POPCNT", shows(1, 'c', 23), TRY("popcnt %0, %%eax", : : "r"(word) : "eax", "cc"));
	works("MOVBE", shows(1, 'c', 22), TRY("movbe %0, %%eax", : : "m"(word) : "eax"));
	works("LZCNT", shows(0x80000001, 'c', 5),
	      TRY("lzcnt %0, %%eax",
		  :
		  : "r"(word)
		  : "eax", "cc"));
	works("ADCX", shows(7, 'b', 19), TRY("adcx %0, %%eax", : : "r"(word) : "eax", "cc"));
	works("CLFLUSH", shows(1, 'd', 19), TRY("clflush %0", : "+m"(line)));
	works("CLFLUSHOPT", shows(7, 'b', 23), TRY("clflushopt %0", : "+m"(line)));
	works("CLWB", shows(7, 'b', 24), TRY("clwb %0", : "+m"(line)));
	works("PREFETCHW", shows(0x80000001, 'c', 8), TRY("prefetchw %0", : "+m"(line)));
	expect_fault("CPUID", TRY("cpuid", : : "a"(0) : "ebx", "ecx", "edx"), NO_FAULT);
}

BEHAVIOUR(instructions_that_cpuid_hides_are_undefined)
{
	uint64_t region = 0;

	if (!shows(1, 'c', 3)) {
		expect_fault("MONITOR",
			     TRY("monitor",
				 :
				 : "a"(&region), "c"(0), "d"(0)),
			     VECTOR_UD);
		expect_fault("MWAIT", TRY("mwait", : : "a"(0), "c"(0)), VECTOR_UD);
	}
	if (!shows(1, 'c', 5)) {
		expect_fault("VMXON", TRY("vmxon %0", : : "m"(region)), VECTOR_UD);
		expect_fault("VMXOFF", TRY("vmxoff", :), VECTOR_UD);
	}
	if (!shows(1, 'c', 6)) {
		expect_fault("GETSEC", TRY("getsec", : : "a"(0) : "ebx"), VECTOR_UD);
	}
	if (!shows(0x80000001, 'd', 27)) {
		expect_fault("RDTSCP", TRY("rdtscp", : : : "eax", "ecx", "edx"), VECTOR_UD);
	}
	expect_fault("UD2", TRY("ud2", :), VECTOR_UD);
}

/* Without counters there is none to read, and with them there is the first. */
BEHAVIOUR(rdpmc_reads_the_counters_that_leaf_0ah_shows)
{
	uint32_t count = cpuid(0).eax >= 0xA ? cpuid(0xA).eax >> 8 & 0xFF : 0;

	expect_fault("RDPMC of the first",
		     TRY("rdpmc",
			 :
			 : "c"(0)
			 : "eax", "edx"),
		     count > 0 ? NO_FAULT : VECTOR_GP);
	expect_fault("RDPMC of none", TRY("rdpmc", : : "c"(0x1234) : "eax", "edx"), VECTOR_GP);
}

/* They may drop or write back what caches hold; memory has what it had. */
BEHAVIOUR(invd_and_wbinvd_are_taken)
{
	expect_fault("WBINVD", TRY("wbinvd", : : : "memory"), NO_FAULT);
	expect_fault("INVD", TRY("invd", : : : "memory"), NO_FAULT);
}

/* EDX of each subleaf is the processor's own ID; the levels end with type 0. */
static void look_at_topology(uint32_t leaf)
{
	uint32_t subleaf = 0;

	for (; subleaf < 8; subleaf++) {
		struct cpuid r = cpuid_subleaf(leaf, subleaf);

		expect_equal("subleaf in ECX", r.ecx & 0xFF, subleaf);
		expect_equal("own ID", r.edx, cpuid_subleaf(leaf, 0).edx);
		if ((r.ecx >> 8 & 0xFF) == 0) {
			break;
		}
	}
	expect_between("levels", subleaf, 0, 7);
	expect_equal("ID in leaf 1", cpuid(1).ebx >> 24, cpuid_subleaf(leaf, 0).edx & 0xFF);
}

BEHAVIOUR(topology_leaves_name_this_processor)
{
	if (cpuid(0).eax < LEAF_TOPOLOGY) {
		skip("no leaf 0BH");
		return;
	}
	look_at_topology(LEAF_TOPOLOGY);
	if (cpuid(0).eax >= LEAF_TOPOLOGY_V2) {
		look_at_topology(LEAF_TOPOLOGY_V2);
	}
}

BEHAVIOUR(list_of_caches_ends)
{
	uint32_t count = 0;

	while (count < 16 && (cpuid_subleaf(4, count).eax & 0x1F) != 0) {
		count++;
	}
	expect_between("caches", count, 1, 8);
}

BEHAVIOUR(leaf_behind_the_last_answers_as_the_last)
{
	uint32_t last = cpuid(0).eax;
	struct cpuid a = cpuid(last), b = cpuid(last + 1);

	expect_equal("EAX", b.eax, a.eax);
	expect_equal("EBX", b.ebx, a.ebx);
}

BEHAVIOUR(address_widths_are_possible)
{
	struct cpuid r = cpuid(0x80000008);

	expect_between("physical bits", r.eax & 0xFF, 36, 52);
	expect_equal("linear bits", r.eax >> 8 & 0xFF, shows(7, 'c', 16) ? 57 : 48);
}
