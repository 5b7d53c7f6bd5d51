/* SPDX-License-Identifier: Apache-2.0 */
/* monitor_screen.h: what the tests of the monitor share: keys that are typed, a screen that is looked at. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/host/monitor_fakes.h"

#define LINUX (&fake_guests[0])
#define BEAT  (&fake_guests[1])

static inline int start(void **state)
{
	(void)state;
	fake_start();
	return fake_settle() ? 0 : 1;
}

/* Types @keys on a clean screen and lets everything happen; what the screen shows is in screen(). */
static inline void type(const char *keys)
{
	fake_screen_clear();
	fake_type(keys);
	assert_true(fake_settle());
}

static inline const char *screen(void)
{
	return fake_uart.screen;
}

static inline void assert_shows(const char *text)
{
	if (strstr(screen(), text) == NULL) {
		fail_msg("the screen lacks \"%s\":\n%s", text, screen());
	}
}

static inline void assert_hides(const char *text)
{
	if (strstr(screen(), text) != NULL) {
		fail_msg("the screen has \"%s\":\n%s", text, screen());
	}
}

static inline void assert_ends_with_prompt(void)
{
	assert_true(fake_uart.screen_used >= 10);
	assert_string_equal(&screen()[fake_uart.screen_used - 10], "\r\nmuntin> ");
}

static inline uint32_t count_shown(const char *text)
{
	uint32_t count = 0;

	for (const char *at = screen(); (at = strstr(at, text)) != NULL; at++) {
		count++;
	}
	return count;
}
