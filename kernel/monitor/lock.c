/* SPDX-License-Identifier: Apache-2.0 */
/* lock.c: whether the monitor is locked, and what opens it. */
#include "kernel/monitor/lock.h"

#include "kernel/lib/sha256.h"
#include "kernel/lib/string.h"

static struct {
	const struct config_monitor *config;
	bool locked;
	bool asks;
	uint32_t wrong;       /* tries since the last right one; the one under way counts */
	uint64_t next_try_us; /* no try is looked at before */
	uint64_t last_key_us;
	struct pbkdf2 hash;
} lock;

void lock_init(const struct config_monitor *config, uint64_t now_us)
{
	memset(&lock, 0, sizeof(lock));
	lock.config = config;
	lock.last_key_us = now_us;
	lock_now();
}

bool lock_present(void)
{
	return lock.config != NULL && lock.config->password.iterations != 0;
}

bool lock_locked(void)
{
	return lock.locked;
}

bool lock_hides_consoles(void)
{
	return lock.locked && !lock.config->locked_consoles;
}

bool lock_now(void)
{
	bool was_open = !lock.locked;

	lock.locked = lock_present();
	lock.asks = lock.locked;
	return lock.locked && was_open;
}

void lock_key_seen(uint64_t now_us)
{
	lock.last_key_us = now_us;
}

bool lock_idle_tick(uint64_t now_us)
{
	uint64_t limit_us = lock_present() ? lock.config->lock_after * (uint64_t)1000000 : 0;

	return limit_us != 0 && !lock.locked && now_us - lock.last_key_us >= limit_us && lock_now();
}

bool lock_asks(void)
{
	return lock.locked && lock.asks;
}

void lock_ask(bool on)
{
	lock.asks = on;
}

uint64_t lock_wait_us(uint64_t now_us)
{
	return lock.next_try_us > now_us ? lock.next_try_us - now_us : 0;
}

uint32_t lock_wrong_tries(void)
{
	return lock.wrong;
}

static void delay_next_try(uint64_t now_us)
{
	uint64_t wait = LOCK_WAIT_US_MAX;

	if (lock.wrong <= 6) {
		wait = min_u64(wait, LOCK_WAIT_US_MIN << (lock.wrong - 1));
	}
	lock.next_try_us = now_us + wait;
}

enum lock_answer lock_try(const char *password, size_t length, uint64_t now_us)
{
	if (!lock.locked) {
		return LOCK_OPENED;
	}
	if (lock_wait_us(now_us) > 0) {
		return LOCK_TOO_EARLY;
	}
	const struct config_password *wanted = &lock.config->password;
	struct pbkdf2_salt salt = { wanted->salt, wanted->salt_bytes, wanted->iterations };

	lock.wrong += lock.wrong < UINT32_MAX ? 1 : 0;
	delay_next_try(now_us);
	pbkdf2_begin(&lock.hash, password, length, &salt);
	return LOCK_CHECKING;
}

static enum lock_answer open_lock(uint64_t now_us)
{
	lock.locked = false;
	lock.asks = false;
	lock.wrong = 0;
	lock.next_try_us = 0;
	lock.last_key_us = now_us;
	return LOCK_OPENED;
}

enum lock_answer lock_try_step(uint32_t iterations, uint64_t now_us)
{
	uint8_t key[CONFIG_HASH_BYTES];

	if (!pbkdf2_step(&lock.hash, iterations)) {
		return LOCK_CHECKING;
	}
	pbkdf2_end(&lock.hash, key);
	bool right = equal_in_constant_time(key, lock.config->password.hash, sizeof(key));
	wipe(key, sizeof(key));
	if (right) {
		return open_lock(now_us);
	}
	/* Again, from now on: the wait is behind the answer, however long that took. */
	delay_next_try(now_us);
	return LOCK_WRONG;
}

_Static_assert((int)CONFIG_HASH_BYTES == (int)SHA256_BYTES, "one block of PBKDF2");
