/* SPDX-License-Identifier: Apache-2.0 */
/* vlapic_regs.c: the registers of a virtual processor's local APIC. */
#include "kernel/vlapic_regs.h"

#include "arch/cpu/lapic.h"
#include "arch/cpu/msr.h"

#define VERSION_MAX_LVT_SHIFT   16
#define VERSION_EOI_SUPPRESSION ((uint32_t)1 << 24)
#define SVR_WRITABLE            ((uint32_t)0x1FF)
#define ICR_STATUS              ((uint32_t)1 << 12)
#define ID_SHIFT                24
#define ID_BITS                 ((uint32_t)0xFF000000)
#define DFR_ONES                ((uint32_t)0x0FFFFFFF)
#define LVT_INTERNAL            ((uint32_t)0x107FF) /* vector, delivery mode, mask */
#define LVT_PIN                 ((uint32_t)0x1A7FF) /* and polarity, trigger mode */
#define LVT_ERROR_BITS          ((uint32_t)0x100FF)
#define LVT_TIMER_BITS          ((uint32_t)0x300FF) /* and TSC-deadline mode where there is one */
#define LVT_TIMER_DEADLINE      ((uint32_t)1 << 18)
#define DIVIDE_BITS             ((uint32_t)0xB)
#define VECTOR_BITS             ((uint32_t)0xFF)
/* Of the real ESR; the others are of processors before x2APIC mode, or kept here. */
#define ESR_REAL (VLAPIC_ERROR_SEND_VECTOR | VLAPIC_ERROR_RECEIVE_VECTOR)

enum {
	CMCI_MAX_LVT = 6,
	WORDS = VLAPIC_WORDS,
	WORD_BITS = VLAPIC_WORD_BITS,
	VECTOR_FIRST_LEGAL = 16
};

/** struct reg - how a register is read and written. No read: there is none. No write: it ignores them. */
struct reg {
	uint32_t (*read)(struct vlapic *apic, uint32_t reg);
	enum vlapic_effect (*write)(struct vlapic *apic, uint32_t reg, uint32_t value);
	uint32_t writable; /* bits; the others are reserved */
};

static uint32_t real(uint32_t reg)
{
	return (uint32_t)lapic_read(MSR_X2APIC_FIRST + reg);
}

static void set_real(uint32_t reg, uint32_t value)
{
	lapic_write(MSR_X2APIC_FIRST + reg, value);
}

static uint32_t read_real(struct vlapic *apic, uint32_t reg)
{
	(void)apic;
	return real(reg);
}

static enum vlapic_effect write_real(struct vlapic *apic, uint32_t reg, uint32_t value)
{
	(void)apic;
	set_real(reg, value);
	return VLAPIC_DONE;
}

static uint32_t read_zero(struct vlapic *apic, uint32_t reg)
{
	(void)apic;
	(void)reg;
	return 0;
}

/* Vectors 32 * @word and up that are requested or in service. */
static uint32_t present(uint32_t word)
{
	return real(VLAPIC_IRR0 + word) | real(VLAPIC_ISR0 + word);
}

/* What is here and not noted as a level has come as an edge since, which clears its bit. */
static uint32_t read_tmr(struct vlapic *apic, uint32_t reg)
{
	uint32_t word = reg - VLAPIC_TMR0;

	apic->tmr[word] &= apic->levels[word] | ~present(word);
	return apic->tmr[word];
}

static uint32_t read_id(struct vlapic *apic, uint32_t reg)
{
	(void)reg;
	return apic->id << ID_SHIFT;
}

static uint32_t read_ldr(struct vlapic *apic, uint32_t reg)
{
	(void)reg;
	return apic->ldr;
}

static enum vlapic_effect write_ldr(struct vlapic *apic, uint32_t reg, uint32_t value)
{
	(void)reg;
	apic->ldr = value;
	return VLAPIC_WHOM;
}

static uint32_t read_dfr(struct vlapic *apic, uint32_t reg)
{
	(void)reg;
	return apic->dfr;
}

static enum vlapic_effect write_dfr(struct vlapic *apic, uint32_t reg, uint32_t value)
{
	(void)reg;
	apic->dfr = value | DFR_ONES;
	return VLAPIC_WHOM;
}

/* Software-disabled, it holds every mask bit at 1 (SDM Vol. 3A, "Local APIC State After It Has Been Software Disabled"). */
static enum vlapic_effect write_svr(struct vlapic *apic, uint32_t reg, uint32_t value)
{
	if ((real(VLAPIC_VERSION) & VERSION_EOI_SUPPRESSION) == 0) {
		value &= ~(uint32_t)SVR_NO_BROADCAST;
	}
	set_real(reg, value);
	apic->enabled = (value & SVR_ENABLE) != 0;
	for (unsigned i = 0; i < VLAPIC_LVT_COUNT && !apic->enabled; i++) {
		apic->lvt[i] |= LVT_MASKED;
	}
	return VLAPIC_WHOM;
}

static uint32_t read_esr(struct vlapic *apic, uint32_t reg)
{
	(void)reg;
	return apic->esr;
}

/* A write shows the errors since the last one. */
static enum vlapic_effect write_esr(struct vlapic *apic, uint32_t reg, uint32_t value)
{
	(void)value;
	set_real(reg, 0);
	apic->esr = apic->errors | (real(reg) & ESR_REAL);
	apic->errors = 0;
	return VLAPIC_DONE;
}

static uint32_t read_icr(struct vlapic *apic, uint32_t reg)
{
	(void)reg;
	return (uint32_t)apic->icr;
}

static enum vlapic_effect write_icr(struct vlapic *apic, uint32_t reg, uint32_t value)
{
	(void)reg;
	apic->icr = (apic->icr & ~(uint64_t)UINT32_MAX) | value;
	return VLAPIC_SEND;
}

static uint32_t read_icr_high(struct vlapic *apic, uint32_t reg)
{
	(void)reg;
	return (uint32_t)(apic->icr >> 32);
}

static enum vlapic_effect write_icr_high(struct vlapic *apic, uint32_t reg, uint32_t value)
{
	(void)reg;
	apic->icr = (uint32_t)apic->icr | (uint64_t)value << 32;
	return VLAPIC_DONE;
}

static enum vlapic_effect write_eoi(struct vlapic *apic, uint32_t reg, uint32_t value)
{
	(void)apic;
	(void)reg;
	(void)value;
	return VLAPIC_END;
}

static enum vlapic_lvt lvt_of(uint32_t reg)
{
	return reg == VLAPIC_CMCI ? VLAPIC_LVT_CMCI
				  : (enum vlapic_lvt)(VLAPIC_LVT_THERMAL + reg - VLAPIC_THERMAL);
}

/* The mask of the counters' entry is set by the real APIC too. */
static uint32_t read_lvt(struct vlapic *apic, uint32_t reg)
{
	uint32_t value = apic->lvt[lvt_of(reg)];

	if (reg == VLAPIC_PMC && apic->pmc_wired) {
		value |= (uint32_t)lapic_read(X2APIC_LVT_PMC) & (uint32_t)LVT_MASKED;
	}
	return value;
}

/* Fixed interrupts and NMIs; any other mode stays memory. */
static void wire_pmc(const struct vlapic *apic)
{
	uint32_t value = apic->lvt[VLAPIC_LVT_PMC];
	uint32_t mode = value >> 8 & 7;
	bool goes = mode == ICR_NMI || (mode == ICR_FIXED && (value & 0xFF) >= 16);

	if (apic->pmc_wired) {
		lapic_write(X2APIC_LVT_PMC, goes ? value & 0x107FF : LVT_MASKED);
	}
}

bool vlapic_regs_pmc_fired(struct vlapic *apic)
{
	uint32_t *value = &apic->lvt[VLAPIC_LVT_PMC];

	if (!apic->pmc_wired || (*value & LVT_MASKED) != 0 || (*value >> 8 & 7) != ICR_NMI ||
	    (lapic_read(X2APIC_LVT_PMC) & LVT_MASKED) == 0) {
		return false;
	}
	*value |= (uint32_t)LVT_MASKED;
	return true;
}

static enum vlapic_effect write_lvt(struct vlapic *apic, uint32_t reg, uint32_t value)
{
	apic->lvt[lvt_of(reg)] = value | (apic->enabled ? 0 : (uint32_t)LVT_MASKED);
	if (reg == VLAPIC_PMC) {
		wire_pmc(apic);
	}
	return VLAPIC_WHOM;
}

/* The mode that is neither of the three is not written: the real register would fault. */
static enum vlapic_effect write_timer(struct vlapic *apic, uint32_t reg, uint32_t value)
{
	(void)apic;
	if ((value & LVT_TIMER_DEADLINE) != 0) {
		value &= lapic_has_deadline() ? ~(uint32_t)LVT_TIMER_PERIODIC : ~LVT_TIMER_DEADLINE;
	}
	set_real(reg, value);
	return VLAPIC_DONE;
}

#define REAL_WORDS                                                                                 \
	{                                                                                          \
		read_real, NULL, 0                                                                 \
	}

/* clang-format off */
/* APR and RRD: not in processors of this age; to touch them is no error (SDM Vol. 3A, "Local APIC Register Address Map"). */
static const struct reg regs[VLAPIC_DIVIDE + 1] = {
	[VLAPIC_ID]       = { read_id, NULL, 0 },
	[VLAPIC_VERSION]  = { read_real, NULL, 0 },
	[VLAPIC_TPR]      = { read_real, write_real, VECTOR_BITS },
	[VLAPIC_APR]      = { read_zero, NULL, 0 },
	[VLAPIC_PPR]      = { read_real, NULL, 0 },
	[VLAPIC_EOI]      = { read_zero, write_eoi, 0 },
	[VLAPIC_RRD]      = { read_zero, NULL, 0 },
	[VLAPIC_LDR]      = { read_ldr, write_ldr, ID_BITS },
	[VLAPIC_DFR]      = { read_dfr, write_dfr, ~DFR_ONES },
	[VLAPIC_SVR]      = { read_real, write_svr, SVR_WRITABLE | (uint32_t)SVR_NO_BROADCAST },
	[VLAPIC_ISR0 ... VLAPIC_ISR0 + WORDS - 1] = REAL_WORDS,
	[VLAPIC_TMR0 ... VLAPIC_TMR0 + WORDS - 1] = { read_tmr, NULL, 0 },
	[VLAPIC_IRR0 ... VLAPIC_IRR0 + WORDS - 1] = REAL_WORDS,
	[VLAPIC_ESR]      = { read_esr, write_esr, 0 },
	[VLAPIC_CMCI]     = { read_lvt, write_lvt, LVT_INTERNAL },
	[VLAPIC_ICR]      = { read_icr, write_icr, ~ICR_STATUS },
	[VLAPIC_ICR_HIGH] = { read_icr_high, write_icr_high, ID_BITS },
	[VLAPIC_TIMER]    = { read_real, write_timer, LVT_TIMER_BITS | LVT_TIMER_DEADLINE },
	[VLAPIC_THERMAL]  = { read_lvt, write_lvt, LVT_INTERNAL },
	[VLAPIC_PMC]      = { read_lvt, write_lvt, LVT_INTERNAL },
	[VLAPIC_LINT0]    = { read_lvt, write_lvt, LVT_PIN },
	[VLAPIC_LINT1]    = { read_lvt, write_lvt, LVT_PIN },
	[VLAPIC_ERROR]    = { read_real, write_real, LVT_ERROR_BITS },
	[VLAPIC_INITIAL]  = { read_real, write_real, UINT32_MAX },
	[VLAPIC_CURRENT]  = { read_real, NULL, 0 },
	[VLAPIC_DIVIDE]   = { read_real, write_real, DIVIDE_BITS },
};
/* clang-format on */

/* NULL: there is none. The CMCI entry came late (SDM Vol. 3A, "Local Vector Table"). */
static const struct reg *find(uint32_t reg)
{
	if (reg >= ARRAY_COUNT(regs) || regs[reg].read == NULL ||
	    (reg == VLAPIC_CMCI &&
	     (real(VLAPIC_VERSION) >> VERSION_MAX_LVT_SHIFT & 0xFF) < CMCI_MAX_LVT)) {
		return NULL;
	}
	return &regs[reg];
}

void vlapic_regs_reset(struct vlapic *apic)
{
	*apic = (struct vlapic){
		.base = apic->base, .id = apic->id, .pmc_wired = apic->pmc_wired, .dfr = UINT32_MAX
	};
	for (unsigned i = 0; i < VLAPIC_LVT_COUNT; i++) {
		apic->lvt[i] = LVT_MASKED;
	}
}

/* SDM Vol. 3A, "State Changes From xAPIC Mode to x2APIC Mode": LDR and the high half of the ICR are not kept. */
static void enter_x2apic(struct vlapic *apic)
{
	apic->ldr = 0;
	apic->icr = (uint32_t)apic->icr;
}

bool vlapic_regs_set_base(struct vlapic *apic, uint64_t base)
{
	enum vlapic_mode from = vlapic_mode_of(apic->base);
	enum vlapic_mode to = vlapic_mode_of(base);

	if (!vlapic_mode_allows(apic->base, base)) {
		return false;
	}
	if (to == VLAPIC_DISABLED && from != VLAPIC_DISABLED) {
		lapic_clear();
		vlapic_regs_reset(apic);
	}
	if (to == VLAPIC_X2APIC && from == VLAPIC_XAPIC) {
		enter_x2apic(apic);
	}
	apic->base = base;
	return true;
}

uint32_t vlapic_regs_read(struct vlapic *apic, uint32_t reg)
{
	const struct reg *row = find(reg);

	if (row == NULL) {
		vlapic_regs_error(apic, VLAPIC_ERROR_REGISTER);
		return 0;
	}
	return row->read(apic, reg);
}

enum vlapic_effect vlapic_regs_write(struct vlapic *apic, uint32_t reg, uint32_t value)
{
	const struct reg *row = find(reg);

	if (row == NULL) {
		vlapic_regs_error(apic, VLAPIC_ERROR_REGISTER);
		return VLAPIC_DONE;
	}
	return row->write != NULL ? row->write(apic, reg, value & row->writable) : VLAPIC_DONE;
}

/* SMI and INIT from a local vector would leave the partition. */
static bool leaves_partition(uint32_t reg, uint32_t value)
{
	uint32_t mode = value >> 8 & 7;

	return regs[reg].write == write_lvt && (mode == ICR_SMI || mode == ICR_INIT);
}

bool vlapic_regs_legal(uint32_t reg, uint64_t value)
{
	const struct reg *row = find(reg);

	if (row == NULL || (value & ~(uint64_t)row->writable) != 0) {
		return false;
	}
	if (reg == VLAPIC_SVR && (value & (uint32_t)SVR_NO_BROADCAST) != 0 &&
	    (real(VLAPIC_VERSION) & VERSION_EOI_SUPPRESSION) == 0) {
		return false;
	}
	return !leaves_partition(reg, (uint32_t)value);
}

bool vlapic_regs_exists(uint32_t reg)
{
	return find(reg) != NULL;
}

/* SDM Vol. 3A, "Error Handling". The interrupt is a real one, to oneself. */
void vlapic_regs_error(struct vlapic *apic, uint32_t error)
{
	uint32_t entry = real(VLAPIC_ERROR);

	apic->errors |= error;
	if ((entry & LVT_MASKED) == 0 && (entry & VECTOR_BITS) >= VECTOR_FIRST_LEGAL) {
		lapic_write(X2APIC_SELF_IPI, entry & VECTOR_BITS);
	}
}

void vlapic_regs_take_level(struct vlapic *apic, uint8_t vector)
{
	uint32_t bit = (uint32_t)1 << vector % WORD_BITS;

	apic->tmr[vector / WORD_BITS] |= bit;
	apic->levels[vector / WORD_BITS] |= bit;
	apic->has_levels = true;
	set_real(X2APIC_SELF_IPI - MSR_X2APIC_FIRST, vector);
}

/* The highest is served first, and ended first. */
static int in_service(void)
{
	for (uint32_t i = WORDS; i > 0; i--) {
		uint32_t word = real(VLAPIC_ISR0 + i - 1);

		if (word != 0) {
			return (int)((i - 1) * WORD_BITS + (WORD_BITS - 1) -
				     (uint32_t)__builtin_clz(word));
		}
	}
	return -1;
}

static void forget_ended(struct vlapic *apic)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < WORDS; i++) {
		if (apic->levels[i] != 0) {
			apic->levels[i] &= present(i);
			left |= apic->levels[i];
		}
	}
	apic->has_levels = left != 0;
}

static bool is_level(const struct vlapic *apic, int vector)
{
	return vector >= 0 && (apic->levels[vector / WORD_BITS] >> vector % WORD_BITS & 1) != 0;
}

int vlapic_regs_end(struct vlapic *apic)
{
	int vector = in_service();
	bool told = is_level(apic, vector) && (real(VLAPIC_SVR) & (uint32_t)SVR_NO_BROADCAST) == 0;

	set_real(VLAPIC_EOI, 0);
	forget_ended(apic);
	return told ? vector : -1;
}
