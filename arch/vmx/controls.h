/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controls.h: VMX controls: what is wanted, what the processor allows, and the result.
 *
 * Pure: the capability MSRs come in as values.
 */
#pragma once

#include "kernel/lib/report.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** enum controls_word - the control words of a VMCS. */
enum controls_word {
	CONTROLS_PIN,
	CONTROLS_PROC,
	CONTROLS_PROC2,
	CONTROLS_EXIT,
	CONTROLS_ENTRY,
	CONTROLS_COUNT
};

/** struct controls_capability - one capability MSR per word: bits that must be 1 low, bits that may be 1 high. */
struct controls_capability {
	uint64_t msr[CONTROLS_COUNT];
};

/** struct controls - the words as they go into a VMCS. */
struct controls {
	uint32_t word[CONTROLS_COUNT];
};

/**
 * controls_resolve() - from the table of wanted controls to the words.
 * @capability: of this processor (the TRUE MSRs where IA32_VMX_BASIC bit 55 says so)
 * @controls:   filled in
 * @report:     gets a message naming every control that must be on, or off, and cannot be
 *
 * Return: OK, or E_UNSUPPORTED when @report got a message.
 * Source: SDM Vol. 3D, Appendix A "VMX Capability Reporting Facility".
 */
enum status controls_resolve(const struct controls_capability *capability,
			     struct controls *controls, struct report *report);

/** controls_has() - whether the processor allows @bit of @word to be 1. */
bool controls_has(const struct controls_capability *capability, enum controls_word word,
		  uint32_t bit);

/** controls_name() - the manual's name of @bit of @word; NULL for one that Muntin does not care about. */
const char *controls_name(enum controls_word word, uint32_t bit);
