/* SPDX-License-Identifier: Apache-2.0 */
/*
 * denied.h: what a virtual processor asked for and was refused. Pure.
 *
 * A table of a fixed size, one row for each MSR, port or page of addresses and direction; when it is full, the row
 * that was quiet longest gives way and is counted. One writes, the owner; anybody may read meanwhile.
 */
#pragma once

#include "kernel/lib/types.h"

enum { DENIED_ENTRIES = 32 };

/** enum denied_kind - 0 is a free row. */
enum denied_kind {
	DENIED_MSR_READ = 1,
	DENIED_MSR_WRITE,
	DENIED_PORT_READ,
	DENIED_PORT_WRITE,
	DENIED_ADDRESS_READ,
	DENIED_ADDRESS_WRITE,
	DENIED_KIND_END
};

/** struct denied_entry - one row; key is 0 while it is free or being exchanged. */
struct denied_entry {
	uint64_t key;   /* kind above the number; of an address, its page */
	uint64_t count; /* since the row is this one's */
	/* Of the last one: */
	uint64_t number;
	uint64_t rip;
	uint64_t tsc;
};

/** struct denied - of one virtual processor. */
struct denied {
	struct denied_entry
		*last; /* the row that was written last: most often it is the next refusal's too */
	uint64_t displaced; /* rows that had to give way */
	struct denied_entry entries[DENIED_ENTRIES];
};

/** denied_init() - an empty table; @denied is zeros. */
void denied_init(struct denied *denied);

/** denied_key() - what the accesses of one row have in common; @number is below 2^56. */
static inline uint64_t denied_key(enum denied_kind kind, uint64_t number)
{
	uint64_t page_offset = kind >= DENIED_ADDRESS_READ ? 0xFFF : 0;

	return (uint64_t)kind << 56 | (number & ~page_offset);
}

/** denied_is_last() - whether the row of @key is the last one. */
static inline bool denied_is_last(const struct denied *denied, uint64_t key)
{
	return denied->last->key == key;
}

/** denied_select() - make the row of @key the last one; there is one then. */
void denied_select(struct denied *denied, uint64_t key);

/** denied_count() - one more access of the last row was refused: MSR, port or address @number, at @rip. */
static inline void denied_count(struct denied *denied, uint64_t number, uint64_t rip, uint64_t tsc)
{
	struct denied_entry *row = denied->last;

	row->number = number;
	row->rip = rip;
	row->tsc = tsc;
	row->count++;
}

/** denied_read() - copy row @index, below DENIED_ENTRIES. Return: false when it is free, or just being exchanged. */
bool denied_read(const struct denied *denied, uint32_t index, struct denied_entry *copy);

/** denied_kind() - of a row that denied_read() gave. */
enum denied_kind denied_kind(const struct denied_entry *entry);

/** denied_what() - "msr", "port" or "address". */
const char *denied_what(enum denied_kind kind);

/** denied_is_write() - else it was read. */
bool denied_is_write(enum denied_kind kind);
