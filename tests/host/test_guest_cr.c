/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_guest_cr.c: MOV to CR0 and CR4 from every state to every value, against the manual's sentences.
 *
 * The sentences stand in SDM Vol. 2B, "MOV-Move to/from Control Registers", in its lists of exceptions; each became
 * one function, written without a look at guest_cr.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/guest_cr.h"

#define BIT(n) ((uint64_t)1 << (n))

/* The bits by their places, as the manual draws them. */
enum {
	PE = 0,
	MP = 1,
	EM = 2,
	TS = 3,
	ET = 4,
	NE = 5,
	WP = 16,
	AM = 18,
	NW = 29,
	CD = 30,
	PG = 31
};
enum {
	VME = 0,
	PSE = 4,
	PAE = 5,
	MCE = 6,
	PGE = 7,
	LA57 = 12,
	VMXE = 13,
	SMXE = 14,
	PCIDE = 17,
	SMEP = 20,
	SMAP = 21,
	PKE = 22,
	CET = 23
};
enum { LME = 8, LMA = 10 };

/* All that this guest may set: as on a machine with five paging levels. */
#define ALLOWED                                                                                    \
	(BIT(VME) | BIT(PSE) | BIT(PAE) | BIT(MCE) | BIT(PGE) | BIT(LA57) | BIT(PCIDE) |           \
	 BIT(SMEP) | BIT(SMAP))

static bool has(uint64_t value, unsigned bit)
{
	return (value >> bit & 1) != 0;
}

/* One write, from where to what. */
struct move {
	struct guest_cr now;
	uint64_t value;
};

static bool long_mode(const struct move *m)
{
	return has(m->now.efer, LMA);
}

/* "If an attempt is made to write invalid bit combinations in CR0 (such as setting the PG flag to 1 when the PE flag is set to 0, ..." */
static bool paging_without_protection(const struct move *m)
{
	return has(m->value, PG) && !has(m->value, PE);
}

/* "... or setting the CD flag to 0 when the NW flag is set to 1)." */
static bool write_through_without_caching_off(const struct move *m)
{
	return !has(m->value, CD) && has(m->value, NW);
}

/* "Attempting to set any reserved bits in CR0[63:32] results in a general-protection exception, #GP(0)." */
static bool upper_half_of_cr0(const struct move *m)
{
	return (m->value & 0xFFFFFFFF00000000) != 0;
}

/* "If an attempt is made to clear CR0.PG[bit 31]." (64-bit mode exceptions) */
static bool paging_off_in_64bit_code(const struct move *m)
{
	return long_mode(m) && m->now.code64 && !has(m->value, PG);
}

/* "If an attempt is made to clear CR0.PG while CR4.PCIDE = 1." */
static bool paging_off_with_pcids(const struct move *m)
{
	return has(m->now.cr4, PCIDE) && has(m->now.cr0, PG) && !has(m->value, PG);
}

static bool enters_long_mode(const struct move *m)
{
	return has(m->now.efer, LME) && !has(m->now.cr0, PG) && has(m->value, PG);
}

/* Vol. 3A, "IA-32e Mode Operation": "IA-32e mode is enabled and an attempt is made to enable paging prior to enabling PAE." */
static bool long_mode_without_pae(const struct move *m)
{
	return enters_long_mode(m) && !has(m->now.cr4, PAE);
}

/* "If the current CS has the L-bit set on an attempt to activate IA-32e mode." */
static bool long_mode_from_l_code(const struct move *m)
{
	return enters_long_mode(m) && m->now.code64;
}

/* "If the TR contains a 16-bit TSS." */
static bool long_mode_with_16bit_tss(const struct move *m)
{
	return enters_long_mode(m) && m->now.tss16;
}

/* "If an attempt is made to write a 1 to any reserved bit in CR4": a bit whose feature CPUID hides is one. */
static bool reserved_bit_of_cr4(const struct move *m)
{
	return (m->value & ~ALLOWED) != 0;
}

/* "If an attempt is made to leave IA-32e mode by clearing CR4.PAE[bit 5]." */
static bool pae_off_in_long_mode(const struct move *m)
{
	return long_mode(m) && !has(m->value, PAE);
}

/* "If an attempt is made to change CR4.PCIDE from 0 to 1 while CR3[11:0] != 000H." */
static bool pcids_with_one_in_cr3(const struct move *m)
{
	return !has(m->now.cr4, PCIDE) && has(m->value, PCIDE) && m->now.cr3 % 0x1000 != 0;
}

/* "CR4.PCIDE: ... can be set only in IA-32e mode." (Vol. 3A, "Control Registers") */
static bool pcids_outside_of_long_mode(const struct move *m)
{
	return !has(m->now.cr4, PCIDE) && has(m->value, PCIDE) && !long_mode(m);
}

/* "CR4.LA57: ... This bit cannot be modified in IA-32e mode." */
static bool levels_changed_in_long_mode(const struct move *m)
{
	return long_mode(m) && has(m->value, LA57) != has(m->now.cr4, LA57);
}

typedef bool (*faults_fn)(const struct move *m);

static const faults_fn cr0_faults[] = {
	paging_without_protection, write_through_without_caching_off,
	upper_half_of_cr0,         paging_off_in_64bit_code,
	paging_off_with_pcids,     long_mode_without_pae,
	long_mode_from_l_code,     long_mode_with_16bit_tss,
};

static const faults_fn cr4_faults[] = {
	reserved_bit_of_cr4,        pae_off_in_long_mode,        pcids_with_one_in_cr3,
	pcids_outside_of_long_mode, levels_changed_in_long_mode,
};

/* How often each sentence alone made a write fault, and how many did not. */
static unsigned alone[16];
static unsigned legal;

static bool faults(const faults_fn *rules, unsigned count, const struct move *m)
{
	unsigned last = 0, found = 0;

	for (unsigned i = 0; i < count; i++) {
		if (rules[i](m)) {
			last = i;
			found++;
		}
	}
	alone[last] += found == 1;
	legal += found == 0;
	return found != 0;
}

/* Spreads the bits of a counter over places: every combination of them comes once. */
static uint64_t spread(uint32_t counter, const unsigned *places, unsigned count)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < count; i++) {
		value |= (uint64_t)(counter >> i & 1) << places[i];
	}
	return value;
}

/* What a processor can be in: LMA is LME and PG, and follows the rules that got it there. */
static bool is_possible(const struct guest_cr *now)
{
	bool in_long_mode = has(now->efer, LMA);

	if ((has(now->cr0, PG) && !has(now->cr0, PE)) ||
	    (has(now->cr0, NW) && !has(now->cr0, CD)) ||
	    in_long_mode != (has(now->efer, LME) && has(now->cr0, PG))) {
		return false;
	}
	return in_long_mode ? has(now->cr4, PAE) && !now->tss16 : !has(now->cr4, PCIDE);
}

static const unsigned cr0_now[] = { PE, NW, CD, PG };
static const unsigned cr4_now[] = { PSE, PAE, LA57, PCIDE, SMEP };
static const unsigned efer_now[] = { LME, LMA };
static const uint64_t cr3_now[] = { 0, 0x1000, 0x1018, 0x2FFF };

enum { STATES = 1 << 15 };

static bool state(uint32_t n, struct guest_cr *now)
{
	*now = (struct guest_cr){
		.cr0 = spread(n, cr0_now, 4) | BIT(ET),
		.cr4 = spread(n >> 4, cr4_now, 5),
		.efer = spread(n >> 9, efer_now, 2) | BIT(0),
		.code64 = (n >> 11 & 1) != 0,
		.tss16 = (n >> 12 & 1) != 0,
		.cr3 = cr3_now[n >> 13 & 3],
		.cr4_allowed = ALLOWED,
	};
	return is_possible(now);
}

static int start(void **unused)
{
	(void)unused;
	legal = 0;
	for (unsigned i = 0; i < ARRAY_COUNT(alone); i++) {
		alone[i] = 0;
	}
	return 0;
}

/* Each sentence was put to the proof: some write broke it and no other. */
static void assert_all_sentences_met(unsigned count)
{
	assert_true(legal > 0);
	for (unsigned i = 0; i < count; i++) {
		if (alone[i] == 0) {
			fail_msg("sentence %u was never the only one broken", i);
		}
	}
}

static void cr0_takes_what_the_manual_allows_and_no_other(void **unused)
{
	static const unsigned written[] = { PE, TS, ET, 6, NW, CD, PG, 32 };

	(void)unused;
	for (uint32_t n = 0; n < STATES; n++) {
		struct move m;
		struct guest_cr_after after;

		for (uint32_t v = 0; state(n, &m.now) && v < 1 << ARRAY_COUNT(written); v++) {
			m.value = spread(v, written, ARRAY_COUNT(written));
			bool fault = faults(cr0_faults, ARRAY_COUNT(cr0_faults), &m);

			if (guest_cr0_write(&m.now, m.value, &after) == fault) {
				fail_msg("CR0 0x%lx to 0x%lx, CR4 0x%lx, EFER 0x%lx, L %d, TSS16 "
					 "%d: %s",
					 m.now.cr0, m.value, m.now.cr4, m.now.efer, m.now.code64,
					 m.now.tss16, fault ? "taken" : "refused");
			}
		}
	}
	assert_all_sentences_met(ARRAY_COUNT(cr0_faults));
}

static void cr4_takes_what_the_manual_allows_and_no_other(void **unused)
{
	static const unsigned written[] = { PSE, PAE, MCE, LA57, PCIDE, VMXE, SMXE, CET, 63 };

	(void)unused;
	for (uint32_t n = 0; n < STATES; n++) {
		struct move m;
		struct guest_cr_after after;

		for (uint32_t v = 0; state(n, &m.now) && v < 1 << ARRAY_COUNT(written); v++) {
			m.value = spread(v, written, ARRAY_COUNT(written));
			bool fault = faults(cr4_faults, ARRAY_COUNT(cr4_faults), &m);

			if (guest_cr4_write(&m.now, m.value, &after) == fault) {
				fail_msg("CR4 0x%lx to 0x%lx, CR0 0x%lx, CR3 0x%lx, EFER 0x%lx: %s",
					 m.now.cr4, m.value, m.now.cr0, m.now.cr3, m.now.efer,
					 fault ? "taken" : "refused");
			}
		}
	}
	assert_all_sentences_met(ARRAY_COUNT(cr4_faults));
}

/* A bit that the machine has, and CPUID hides, is reserved for the guest; one by one. */
static void each_bit_of_cr4_that_is_not_allowed_faults(void **unused)
{
	struct guest_cr now;
	struct guest_cr_after after;

	(void)unused;
	assert_true(state(0, &now));
	for (unsigned bit = 0; bit < 64; bit++) {
		now.cr4_allowed = ALLOWED;
		bool taken = guest_cr4_write(&now, BIT(bit), &after);

		/* PCIDE is allowed, but not here. */
		assert_int_equal(taken, has(ALLOWED, bit) && bit != PCIDE);
		now.cr4_allowed = 0;
		assert_false(guest_cr4_write(&now, BIT(bit), &after));
	}
}

static struct guest_cr_after cr0_from(const struct guest_cr *now, uint64_t value)
{
	struct guest_cr_after after = { 0 };

	assert_true(guest_cr0_write(now, value, &after));
	return after;
}

static struct guest_cr_after cr4_from(const struct guest_cr *now, uint64_t value)
{
	struct guest_cr_after after = { 0 };

	assert_true(guest_cr4_write(now, value, &after));
	return after;
}

/* SDM Vol. 3A, "Control Registers": "Attempts to set reserved bits in CR0[31:0] are ignored"; ET is always 1. */
static void reserved_bits_of_cr0_are_dropped_and_et_stays_1(void **unused)
{
	struct guest_cr now;
	uint64_t all = 0xFFFFFFFF;
	uint64_t defined = BIT(PE) | BIT(MP) | BIT(EM) | BIT(TS) | BIT(ET) | BIT(NE) | BIT(WP) |
			   BIT(AM) | BIT(NW) | BIT(CD) | BIT(PG);

	(void)unused;
	assert_true(state(0, &now));
	assert_int_equal(cr0_from(&now, all).value, defined);
	assert_int_equal(cr0_from(&now, 0).value, BIT(ET));
}

/* SDM Vol. 3A, "Initializing IA-32e Mode": LMA becomes LME & PG; LME and SCE stay. */
static void lma_follows_paging_when_lme_is_set(void **unused)
{
	struct guest_cr now = { .cr0 = BIT(PE), .cr4 = BIT(PAE), .efer = BIT(LME) | 1 };

	(void)unused;
	assert_int_equal(cr0_from(&now, BIT(PE) | BIT(PG)).efer, BIT(LME) | BIT(LMA) | 1);
	assert_false(cr0_from(&now, BIT(PE) | BIT(PG)).load_pdptes);
	now.efer |= BIT(LMA);
	now.cr0 |= BIT(PG);
	assert_int_equal(cr0_from(&now, BIT(PE)).efer, BIT(LME) | 1);
	now.efer = 1;
	now.cr0 = BIT(PE);
	assert_int_equal(cr0_from(&now, BIT(PE) | BIT(PG)).efer, 1);
}

/*
 * SDM Vol. 3A, "PDPTE Registers": with PAE paging in use afterwards, they are loaded when CR0.CD, CR0.NW, CR0.PG,
 * CR4.PAE, CR4.PGE, CR4.PSE or CR4.SMEP changes.
 */
static void pdptes_are_loaded_when_the_manual_says(void **unused)
{
	uint64_t on = BIT(PE) | BIT(PG) | BIT(ET);
	struct guest_cr now = { .cr0 = on, .cr4 = BIT(PAE), .cr4_allowed = ALLOWED };
	struct guest_cr off = { .cr0 = BIT(PE), .cr4 = BIT(PAE), .cr4_allowed = ALLOWED };
	struct guest_cr flat = { .cr0 = on, .cr4 = 0, .cr4_allowed = ALLOWED };

	(void)unused;
	assert_true(cr0_from(&off, on).load_pdptes);
	assert_true(cr0_from(&now, on | BIT(CD)).load_pdptes);
	assert_true(cr0_from(&now, on | BIT(CD) | BIT(NW)).load_pdptes);
	assert_false(cr0_from(&now, on | BIT(WP) | BIT(NE) | BIT(TS) | BIT(AM)).load_pdptes);
	assert_false(cr0_from(&now, BIT(PE)).load_pdptes);
	assert_false(cr0_from(&flat, on | BIT(CD)).load_pdptes);
	assert_true(cr4_from(&flat, BIT(PAE)).load_pdptes);
	assert_true(cr4_from(&now, BIT(PAE) | BIT(PGE)).load_pdptes);
	assert_true(cr4_from(&now, BIT(PAE) | BIT(PSE)).load_pdptes);
	assert_true(cr4_from(&now, BIT(PAE) | BIT(SMEP)).load_pdptes);
	assert_false(cr4_from(&now, BIT(PAE) | BIT(SMAP) | BIT(MCE) | BIT(VME)).load_pdptes);
	assert_false(cr4_from(&now, 0).load_pdptes);
	assert_false(cr4_from(&off, BIT(PAE) | BIT(PGE)).load_pdptes);
}

/* SDM Vol. 3A, "PDPTE Registers": of a present entry bits 2:1, 8:5 and those above MAXPHYADDR are reserved. */
static void a_present_pdpte_with_a_reserved_bit_is_not_valid(void **unused)
{
	(void)unused;
	for (uint32_t width = 36; width <= 52; width++) {
		for (unsigned bit = 1; bit < 64; bit++) {
			bool reserved =
				bit == 1 || bit == 2 || (bit >= 5 && bit <= 8) || bit >= width;

			for (unsigned i = 0; i < GUEST_PDPTES; i++) {
				uint64_t entries[GUEST_PDPTES] = { 0 };

				entries[i] = BIT(bit);
				assert_true(guest_pdptes_valid(entries, width));
				entries[i] |= 1;
				assert_int_equal(guest_pdptes_valid(entries, width), !reserved);
			}
		}
	}
}

/* SDM Vol. 1, "Enabling the XSAVE Feature Set": x87 always, AVX with SSE, the AVX-512 states together and with AVX. */
static bool manual_takes_xcr0(uint64_t value)
{
	uint64_t zmm = value >> 5 & 7;

	return has(value, 0) && !(has(value, 2) && !has(value, 1)) &&
	       (zmm == 0 || (zmm == 7 && has(value, 2)));
}

static void xcr0_takes_what_the_manual_allows_and_leaf_0dh_shows(void **unused)
{
	static const uint64_t shown[] = { 0xE7, 0x7, 0x3, 0 };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(shown); i++) {
		for (uint64_t value = 0; value < 0x1000; value++) {
			bool all_shown = (value | shown[i]) == shown[i];

			assert_int_equal(guest_xcr0_is_legal(value, shown[i]),
					 all_shown && manual_takes_xcr0(value));
		}
		for (unsigned bit = 8; bit < 64; bit++) {
			assert_false(guest_xcr0_is_legal(BIT(bit) | 7, shown[i]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(cr0_takes_what_the_manual_allows_and_no_other, start),
		cmocka_unit_test_setup(cr4_takes_what_the_manual_allows_and_no_other, start),
		cmocka_unit_test(each_bit_of_cr4_that_is_not_allowed_faults),
		cmocka_unit_test(reserved_bits_of_cr0_are_dropped_and_et_stays_1),
		cmocka_unit_test(lma_follows_paging_when_lme_is_set),
		cmocka_unit_test(pdptes_are_loaded_when_the_manual_says),
		cmocka_unit_test(a_present_pdpte_with_a_reserved_bit_is_not_valid),
		cmocka_unit_test(xcr0_takes_what_the_manual_allows_and_leaf_0dh_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
