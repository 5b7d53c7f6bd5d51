/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.h: what commands that look into a guest share. */
#pragma once

#include "kernel/monitor/command.h"
#include "kernel/partition.h"
#include "kernel/vcpu_snapshot.h"

/*
 * In run->at[]. The first two are inspect.c's. A command that has shown something, and asks again, says so in
 * INSPECT_SHOWN: then a failure is in the status only, not in the middle of a list. From INSPECT_AT on they are the
 * command's.
 */
enum { INSPECT_DEADLINE, INSPECT_PHASE, INSPECT_SHOWN, INSPECT_AT };

/** enum inspect_progress - how far a question to a virtual processor is. */
enum inspect_progress {
	INSPECT_WAIT,   /* return false from the step */
	INSPECT_READY,  /* the snapshot is there */
	INSPECT_FAILED, /* it was said: return true */
};

/** struct inspected - what a command looks at. */
struct inspected {
	struct partition *partition;
	struct vcpu *vcpu;
	const struct vcpu_snapshot *snapshot; /* when INSPECT_READY */
};

/**
 * inspect_vcpu() - get the snapshot of the virtual processor that the arguments NAME [VCPU] name.
 * @request: VCPU_REQUEST_SNAPSHOT or VCPU_REQUEST_STEP
 *
 * The first call asks; later ones see whether there is an answer. Fails for a guest that does not run and for a
 * processor that does not answer within a second.
 */
enum inspect_progress inspect_vcpu(struct command_run *run, enum vcpu_request request,
				   struct inspected *out);

/** inspect_again() - the next call of inspect_vcpu() asks anew. */
void inspect_again(struct command_run *run);

/** inspect_code() - the bytes of the next instructions, up to @size. Return: how many. */
size_t inspect_code(const struct inspected *inspected, uint8_t *code, size_t size);

/** inspect_show_who() - fields "guest" and "vcpu" of an object. */
void inspect_show_who(const struct inspected *inspected);

/** inspect_words_that_fit() - how much of @words, whole ones, a row has room for; in JSON all of it. */
size_t inspect_words_that_fit(const struct command_run *run, const char *words, size_t columns);

/** inspect_amount() - command_number(), and it must not be 0. */
bool inspect_amount(struct command_run *run, const char *what, const char *text, uint64_t most,
		    uint64_t *value);
