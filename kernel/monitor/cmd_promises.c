/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_promises.c: commands that verify, on the live structures, what docs/promises.md promises. */
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/view.h"
#include "kernel/selftest.h"

/* What the steps remember in run->at[]: a struct selftest, and behind it these. */
enum { AT_STARTED = 5, AT_FAILED };

enum { PROMISES = 8, TITLE_BYTES = 40 };

_Static_assert(sizeof(struct selftest) == AT_STARTED * sizeof(uint64_t), "it fits in front");

/* Titles of docs/promises.md. */
static const char titles[PROMISES][TITLE_BYTES] = {
	"one file to sign, one file to edit",
	"refuse early, in words",
	"exitless steady state",
	"guest fault, guest stop",
	"start, stop, reset, from the line",
	"stock systems boot unmodified",
	"default deny",
	"the full monitor is in every build",
};

static struct selftest *test_of(struct command_run *run)
{
	return (struct selftest *)(void *)run->at;
}

static void next_check(struct selftest *test)
{
	*test = (struct selftest){ .row = test->row + 1 };
}

static void view_check(const struct selftest *test)
{
	const char *name = selftest_name(test->row);

	view_object(NULL);
	view_number("promise", 7, selftest_promise(test->row));
	view_text("result", -6, selftest_holds(test) ? "ok" : "FAILED");
	view_number("looked_at", 9, test->seen);
	if (test->wrong > 0) {
		view_format("check", 0, "%s: %lu wrong, first at 0x%lx", name, test->wrong,
			    test->first);
	} else {
		view_text("check", 0, name);
	}
	view_object_end();
}

static bool selftest_end(struct command_run *run)
{
	uint64_t failed = run->at[AT_FAILED];

	run->status = failed > 0 ? COMMAND_FAILED : COMMAND_OK;
	view_list_end();
	if (run->json) {
		view_number("failed", 0, failed);
	} else if (failed > 0) {
		output_format("selftest: %lu checks failed\n", failed);
	} else {
		output_text("selftest: ok\n");
	}
	return true;
}

static bool show_selftest(struct command_run *run)
{
	struct selftest *test = test_of(run);

	if (run->at[AT_STARTED]++ == 0) {
		view_object(NULL);
		view_list("checks");
	}
	if (test->row == selftest_count()) {
		return selftest_end(run);
	}
	if (selftest_step(test)) {
		run->at[AT_FAILED] += selftest_holds(test) ? 0 : 1;
		view_check(test);
		next_check(test);
	}
	return false;
}

/* 0 for a promise that only tests hold up. */
static uint32_t checks_of(uint32_t promise)
{
	uint32_t count = 0;

	for (uint32_t row = 0; row < selftest_count(); row++) {
		count += selftest_promise(row) == promise ? 1 : 0;
	}
	return count;
}

static void view_promise(uint32_t promise, uint64_t failed)
{
	uint32_t checks = checks_of(promise);

	view_object(NULL);
	view_number("promise", 7, promise);
	view_text("state", -10, checks == 0 ? "tests only" : failed == 0 ? "holds" : "BROKEN");
	view_number("checks", 6, checks);
	view_number("failed", 6, failed);
	view_text("title", 0, titles[promise - 1]);
	view_object_end();
}

/* The checks stand in the order of the promises. at[AT_STARTED]: the promise that is looked at. */
static bool show_promises(struct command_run *run)
{
	struct selftest *test = test_of(run);

	if (run->at[AT_STARTED] == 0) {
		view_list(NULL);
		run->at[AT_STARTED] = 1;
	}
	uint32_t promise = (uint32_t)run->at[AT_STARTED];
	if (test->row < selftest_count() && selftest_promise(test->row) == promise) {
		if (selftest_step(test)) {
			run->at[AT_FAILED] += selftest_holds(test) ? 0 : 1;
			next_check(test);
		}
		return false;
	}
	view_promise(promise, run->at[AT_FAILED]);
	if (run->at[AT_FAILED] > 0) {
		run->status = COMMAND_FAILED;
	}
	run->at[AT_FAILED] = 0;
	return ++run->at[AT_STARTED] > PROMISES;
}

/* clang-format off */
static const struct command promises_commands[] = {
	{ "promises", "", "which of docs/promises.md are seen to hold now", "",
	  COMMAND_JSON, show_promises },
	{ "selftest", "", "check page tables, EPTs, bitmaps, stacks as they are", "",
	  COMMAND_JSON, show_selftest },
};
/* clang-format on */

const struct command_group command_group_promises = { "Promises", promises_commands,
						      ARRAY_COUNT(promises_commands) };
