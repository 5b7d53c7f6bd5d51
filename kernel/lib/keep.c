/* SPDX-License-Identifier: Apache-2.0 */
/* keep.c: memory that a warm reset keeps. */
#include "kernel/lib/keep.h"

#include "kernel/lib/hash.h"
#include "kernel/lib/string.h"

struct slot {
	uint64_t magic;
	uint32_t run;
	uint32_t check; /* of the two above; written last */
	uint64_t record[KEEP_RECORD_BYTES / 8];
	uint8_t unused[KEEP_SLOT_BYTES - LOG_BYTES - 16 - KEEP_RECORD_BYTES];
	char log[LOG_BYTES];
};

/* Another layout gets another number. */
#define KEEP_MAGIC ((uint64_t)0x3170656B6E74754D) /* "Mutnkep1" */

_Static_assert(sizeof(struct slot) == KEEP_SLOT_BYTES, "the log begins a page");

static struct {
	struct slot *now;
	struct slot *before; /* NULL for none */
} keep;

static uint32_t check_of(const struct slot *slot)
{
	return hash_more(HASH_START, slot, offsetof(struct slot, check));
}

static bool is_valid(const struct slot *slot)
{
	return slot->magic == KEEP_MAGIC && slot->check == check_of(slot);
}

/* The slot of the newest run; NULL for none. */
static struct slot *newest(void *memory)
{
	struct slot *slots = memory;
	struct slot *found = NULL;

	for (unsigned i = 0; i < KEEP_SLOTS; i++) {
		if (is_valid(&slots[i]) && (found == NULL || slots[i].run > found->run)) {
			found = &slots[i];
		}
	}
	return found;
}

bool keep_known(void *memory)
{
	return newest(memory) != NULL;
}

void keep_open(void *memory)
{
	struct slot *slots = memory;

	keep.before = newest(memory);
	keep.now = keep.before == &slots[0] ? &slots[1] : &slots[0];
	/* A reset in the midst of this leaves the other slot as it is, and that is still the newest. */
	log_init(keep.now->log);
	if (keep.before != NULL) {
		memcpy(keep.now->record, keep.before->record, KEEP_RECORD_BYTES);
	} else {
		memset(keep.now->record, 0, KEEP_RECORD_BYTES);
	}
	keep.now->run = keep.before != NULL ? keep.before->run + 1 : 1;
	keep.now->magic = KEEP_MAGIC;
	__atomic_store_n(&keep.now->check, check_of(keep.now), __ATOMIC_RELEASE);
}

uint32_t keep_run(void)
{
	return keep.now != NULL ? keep.now->run : 0;
}

bool keep_previous_log(struct log_ring *ring)
{
	return keep.before != NULL && log_open(ring, keep.before->log);
}

void *keep_record(void)
{
	return keep.now != NULL ? keep.now->record : NULL;
}
