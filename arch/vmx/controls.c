/* SPDX-License-Identifier: Apache-2.0 */
/* controls.c: the table of wanted VMX controls. */
#include "arch/vmx/controls.h"

#include "arch/vmx/vmcs.h"

enum want {
	OFF,    /* must be 0: on, it would take guests out of their steady state */
	ON,     /* must be 1: Muntin cannot do without */
	ON_IF,  /* 1 where the processor has it; CPUID hides from guests what needs it */
	MAY,    /* 0 now, switched on at times: must be allowed to be 1 */
	MAY_IF, /* 0 now, switched on at times where the processor has it: controls_has() */
};

struct rule {
	enum controls_word word;
	uint32_t bit;
	enum want want;
	const char *name;
};

/* clang-format off */
static const struct rule rules[] = {
	{ CONTROLS_PIN, 1u << 0, OFF, "external-interrupt exiting" },  /* guests take interrupts themselves */
	{ CONTROLS_PIN, PIN_NMI_EXITING, ON, "NMI exiting" },          /* how a guest's processor is called */
	{ CONTROLS_PIN, PIN_VIRTUAL_NMIS, ON, "virtual NMIs" },        /* the guest's own NMI blocking */
	{ CONTROLS_PIN, PIN_PREEMPTION_TIMER, MAY, "activate VMX-preemption timer" }, /* cancels an entry */
	{ CONTROLS_PROC, PROC_INTERRUPT_WINDOW, MAY, "interrupt-window exiting" }, /* for an NMI behind STI */
	{ CONTROLS_PROC, 1u << 3, OFF, "use TSC offsetting" },         /* TSC_DEADLINE compares with the raw TSC */
	{ CONTROLS_PROC, 1u << 7, OFF, "HLT exiting" },
	{ CONTROLS_PROC, 1u << 9, OFF, "INVLPG exiting" },
	{ CONTROLS_PROC, PROC_MWAIT_EXITING, ON, "MWAIT exiting" },    /* hidden in CPUID; #UD when tried */
	{ CONTROLS_PROC, PROC_RDPMC_EXITING, ON, "RDPMC exiting" },    /* off again where the counters are the guest's: vpmu.h */
	{ CONTROLS_PROC, 1u << 12, OFF, "RDTSC exiting" },
	{ CONTROLS_PROC, PROC_CR3_LOAD_EXITING, OFF, "CR3-load exiting" },
	{ CONTROLS_PROC, PROC_CR3_STORE_EXITING, OFF, "CR3-store exiting" },
	{ CONTROLS_PROC, PROC_CR8_LOAD_EXITING, OFF, "CR8-load exiting" },
	{ CONTROLS_PROC, PROC_CR8_STORE_EXITING, OFF, "CR8-store exiting" },
	{ CONTROLS_PROC, 1u << 21, OFF, "use TPR shadow" },            /* CR8 is the real TPR */
	{ CONTROLS_PROC, PROC_NMI_WINDOW, MAY, "NMI-window exiting" }, /* to inject a guest's own NMI IPI */
	{ CONTROLS_PROC, 1u << 23, OFF, "MOV-DR exiting" },
	{ CONTROLS_PROC, 1u << 24, OFF, "unconditional I/O exiting" },
	{ CONTROLS_PROC, PROC_IO_BITMAPS, ON, "use I/O bitmaps" },
	{ CONTROLS_PROC, PROC_MONITOR_TRAP, MAY_IF, "monitor trap flag" }, /* `vcpu step` */
	{ CONTROLS_PROC, PROC_MSR_BITMAPS, ON, "use MSR bitmaps" },
	{ CONTROLS_PROC, PROC_MONITOR_EXITING, ON, "MONITOR exiting" },
	{ CONTROLS_PROC, 1u << 30, OFF, "PAUSE exiting" },
	{ CONTROLS_PROC, PROC_SECONDARY, ON, "activate secondary controls" },
	{ CONTROLS_PROC2, PROC2_EPT, ON, "enable EPT" },
	{ CONTROLS_PROC2, 1u << 2, OFF, "descriptor-table exiting" },
	{ CONTROLS_PROC2, PROC2_RDTSCP, ON_IF, "enable RDTSCP" },
	{ CONTROLS_PROC2, PROC2_VPID, ON, "enable VPID" },             /* a guest's TLB survives its exits */
	{ CONTROLS_PROC2, PROC2_UNRESTRICTED, ON, "unrestricted guest" },
	{ CONTROLS_PROC2, PROC2_INVPCID, ON_IF, "enable INVPCID" },
	{ CONTROLS_PROC2, PROC2_XSAVES, ON_IF, "enable XSAVES/XRSTORS" },
	{ CONTROLS_EXIT, EXIT_SAVE_DEBUG, ON, "save debug controls" },
	{ CONTROLS_EXIT, EXIT_HOST_64, ON, "host address-space size" },
	{ CONTROLS_EXIT, EXIT_LOAD_PERF_GLOBAL, ON_IF, "load IA32_PERF_GLOBAL_CTRL on exit" },
	{ CONTROLS_EXIT, EXIT_SAVE_PAT, ON, "save IA32_PAT" },
	{ CONTROLS_EXIT, EXIT_LOAD_PAT, ON, "load IA32_PAT on exit" },
	{ CONTROLS_EXIT, EXIT_SAVE_EFER, ON, "save IA32_EFER" },
	{ CONTROLS_EXIT, EXIT_LOAD_EFER, ON, "load IA32_EFER on exit" },
	{ CONTROLS_ENTRY, ENTRY_LOAD_DEBUG, ON, "load debug controls" },
	{ CONTROLS_ENTRY, ENTRY_IA32E_GUEST, MAY, "IA-32e mode guest" },
	{ CONTROLS_ENTRY, ENTRY_LOAD_PERF_GLOBAL, ON_IF, "load IA32_PERF_GLOBAL_CTRL on entry" },
	{ CONTROLS_ENTRY, ENTRY_LOAD_PAT, ON, "load IA32_PAT on entry" },
	{ CONTROLS_ENTRY, ENTRY_LOAD_EFER, ON, "load IA32_EFER on entry" },
};
/* clang-format on */

static const char *const word_names[CONTROLS_COUNT] = {
	[CONTROLS_PIN] = "pin-based",
	[CONTROLS_PROC] = "primary processor-based",
	[CONTROLS_PROC2] = "secondary processor-based",
	[CONTROLS_EXIT] = "VM-exit",
	[CONTROLS_ENTRY] = "VM-entry",
};

static bool allowed(uint64_t msr, const struct rule *rule)
{
	uint32_t must = (uint32_t)msr;
	uint32_t may = (uint32_t)(msr >> 32);

	switch (rule->want) {
	case OFF:
		return (must & rule->bit) == 0;
	case ON:
	case MAY:
		return (may & rule->bit) != 0;
	case ON_IF:
	case MAY_IF:
		return true;
	}
	return false;
}

static uint32_t wanted(uint64_t msr, const struct rule *rule)
{
	bool may = (msr >> 32 & rule->bit) != 0;

	return rule->want == ON || (rule->want == ON_IF && may) ? rule->bit : 0;
}

enum status controls_resolve(const struct controls_capability *capability,
			     struct controls *controls, struct report *report)
{
	enum status status = OK;

	for (unsigned i = 0; i < CONTROLS_COUNT; i++) {
		controls->word[i] = (uint32_t)capability->msr[i];
	}
	for (unsigned i = 0; i < ARRAY_COUNT(rules); i++) {
		const struct rule *rule = &rules[i];

		if (!allowed(capability->msr[rule->word], rule)) {
			report_add(report, 0,
				   "this processor's VMX cannot run with \"%s\" %s (%s controls)",
				   rule->name, rule->want == OFF ? "off" : "on",
				   word_names[rule->word]);
			status = E_UNSUPPORTED;
		}
		controls->word[rule->word] |= wanted(capability->msr[rule->word], rule);
	}
	return status;
}

bool controls_has(const struct controls_capability *capability, enum controls_word word,
		  uint32_t bit)
{
	return (capability->msr[word] >> 32 & bit) != 0;
}

const char *controls_name(enum controls_word word, uint32_t bit)
{
	for (unsigned i = 0; i < ARRAY_COUNT(rules); i++) {
		if (rules[i].word == word && rules[i].bit == bit) {
			return rules[i].name;
		}
	}
	return NULL;
}
