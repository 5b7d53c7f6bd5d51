/* SPDX-License-Identifier: Apache-2.0 */
/* guest_cr.c: which values a guest may write to its control registers. */
#include "kernel/guest_cr.h"

#include "arch/cpu/regs.h"

/* Reserved bits of the lower half are ignored, those of the upper half fault. */
#define CR0_DEFINED                                                                                \
	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | \
	 CR0_PG)

#define CR3_PCID ((uint64_t)0xFFF)

/* With PAE paging, a change of one of these loads the four entries anew (SDM Vol. 3A, "PDPTE Registers"). */
#define CR0_LOADS_PDPTES (CR0_CD | CR0_NW | CR0_PG)
#define CR4_LOADS_PDPTES (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP)

#define XCR0_X87 ((uint64_t)1 << 0)
#define XCR0_SSE ((uint64_t)1 << 1)
#define XCR0_AVX ((uint64_t)1 << 2)
#define XCR0_ZMM ((uint64_t)7 << 5)

static bool is_pae_paging(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	return (cr0 & CR0_PG) != 0 && (cr4 & CR4_PAE) != 0 && (efer & EFER_LMA) == 0;
}

static bool may_leave_paging(const struct guest_cr *now)
{
	bool in_64bit_code = (now->efer & EFER_LMA) != 0 && now->code64;

	return !in_64bit_code && (now->cr4 & CR4_PCIDE) == 0;
}

/* With LME it is IA-32e mode that is entered. */
static bool may_enter_paging(const struct guest_cr *now)
{
	if ((now->efer & EFER_LME) == 0) {
		return true;
	}
	return (now->cr4 & CR4_PAE) != 0 && !now->code64 && !now->tss16;
}

static bool cr0_is_legal(const struct guest_cr *now, uint64_t value)
{
	bool was_on = (now->cr0 & CR0_PG) != 0;
	bool on = (value & CR0_PG) != 0;

	if (value >> 32 != 0 || (on && (value & CR0_PE) == 0) ||
	    ((value & CR0_NW) != 0 && (value & CR0_CD) == 0)) {
		return false;
	}
	return on == was_on || (on ? may_enter_paging(now) : may_leave_paging(now));
}

bool guest_cr0_write(const struct guest_cr *now, uint64_t value, struct guest_cr_after *after)
{
	if (!cr0_is_legal(now, value)) {
		return false;
	}
	bool long_mode = (value & CR0_PG) != 0 && (now->efer & EFER_LME) != 0;

	after->value = (value & CR0_DEFINED) | CR0_ET;
	after->efer = (now->efer & ~EFER_LMA) | (long_mode ? EFER_LMA : 0);
	after->load_pdptes = is_pae_paging(value, now->cr4, after->efer) &&
			     ((value ^ now->cr0) & CR0_LOADS_PDPTES) != 0;
	return true;
}

static bool cr4_is_legal(const struct guest_cr *now, uint64_t value)
{
	uint64_t set = value & ~now->cr4;

	if ((value & ~now->cr4_allowed) != 0) {
		return false;
	}
	if ((now->efer & EFER_LMA) == 0) {
		return (set & CR4_PCIDE) == 0;
	}
	return (value & CR4_PAE) != 0 && ((value ^ now->cr4) & CR4_LA57) == 0 &&
	       ((set & CR4_PCIDE) == 0 || (now->cr3 & CR3_PCID) == 0);
}

bool guest_cr4_write(const struct guest_cr *now, uint64_t value, struct guest_cr_after *after)
{
	if (!cr4_is_legal(now, value)) {
		return false;
	}
	after->value = value;
	after->efer = now->efer;
	after->load_pdptes = is_pae_paging(now->cr0, value, now->efer) &&
			     ((value ^ now->cr4) & CR4_LOADS_PDPTES) != 0;
	return true;
}

/* What a present entry must not have: bits 2:1 and 8:5, and those above the widest address. */
static uint64_t pdpte_reserved(uint32_t physical_bits)
{
	return (uint64_t)0x1E6 | ~(uint64_t)0 << physical_bits;
}

bool guest_pdptes_valid(const uint64_t pdptes[GUEST_PDPTES], uint32_t physical_bits)
{
	for (uint32_t i = 0; i < GUEST_PDPTES; i++) {
		if ((pdptes[i] & 1) != 0 && (pdptes[i] & pdpte_reserved(physical_bits)) != 0) {
			return false;
		}
	}
	return true;
}

bool guest_xcr0_is_legal(uint64_t value, uint64_t shown)
{
	bool avx_alone = (value & XCR0_AVX) != 0 && (value & XCR0_SSE) == 0;
	bool zmm_partly = (value & XCR0_ZMM) != 0 &&
			  ((value & XCR0_ZMM) != XCR0_ZMM || (value & XCR0_AVX) == 0);

	return (value & XCR0_X87) != 0 && (value & ~shown) == 0 && !avx_alone && !zmm_partly;
}
