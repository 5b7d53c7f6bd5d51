/* SPDX-License-Identifier: Apache-2.0 */
/* spinlock.h: a fair lock between processors (a ticket lock). */
#pragma once

#include "kernel/lib/types.h"

/** struct spinlock - unlocked when zeroed. Never taken from an NMI handler. */
struct spinlock {
	uint32_t next;
	uint32_t serving;
};

/** spinlock_acquire() - wait for the turn; holders keep a lock for a few hundred instructions at most. */
static inline void spinlock_acquire(struct spinlock *lock)
{
	uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket) {
		__builtin_ia32_pause();
	}
}

/** spinlock_release() - let the next one in. */
static inline void spinlock_release(struct spinlock *lock)
{
	__atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}
