/* SPDX-License-Identifier: Apache-2.0 */
/* crash.h: the record of a panic, in memory that a warm reset keeps. Pure. */
#pragma once

#include "kernel/lib/keep.h"
#include "kernel/lib/types.h"

enum {
	CRASH_TEXT_BYTES = 64,
	CRASH_REASON_BYTES = 224,
	CRASH_GUEST_BYTES = 32,
	CRASH_TRACE_MAX = 24,
	CRASH_IN_A_ROW_MAX =
		3, /* panics of runs that followed each other; then none reboots any more */
};

/** enum crash_register - places in struct crash_record, registers. */
enum crash_register {
	CRASH_RIP,
	CRASH_RSP,
	CRASH_RFLAGS,
	CRASH_CS,
	CRASH_SS,
	CRASH_CR0,
	CRASH_CR2,
	CRASH_CR3,
	CRASH_CR4,
	CRASH_RAX,
	CRASH_RBX,
	CRASH_RCX,
	CRASH_RDX,
	CRASH_RSI,
	CRASH_RDI,
	CRASH_RBP,
	CRASH_R8,
	CRASH_R9,
	CRASH_R10,
	CRASH_R11,
	CRASH_R12,
	CRASH_R13,
	CRASH_R14,
	CRASH_R15,
	CRASH_REGISTERS
};

/** struct crash_exit - the last VM exit of the processor that panicked. */
struct crash_exit {
	uint32_t known; /* 0: it had no current VMCS */
	uint32_t vcpu;
	uint32_t reason;
	uint32_t unused;
	uint64_t qualification;
	uint64_t guest_rip;
	char guest[CRASH_GUEST_BYTES];
};

/** struct crash_record - one panic. */
struct crash_record {
	uint64_t magic;
	uint32_t check;    /* of all that follows */
	uint32_t run;      /* keep_run() of the run that ended so */
	uint32_t in_a_row; /* so many runs did, this the last of them */
	uint32_t cpu;      /* index of the processor */
	uint64_t us;       /* since start-up */
	uint64_t epoch;    /* seconds since 1970, UTC */
	uint64_t image;    /* where the image was: the addresses of muntin.elf begin there */
	uint32_t vector;   /* of the exception, or CRASH_NO_VECTOR: a check in C found it */
	uint32_t trace_count;
	uint64_t error_code;
	uint64_t registers
		[CRASH_REGISTERS]; /* without an exception only RIP and RSP, and the control registers */
	uint64_t trace[CRASH_TRACE_MAX]; /* return addresses on the stack, the innermost first */
	struct crash_exit exit;
	char version[CRASH_TEXT_BYTES];
	char reason[CRASH_REASON_BYTES];
};

enum { CRASH_NO_VECTOR = 0xFFFF };

/** struct crash_stack - where return addresses are looked for. */
struct crash_stack {
	const uint64_t *words;
	size_t count;
	const uint8_t *text; /* the code they may point into */
	size_t text_bytes;
};

/** crash_register_name() - of enum crash_register, in lower case. */
const char *crash_register_name(unsigned index);

/** crash_seal() - @record is whole, as it is now. */
void crash_seal(struct crash_record *record);

/** crash_known() - the record in @memory, KEEP_RECORD_BYTES or NULL. NULL: there is none, or it is damaged. */
const struct crash_record *crash_known(const void *memory);

/** crash_begin() - a new record in @memory, over the one before. */
struct crash_record *crash_begin(void *memory, uint32_t run);

/**
 * crash_trace() - return addresses on a stack: words that point behind a CALL.
 *
 * The code is compiled without frame pointers. So some may be left over from calls that returned before.
 *
 * Return: how many were written to @trace, CRASH_TRACE_MAX at most.
 * Source: SDM Vol. 2A, "CALL-Call Procedure" (which encodings there are).
 */
uint32_t crash_trace(const struct crash_stack *stack, uint64_t *trace);
