/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_cr.c: MOV to CR0 and CR4, LMSW and CLTS, with legal and illegal values (SDM Vol. 2B, "MOV-Move to/from Control
 * Registers"; Vol. 3A, "Control Registers").
 */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/cr.h"

#define CR0_ALL (CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP | CR0_AM)

#define PRESENT 0x3u /* and writable */
#define LARGE   0x83u

/* Everything maps to itself, in 32-bit paging and in PAE paging. */
static uint32_t directory[1024] __attribute__((aligned(4096)));
static uint64_t pae_directories[4][512] __attribute__((aligned(4096)));
static uint64_t pdptes[4] __attribute__((aligned(32)));
static uint64_t top_level[512] __attribute__((aligned(4096)));

static void map(void)
{
	for (uint32_t i = 0; i < 1024; i++) {
		directory[i] = i << 22 | LARGE;
	}
	for (uint32_t i = 0; i < 2048; i++) {
		pae_directories[i / 512][i % 512] = (uint64_t)i << 21 | LARGE;
	}
	for (uint32_t i = 0; i < 4; i++) {
		pdptes[i] = (uint32_t)pae_directories[i] | 1;
	}
}

/* The state each behaviour begins and ends in. */
static void unpaged(void)
{
	uint32_t cr0 = (read_cr0() & ~(CR0_PG | CR0_CD | CR0_NW | CR0_ALL)) | CR0_PE;

	write_cr0(cr0);
	write_cr4(0);
	wrmsr(MSR_EFER, 0);
}

BEHAVIOUR(cr0_refuses_paging_without_protection_and_write_through_without_caching_off)
{
	uint32_t cr0 = read_cr0() & ~(CR0_CD | CR0_NW);

	map();
	write_cr3((uint32_t)directory);
	expect_fault("PG without PE", try_cr0((cr0 | CR0_PG) & ~CR0_PE), VECTOR_GP);
	expect_fault("PG without PE, CD", try_cr0((cr0 | CR0_PG | CR0_CD) & ~CR0_PE), VECTOR_GP);
	expect_fault("NW without CD", try_cr0(cr0 | CR0_NW), VECTOR_GP);
	expect_fault("NW without CD, NE", try_cr0((cr0 ^ CR0_NE) | CR0_NW), VECTOR_GP);
	expect_equal("CR0 afterwards", read_cr0() & ~CR0_ET, cr0 & ~CR0_ET);
	unpaged();
}

BEHAVIOUR(cr0_takes_every_combination_of_its_other_bits)
{
	static const uint32_t bits[] = { CR0_MP, CR0_EM, CR0_TS, CR0_NE, CR0_WP, CR0_AM, CR0_CD };

	for (uint32_t n = 0; n < 1u << 7; n++) {
		uint32_t value = CR0_PE | CR0_ET;

		for (unsigned i = 0; i < 7; i++) {
			value |= (n >> i & 1) != 0 ? bits[i] : 0;
		}
		if (!expect_fault("MOV to CR0", try_cr0(value), NO_FAULT) ||
		    !expect_equal("CR0", read_cr0(), value)) {
			break;
		}
	}
	unpaged();
}

BEHAVIOUR(cr0_has_cd_with_nw_and_keeps_et)
{
	expect_fault("CD and NW", try_cr0(CR0_PE | CR0_CD | CR0_NW), NO_FAULT);
	expect_equal("CR0", read_cr0(), CR0_PE | CR0_ET | CR0_CD | CR0_NW);
	unpaged();
}

/* "Attempts to set reserved bits in CR0[31:0] are ignored." */
BEHAVIOUR(cr0_ignores_its_reserved_bits)
{
	uint32_t reserved = 0x1FFAFFC0;

	expect_fault("reserved bits", try_cr0(CR0_PE | reserved), NO_FAULT);
	expect_equal("CR0", read_cr0(), CR0_PE | CR0_ET);
	expect_fault("reserved bits, NE and CD", try_cr0(CR0_PE | CR0_NE | CR0_CD | reserved),
		     NO_FAULT);
	expect_equal("CR0", read_cr0(), CR0_PE | CR0_ET | CR0_NE | CR0_CD);
	unpaged();
}

/* SDM Vol. 2A, "LMSW", "CLTS"; Vol. 2B, "SMSW". */
BEHAVIOUR(lmsw_sets_four_bits_and_cannot_clear_pe)
{
	uint32_t word;

	__asm__ volatile("lmsw %w0" : : "r"(CR0_MP | CR0_EM | CR0_TS | CR0_NE));
	expect_equal("CR0 after LMSW", read_cr0() & (CR0_ALL | CR0_PE),
		     CR0_PE | CR0_MP | CR0_EM | CR0_TS);
	__asm__ volatile("clts");
	expect_equal("CR0 after CLTS", read_cr0() & (CR0_ALL | CR0_PE), CR0_PE | CR0_MP | CR0_EM);
	__asm__ volatile("smsw %0" : "=r"(word));
	expect_equal("SMSW", word & 0xFFFF, read_cr0() & 0xFFFF);
	unpaged();
}

/* Of a bit of CR4 that CPUID does not show: reserved. */
struct cr4_bit {
	uint32_t bit;
	uint32_t leaf;
	char reg;
	uint32_t shown;
};

static bool is_shown(const struct cr4_bit *bit)
{
	struct cpuid r = { 0, 0, 0, 0 };

	if (bit->leaf <= cpuid(0).eax) {
		r = cpuid(bit->leaf);
	}
	uint32_t word = bit->reg == 'b' ? r.ebx : bit->reg == 'c' ? r.ecx : r.edx;

	return (word >> bit->shown & 1) != 0;
}

/* Not MCE: Muntin lets firmware set it, although no CPUID bit says that it does anything. */
BEHAVIOUR(cr4_takes_the_bits_that_cpuid_shows_and_no_other)
{
	static const struct cr4_bit bits[] = {
		{ 0, 1, 'd', 1 },   { 1, 1, 'd', 1 },  { 2, 1, 'd', 4 },   { 3, 1, 'd', 2 },
		{ 4, 1, 'd', 3 },   { 5, 1, 'd', 6 },  { 7, 1, 'd', 13 },  { 9, 1, 'd', 24 },
		{ 10, 1, 'd', 25 }, { 11, 7, 'c', 2 }, { 12, 7, 'c', 16 }, { 13, 1, 'c', 5 },
		{ 14, 1, 'c', 6 },  { 16, 7, 'b', 0 }, { 18, 1, 'c', 26 }, { 20, 7, 'b', 7 },
		{ 21, 7, 'b', 20 }, { 22, 7, 'c', 3 },
	};

	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		bool shown = is_shown(&bits[i]);
		uint32_t value = 1u << bits[i].bit;

		if (!expect_fault("MOV to CR4", try_cr4(value), shown ? NO_FAULT : VECTOR_GP) ||
		    !expect_equal("CR4", read_cr4(), shown ? value : 0)) {
			expect_equal("bit", bits[i].bit, 0xFF);
		}
		unpaged();
	}
}

BEHAVIOUR(cr4_refuses_bits_that_mean_nothing)
{
	static const uint8_t reserved[] = { 15, 26, 28, 29, 30, 31 };

	for (unsigned i = 0; i < sizeof(reserved); i++) {
		expect_fault("a reserved bit", try_cr4(1u << reserved[i]), VECTOR_GP);
	}
	expect_equal("CR4", read_cr4(), 0);
	unpaged();
}

BEHAVIOUR(pcids_need_long_mode)
{
	expect_fault("PCIDE outside of IA-32e mode", try_cr4(CR4_PCIDE | CR4_PAE), VECTOR_GP);
	expect_fault("PCIDE and MCE", try_cr4(CR4_PCIDE | CR4_PAE | CR4_MCE), VECTOR_GP);
	unpaged();
}

BEHAVIOUR(paging_of_32_bits_goes_on_and_off)
{
	map();
	write_cr3((uint32_t)directory);
	expect_fault("PSE", try_cr4(CR4_PSE), NO_FAULT);
	expect_fault("PG", try_cr0(read_cr0() | CR0_PG), NO_FAULT);
	expect_fault("CD with paging", try_cr0(read_cr0() | CR0_CD), NO_FAULT);
	expect((read_cr0() & CR0_PG) != 0, "PG is not set");
	expect_fault("PG and CD off", try_cr0(read_cr0() & ~(CR0_PG | CR0_CD)), NO_FAULT);
	expect((read_cr0() & CR0_PG) == 0, "PG is set");
	unpaged();
}

/* On with and without another bit that a hypervisor may own, and off. */
BEHAVIOUR(pae_paging_goes_on_and_off)
{
	map();
	write_cr3((uint32_t)pdptes);
	expect_fault("PAE", try_cr4(CR4_PAE), NO_FAULT);
	expect_fault("PG", try_cr0(read_cr0() | CR0_PG), NO_FAULT);
	expect_fault("PG off", try_cr0(read_cr0() & ~CR0_PG), NO_FAULT);
	expect_fault("PG and CD", try_cr0(read_cr0() | CR0_PG | CR0_CD), NO_FAULT);
	expect_fault("PG off, NE", try_cr0((read_cr0() & ~CR0_PG) ^ CR0_NE), NO_FAULT);
	unpaged();
}

static void paged_pae(void)
{
	map();
	write_cr3((uint32_t)pdptes);
	try_cr4(CR4_PAE);
	try_cr0(read_cr0() | CR0_PG);
}

/* SDM Vol. 3A, "PDPTE Registers": bits 2:1 and 8:5 of a present entry are reserved. */
BEHAVIOUR(reserved_bits_of_pdptes_fault_where_they_are_loaded)
{
	paged_pae();
	pdptes[3] |= 1u << 6;
	expect_fault("MOV to CR3", try_cr3((uint32_t)pdptes), VECTOR_GP);
	expect_fault("CD", try_cr0(read_cr0() ^ CR0_CD), VECTOR_GP);
	expect_fault("PGE", try_cr4(CR4_PAE | CR4_PGE), VECTOR_GP);
	expect_fault("PSE", try_cr4(CR4_PAE | CR4_PSE), VECTOR_GP);
	expect_equal("CR4", read_cr4(), CR4_PAE);
	pdptes[3] &= ~(uint64_t)1; /* not present: not looked at */
	expect_fault("CD, entry not present", try_cr0(read_cr0() | CR0_CD), NO_FAULT);
	unpaged();
	map();
	pdptes[0] |= 1u << 1;
	try_cr4(CR4_PAE);
	expect_fault("PG", try_cr0(read_cr0() | CR0_PG), VECTOR_GP);
	expect_fault("PG and CD", try_cr0(read_cr0() | CR0_PG | CR0_CD), VECTOR_GP);
	expect((read_cr0() & (CR0_PG | CR0_CD)) == 0, "CR0 has changed");
	unpaged();
}

BEHAVIOUR(a_changed_pdpte_counts_once_cd_has_changed)
{
	paged_pae();
	pdptes[3] = pdptes[0];
	try_cr0(read_cr0() ^ CR0_CD);
	*(volatile uint32_t *)directory = 0x12345678;
	expect_equal("behind 3 GiB", *(volatile uint32_t *)((uint32_t)directory + 0xC0000000),
		     0x12345678);
	unpaged();
}

/* SDM Vol. 3A, "IA-32e Mode Operation". 32-bit code goes on in compatibility mode; its IDT would not do there. */
BEHAVIOUR(long_mode_needs_pae_and_is_left_by_paging_off)
{
	map();
	top_level[0] = (uint32_t)pdptes | PRESENT;
	for (uint32_t i = 0; i < 4; i++) {
		pdptes[i] |= PRESENT;
	}
	write_cr3((uint32_t)top_level);
	wrmsr(MSR_EFER, EFER_LME);
	expect_fault("PG without PAE", try_cr0(read_cr0() | CR0_PG), VECTOR_GP);
	expect_fault("PG and CD without PAE", try_cr0(read_cr0() | CR0_PG | CR0_CD), VECTOR_GP);
	expect_equal("EFER", rdmsr(MSR_EFER), EFER_LME);
	unpaged();
}

static uint64_t efer_in_long_mode(uint32_t with_pg, uint32_t with_off)
{
	uint64_t inside;
	uint32_t outside = (read_cr0() & ~CR0_PG) ^ with_off;

	wrmsr(MSR_EFER, EFER_LME);
	try_cr4(CR4_PAE);
	write_cr3((uint32_t)top_level);
	__asm__ volatile("mov %1, %%cr0\n\trdmsr\n\tmov %2, %%cr0"
			 : "=A"(inside)
			 : "r"(read_cr0() | CR0_PG | with_pg), "r"(outside), "c"(MSR_EFER)
			 : "memory");
	return inside;
}

BEHAVIOUR(lma_follows_paging)
{
	static uint64_t table[512] __attribute__((aligned(4096)));

	map();
	for (uint32_t i = 0; i < 4; i++) {
		table[i] = (uint32_t)pae_directories[i] | PRESENT;
	}
	top_level[0] = (uint32_t)table | PRESENT;
	expect_equal("EFER inside", efer_in_long_mode(0, 0), EFER_LME | EFER_LMA);
	expect_equal("EFER after", rdmsr(MSR_EFER), EFER_LME);
	unpaged();
	expect_equal("EFER inside, CD", efer_in_long_mode(CR0_CD, 0), EFER_LME | EFER_LMA);
	expect_equal("EFER after, CD", rdmsr(MSR_EFER), EFER_LME);
	unpaged();
	expect_equal("EFER inside, NE", efer_in_long_mode(0, CR0_NE), EFER_LME | EFER_LMA);
	expect_equal("EFER after, NE", rdmsr(MSR_EFER), EFER_LME);
	unpaged();
}
