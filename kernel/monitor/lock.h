/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock.h: whether the monitor is locked, and what opens it. Pure: time comes in as a parameter.
 *
 * With a password in the config the monitor is locked at first, after idle time, after a BREAK on the line and by
 * `lock`. Without one it is never locked. A try is counted before it is looked at, so that ^C saves nobody the wait. After
 * the first wrong one the next has to wait 1 s, then 2, 4 and so on up to LOCK_WAIT_US_MAX; only the right password
 * ends that. Nothing here waits: a try that comes too early is refused, and the password is hashed in slices.
 */
#pragma once

#include "kernel/config.h"
#include "kernel/lib/types.h"

#define LOCK_WAIT_US_MIN ((uint64_t)1000000)
#define LOCK_WAIT_US_MAX ((uint64_t)60000000)

/** enum lock_answer - what became of a try. */
enum lock_answer {
	LOCK_CHECKING, /* call lock_try_step() again */
	LOCK_OPENED,
	LOCK_WRONG,     /* lock_wait_us() says when the next may come */
	LOCK_TOO_EARLY, /* not looked at; likewise */
};

/** lock_init() - what @config says; it must stay. Locked, if there is a password. */
void lock_init(const struct config_monitor *config, uint64_t now_us);

/** lock_present() - whether there is a password. */
bool lock_present(void);

/** lock_locked() - whether commands without COMMAND_ALWAYS have to fail with COMMAND_LOCKED. */
bool lock_locked(void);

/** lock_hides_consoles() - whether it is locked, and guests' consoles are not to be shown or typed at. */
bool lock_hides_consoles(void);

/** lock_now() - lock it: `lock`, or a BREAK on the line. Return: whether it was open, and is locked now. */
bool lock_now(void);

/** lock_key_seen() - somebody types. */
void lock_key_seen(uint64_t now_us);

/** lock_idle_tick() - lock it when nobody has typed for long enough. Return: as lock_now(). */
bool lock_idle_tick(uint64_t now_us);

/** lock_asks() - whether the next line is to be read without echo and is a password, for cmd_lock_line(). */
bool lock_asks(void);

/** lock_ask() - ask for it with the next line, or (an empty line, ^C) do not any more. */
void lock_ask(bool on);

/** lock_wait_us() - how long the next try has to wait; 0: not at all. */
uint64_t lock_wait_us(uint64_t now_us);

/** lock_wrong_tries() - how many there were since the last right one. */
uint32_t lock_wrong_tries(void);

/** lock_try() - begin a try. Return: LOCK_CHECKING, LOCK_TOO_EARLY, or LOCK_OPENED when it is not locked. */
enum lock_answer lock_try(const char *password, size_t length, uint64_t now_us);

/** lock_try_step() - @iterations more of the hash; behind lock_try() until it is not LOCK_CHECKING. */
enum lock_answer lock_try_step(uint32_t iterations, uint64_t now_us);
