/* SPDX-License-Identifier: Apache-2.0 */
/* crash.c: the record of a panic. */
#include "kernel/crash.h"

#include "kernel/lib/hash.h"
#include "kernel/lib/string.h"

#define CRASH_MAGIC ((uint64_t)0x316873726E74754D) /* "Mutnrsh1" */

_Static_assert(sizeof(struct crash_record) <= KEEP_RECORD_BYTES, "it has to fit");

static const char *const names[CRASH_REGISTERS] = {
	"rip", "rsp", "rflags", "cs",  "ss", "cr0", "cr2", "cr3", "cr4", "rax", "rbx", "rcx",
	"rdx", "rsi", "rdi",    "rbp", "r8", "r9",  "r10", "r11", "r12", "r13", "r14", "r15",
};

const char *crash_register_name(unsigned index)
{
	return index < CRASH_REGISTERS ? names[index] : "";
}

static uint32_t check_of(const struct crash_record *record)
{
	size_t from = offsetof(struct crash_record, run);

	return hash_more(HASH_START, (const char *)record + from, sizeof(*record) - from);
}

void crash_seal(struct crash_record *record)
{
	record->magic = CRASH_MAGIC;
	record->check = check_of(record);
}

/* What is shown must end; the check is against damage, not against another version's layout. */
static bool texts_end(const struct crash_record *record)
{
	return record->version[sizeof(record->version) - 1] == '\0' &&
	       record->reason[sizeof(record->reason) - 1] == '\0' &&
	       record->exit.guest[sizeof(record->exit.guest) - 1] == '\0' &&
	       record->trace_count <= CRASH_TRACE_MAX;
}

const struct crash_record *crash_known(const void *memory)
{
	const struct crash_record *record = memory;

	if (record == NULL || record->magic != CRASH_MAGIC || record->check != check_of(record) ||
	    !texts_end(record)) {
		return NULL;
	}
	return record;
}

struct crash_record *crash_begin(void *memory, uint32_t run)
{
	const struct crash_record *before = crash_known(memory);
	uint32_t in_a_row = before != NULL && before->run + 1 == run ? before->in_a_row : 0;
	struct crash_record *record = memory;

	memset(record, 0, sizeof(*record));
	record->run = run;
	record->in_a_row = in_a_row + 1;
	record->vector = CRASH_NO_VECTOR;
	return record;
}

/* Whether byte @at of the code is behind a CALL: E8 with 4 bytes, or FF /2 with 0 to 5 bytes behind its ModRM. */
static bool behind_call(const struct crash_stack *stack, uint64_t at)
{
	const uint8_t *end = stack->text + at;

	if (at >= 5 && end[-5] == 0xE8) {
		return true;
	}
	for (unsigned bytes = 2; bytes <= 7 && bytes <= at; bytes++) {
		if (end[-(int)bytes] == 0xFF && (end[1 - (int)bytes] & 0x38) == 0x10) {
			return true;
		}
	}
	return false;
}

uint32_t crash_trace(const struct crash_stack *stack, uint64_t *trace)
{
	uint32_t count = 0;

	for (size_t i = 0; i < stack->count && count < CRASH_TRACE_MAX; i++) {
		uint64_t at = stack->words[i] - (uint64_t)stack->text;

		if (at < stack->text_bytes && behind_call(stack, at)) {
			trace[count++] = stack->words[i];
		}
	}
	return count;
}
