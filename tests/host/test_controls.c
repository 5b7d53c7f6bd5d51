/* SPDX-License-Identifier: Apache-2.0 */
/* test_controls.c: which VMX controls are set, and how a processor that lacks one is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "arch/vmx/controls.h"
#include "arch/vmx/vmcs.h"

/* A Skylake's TRUE capability MSRs: bits that must be 1 low, bits that may be 1 high. */
static const struct controls_capability skylake = { {
	[CONTROLS_PIN] = 0x0000007F00000016,
	[CONTROLS_PROC] = 0xFFF9FFFE04006172,
	[CONTROLS_PROC2] = 0x001FFCFF00000000,
	[CONTROLS_EXIT] = 0x01FFFFFF00036DFB,
	[CONTROLS_ENTRY] = 0x0003FFFF000011FB,
} };

/* The same processor's MSRs that are not TRUE: all of the default1 class must be 1. */
static const struct controls_capability skylake_not_true = { {
	[CONTROLS_PIN] = 0x0000007F00000016,
	[CONTROLS_PROC] = 0xFFF9FFFE0401E172,
	[CONTROLS_PROC2] = 0x001FFCFF00000000,
	[CONTROLS_EXIT] = 0x01FFFFFF00036DFF,
	[CONTROLS_ENTRY] = 0x0003FFFF000011FF,
} };

/* Everything that Muntin uses, and nothing else, may be 1: the least processor it runs on. */
static const struct controls_capability least = { {
	[CONTROLS_PIN] = 0x0000007E00000016,
	[CONTROLS_PROC] = 0xB6406D7604006172,
	[CONTROLS_PROC2] = 0x000000A200000000,
	[CONTROLS_EXIT] = 0x003F6FFF00036DFB,
	[CONTROLS_ENTRY] = 0x0000D3FF000011FB,
} };

struct control {
	enum controls_word word;
	uint32_t bit;
	const char *name;
};

static const char *const word_names[CONTROLS_COUNT] = {
	[CONTROLS_PIN] = "pin-based",
	[CONTROLS_PROC] = "primary processor-based",
	[CONTROLS_PROC2] = "secondary processor-based",
	[CONTROLS_EXIT] = "VM-exit",
	[CONTROLS_ENTRY] = "VM-entry",
};

/* Set in every VMCS. */
static const struct control always_on[] = {
	{ CONTROLS_PIN, 1u << 3, "NMI exiting" },
	{ CONTROLS_PIN, 1u << 5, "virtual NMIs" },
	{ CONTROLS_PROC, 1u << 10, "MWAIT exiting" },
	{ CONTROLS_PROC, 1u << 11, "RDPMC exiting" },
	{ CONTROLS_PROC, 1u << 25, "use I/O bitmaps" },
	{ CONTROLS_PROC, 1u << 28, "use MSR bitmaps" },
	{ CONTROLS_PROC, 1u << 29, "MONITOR exiting" },
	{ CONTROLS_PROC, 1u << 31, "activate secondary controls" },
	{ CONTROLS_PROC2, 1u << 1, "enable EPT" },
	{ CONTROLS_PROC2, 1u << 5, "enable VPID" },
	{ CONTROLS_PROC2, 1u << 7, "unrestricted guest" },
	{ CONTROLS_EXIT, 1u << 2, "save debug controls" },
	{ CONTROLS_EXIT, 1u << 9, "host address-space size" },
	{ CONTROLS_EXIT, 1u << 18, "save IA32_PAT" },
	{ CONTROLS_EXIT, 1u << 19, "load IA32_PAT on exit" },
	{ CONTROLS_EXIT, 1u << 20, "save IA32_EFER" },
	{ CONTROLS_EXIT, 1u << 21, "load IA32_EFER on exit" },
	{ CONTROLS_ENTRY, 1u << 2, "load debug controls" },
	{ CONTROLS_ENTRY, 1u << 14, "load IA32_PAT on entry" },
	{ CONTROLS_ENTRY, 1u << 15, "load IA32_EFER on entry" },
};

/* Off at first; switched on at run time, so it has to be there. */
static const struct control sometimes_on[] = {
	{ CONTROLS_PIN, 1u << 6, "activate VMX-preemption timer" },
	{ CONTROLS_PROC, 1u << 2, "interrupt-window exiting" },
	{ CONTROLS_PROC, 1u << 22, "NMI-window exiting" },
	{ CONTROLS_ENTRY, 1u << 9, "IA-32e mode guest" },
};

/* What would make a guest exit in its steady state. */
static const struct control never_on[] = {
	{ CONTROLS_PIN, 1u << 0, "external-interrupt exiting" },
	{ CONTROLS_PROC, 1u << 3, "use TSC offsetting" },
	{ CONTROLS_PROC, 1u << 7, "HLT exiting" },
	{ CONTROLS_PROC, 1u << 9, "INVLPG exiting" },
	{ CONTROLS_PROC, 1u << 12, "RDTSC exiting" },
	{ CONTROLS_PROC, 1u << 15, "CR3-load exiting" },
	{ CONTROLS_PROC, 1u << 16, "CR3-store exiting" },
	{ CONTROLS_PROC, 1u << 19, "CR8-load exiting" },
	{ CONTROLS_PROC, 1u << 20, "CR8-store exiting" },
	{ CONTROLS_PROC, 1u << 21, "use TPR shadow" },
	{ CONTROLS_PROC, 1u << 23, "MOV-DR exiting" },
	{ CONTROLS_PROC, 1u << 24, "unconditional I/O exiting" },
	{ CONTROLS_PROC, 1u << 30, "PAUSE exiting" },
	{ CONTROLS_PROC2, 1u << 2, "descriptor-table exiting" },
};

/* Taken where they are. */
static const struct control if_there[] = {
	{ CONTROLS_PROC2, 1u << 3, "enable RDTSCP" },
	{ CONTROLS_PROC2, 1u << 12, "enable INVPCID" },
	{ CONTROLS_PROC2, 1u << 20, "enable XSAVES/XRSTORS" },
	{ CONTROLS_EXIT, 1u << 12, "load IA32_PERF_GLOBAL_CTRL on exit" },
	{ CONTROLS_ENTRY, 1u << 13, "load IA32_PERF_GLOBAL_CTRL on entry" },
};

static struct report report;
static struct controls controls;

static int empty_report(void **unused)
{
	(void)unused;
	report = (struct report){ .file = "test" };
	return 0;
}

static struct controls_capability without(const struct control *control)
{
	struct controls_capability capability = skylake;

	capability.msr[control->word] &= ~((uint64_t)control->bit << 32);
	return capability;
}

static struct controls_capability with_forced(const struct control *control)
{
	struct controls_capability capability = skylake;

	capability.msr[control->word] |= (uint64_t)control->bit << 32 | control->bit;
	return capability;
}

/* One message, which says what is missing in the manual's words, which way round, and where. */
static void assert_refused(const struct controls_capability *capability,
			   const struct control *control, const char *way)
{
	char words[128];

	empty_report(NULL);
	snprintf(words, sizeof(words), "\"%s\" %s (%s controls)", control->name, way,
		 word_names[control->word]);
	assert_int_equal(controls_resolve(capability, &controls, &report), E_UNSUPPORTED);
	assert_int_equal(report.count, 1);
	if (strstr(report.lines[0], words) == NULL) {
		fail_msg("\"%s\" lacks: %s", report.lines[0], words);
	}
}

static void assert_taken(const struct controls_capability *capability)
{
	empty_report(NULL);
	assert_int_equal(controls_resolve(capability, &controls, &report), OK);
	assert_int_equal(report.count, 0);
}

static void skylake_gets_these_words(void **unused)
{
	(void)unused;
	assert_taken(&skylake);
	assert_int_equal(controls.word[CONTROLS_PIN], 0x0000003E);
	assert_int_equal(controls.word[CONTROLS_PROC], 0xB6006D72);
	assert_int_equal(controls.word[CONTROLS_PROC2] & 0x000010AA, 0x000010AA);
	assert_int_equal(controls.word[CONTROLS_EXIT], 0x003F7FFF);
	assert_int_equal(controls.word[CONTROLS_ENTRY], 0x0000F1FF);
}

static void processor_with_no_control_to_spare_is_taken(void **unused)
{
	(void)unused;
	assert_taken(&least);
}

/*
 * SDM Vol. 3C, "Checks on VMX Controls": every bit of a word must be 1 where the low half says so,
 * and 0 where the high half does. Whatever the table wants, VM entry must not fail for it.
 */
static void words_keep_what_must_be_1_and_set_only_what_may(void **unused)
{
	static const struct controls_capability *const all[] = { &skylake, &least };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(all); i++) {
		assert_taken(all[i]);
		for (unsigned w = 0; w < CONTROLS_COUNT; w++) {
			uint32_t must = (uint32_t)all[i]->msr[w];
			uint32_t may = (uint32_t)(all[i]->msr[w] >> 32);

			assert_int_equal(controls.word[w] & must, must);
			assert_int_equal(controls.word[w] & ~may, 0);
		}
	}
}

/* A control nobody named keeps the value the processor insists on. */
static void control_that_must_be_1_and_that_nobody_names_is_kept(void **unused)
{
	struct controls_capability capability = skylake;
	uint32_t wbinvd_exiting = 1u << 6;

	(void)unused;
	capability.msr[CONTROLS_PROC2] |= wbinvd_exiting;
	assert_taken(&capability);
	assert_int_equal(controls.word[CONTROLS_PROC2] & wbinvd_exiting, wbinvd_exiting);
}

static void each_control_muntin_needs_is_on(void **unused)
{
	(void)unused;
	assert_taken(&skylake);
	for (unsigned i = 0; i < ARRAY_COUNT(always_on); i++) {
		assert_true((controls.word[always_on[i].word] & always_on[i].bit) != 0);
	}
}

static void each_control_muntin_needs_is_refused_by_name_when_missing(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(always_on); i++) {
		struct controls_capability capability = without(&always_on[i]);

		assert_refused(&capability, &always_on[i], "on");
	}
}

static void each_control_used_at_times_is_off_at_first(void **unused)
{
	(void)unused;
	assert_taken(&skylake);
	for (unsigned i = 0; i < ARRAY_COUNT(sometimes_on); i++) {
		assert_true((controls.word[sometimes_on[i].word] & sometimes_on[i].bit) == 0);
	}
}

static void each_control_used_at_times_is_refused_by_name_when_missing(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(sometimes_on); i++) {
		struct controls_capability capability = without(&sometimes_on[i]);

		assert_refused(&capability, &sometimes_on[i], "on");
	}
}

static void each_control_that_costs_exits_is_off(void **unused)
{
	(void)unused;
	assert_taken(&skylake);
	for (unsigned i = 0; i < ARRAY_COUNT(never_on); i++) {
		assert_true((controls.word[never_on[i].word] & never_on[i].bit) == 0);
	}
}

static void each_control_that_costs_exits_is_refused_by_name_when_forced(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(never_on); i++) {
		struct controls_capability capability = with_forced(&never_on[i]);

		assert_refused(&capability, &never_on[i], "off");
	}
}

static void optional_control_is_taken_where_it_is(void **unused)
{
	(void)unused;
	assert_taken(&skylake);
	for (unsigned i = 0; i < ARRAY_COUNT(if_there); i++) {
		assert_true((controls.word[if_there[i].word] & if_there[i].bit) != 0);
	}
}

static void optional_control_is_left_out_where_it_is_not(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(if_there); i++) {
		struct controls_capability capability = without(&if_there[i]);

		assert_taken(&capability);
		assert_true((controls.word[if_there[i].word] & if_there[i].bit) == 0);
	}
}

/* SDM Vol. 3D, "VMX Capability Reporting Facility": both are of the default1 class. */
static void processor_without_true_msrs_is_refused_for_cr3_exits(void **unused)
{
	(void)unused;
	assert_int_equal(controls_resolve(&skylake_not_true, &controls, &report), E_UNSUPPORTED);
	assert_int_equal(report.count, 2);
	assert_non_null(strstr(report.lines[0], "\"CR3-load exiting\" off"));
	assert_non_null(strstr(report.lines[1], "\"CR3-store exiting\" off"));
}

/* As on a processor without secondary controls: the MSR does not exist and reads as 0 here. */
static void everything_that_is_missing_is_listed_at_once(void **unused)
{
	struct controls_capability capability = skylake;

	(void)unused;
	capability.msr[CONTROLS_PROC] &= ~((uint64_t)1 << 63);
	capability.msr[CONTROLS_PROC2] = 0;
	assert_int_equal(controls_resolve(&capability, &controls, &report), E_UNSUPPORTED);
	assert_int_equal(report.count, 4);
	assert_non_null(strstr(report.lines[0], "activate secondary controls"));
	assert_non_null(strstr(report.lines[1], "enable EPT"));
	assert_non_null(strstr(report.lines[2], "enable VPID"));
	assert_non_null(strstr(report.lines[3], "unrestricted guest"));
}

static void nobody_has_to_want_the_report(void **unused)
{
	struct controls_capability capability = without(&always_on[0]);

	(void)unused;
	assert_int_equal(controls_resolve(&capability, &controls, NULL), E_UNSUPPORTED);
	assert_int_equal(controls_resolve(&skylake, &controls, NULL), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(skylake_gets_these_words),
		cmocka_unit_test(processor_with_no_control_to_spare_is_taken),
		cmocka_unit_test(words_keep_what_must_be_1_and_set_only_what_may),
		cmocka_unit_test(control_that_must_be_1_and_that_nobody_names_is_kept),
		cmocka_unit_test(each_control_muntin_needs_is_on),
		cmocka_unit_test(each_control_muntin_needs_is_refused_by_name_when_missing),
		cmocka_unit_test(each_control_used_at_times_is_off_at_first),
		cmocka_unit_test(each_control_used_at_times_is_refused_by_name_when_missing),
		cmocka_unit_test(each_control_that_costs_exits_is_off),
		cmocka_unit_test(each_control_that_costs_exits_is_refused_by_name_when_forced),
		cmocka_unit_test(optional_control_is_taken_where_it_is),
		cmocka_unit_test(optional_control_is_left_out_where_it_is_not),
		cmocka_unit_test_setup(processor_without_true_msrs_is_refused_for_cr3_exits,
				       empty_report),
		cmocka_unit_test_setup(everything_that_is_missing_is_listed_at_once, empty_report),
		cmocka_unit_test(nobody_has_to_want_the_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
