/* SPDX-License-Identifier: Apache-2.0 */
/* command_shown.h: one command of a group is stepped to its end; what it shows is kept. Included once, by a test. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/monitor/command.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/view.h"
#include "kernel/monitor/wire.h"

enum { STEPS_MAX = 100 };

static char shown[8192];
static size_t shown_used;
static uint32_t steps; /* that the latest command took */

/* The line itself stays out of it. */
void wire_write(const void *bytes, size_t length)
{
	(void)bytes;
	(void)length;
}

static inline void keep(const void *bytes, size_t length)
{
	assert_true(shown_used + length < sizeof(shown));
	memcpy(&shown[shown_used], bytes, length);
	shown_used += length;
	shown[shown_used] = '\0';
}

/* @words: a row of @group. Return: how it ended. */
static inline enum command_status run_row(const struct command_group *group, const char *words,
					  bool json)
{
	struct command_run run = { .json = json };

	shown_used = 0;
	for (size_t i = 0; i < group->count; i++) {
		if (strcmp(group->commands[i].words, words) == 0) {
			run.command = &group->commands[i];
		}
	}
	assert_non_null(run.command);
	output_to(keep);
	view_begin(json);
	for (steps = 1; !run.command->step(&run); steps++) {
		assert_true(steps < STEPS_MAX);
	}
	view_end();
	return run.status;
}
