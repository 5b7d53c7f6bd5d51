/* SPDX-License-Identifier: Apache-2.0 */
/* denied.c: what a virtual processor asked for and was refused. */
#include "kernel/denied.h"

void denied_init(struct denied *denied)
{
	denied->last = &denied->entries[0];
}

/* A free one, or the one that was quiet longest. */
static struct denied_entry *victim(struct denied *denied)
{
	struct denied_entry *oldest = &denied->entries[0];

	for (uint32_t i = 0; i < DENIED_ENTRIES; i++) {
		struct denied_entry *row = &denied->entries[i];

		if (row->key == 0) {
			return row;
		}
		if (row->tsc < oldest->tsc) {
			oldest = row;
		}
	}
	denied->displaced++;
	return oldest;
}

/* The key goes first and comes back last: who reads meanwhile sees that it changed. */
static void exchange(struct denied_entry *row, uint64_t key)
{
	__atomic_store_n(&row->key, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	row->count = 0;
	row->number = 0;
	row->rip = 0;
	__atomic_store_n(&row->key, key, __ATOMIC_RELEASE);
}

static struct denied_entry *find(struct denied *denied, uint64_t key)
{
	for (uint32_t i = 0; i < DENIED_ENTRIES; i++) {
		if (denied->entries[i].key == key) {
			return &denied->entries[i];
		}
	}
	struct denied_entry *row = victim(denied);

	exchange(row, key);
	return row;
}

void denied_select(struct denied *denied, uint64_t key)
{
	denied->last = find(denied, key);
}

bool denied_read(const struct denied *denied, uint32_t index, struct denied_entry *copy)
{
	const struct denied_entry *row = &denied->entries[index];
	uint64_t key = __atomic_load_n(&row->key, __ATOMIC_ACQUIRE);

	*copy = *row;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	/* A count of 0: its first refusal is just being written. */
	return key != 0 && copy->key == key && copy->count != 0 &&
	       __atomic_load_n(&row->key, __ATOMIC_RELAXED) == key;
}

enum denied_kind denied_kind(const struct denied_entry *entry)
{
	return (enum denied_kind)(entry->key >> 56);
}

const char *denied_what(enum denied_kind kind)
{
	return kind >= DENIED_ADDRESS_READ ? "address" : kind >= DENIED_PORT_READ ? "port" : "msr";
}

bool denied_is_write(enum denied_kind kind)
{
	return kind == DENIED_MSR_WRITE || kind == DENIED_PORT_WRITE ||
	       kind == DENIED_ADDRESS_WRITE;
}
