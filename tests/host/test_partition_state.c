/* SPDX-License-Identifier: Apache-2.0 */
/* test_partition_state.c: the tables of a guest's life, and that docs/lifecycle.md shows them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "kernel/partition_state.c"

static char page[65536];

static int read_page(void **state)
{
	FILE *file = fopen("docs/lifecycle.md", "rb");

	(void)state;
	if (file == NULL) {
		return -1;
	}
	memset(page, 0, sizeof(page));
	size_t length = fread(page, 1, sizeof(page) - 1, file);
	fclose(file);
	return length > 0 ? 0 : -1;
}

/* Cell @index, from 0, of the table row that begins with @first. */
static void cell(const char *first, unsigned index, char *text, size_t size)
{
	char start[64];

	snprintf(start, sizeof(start), "\n| %s |", first);
	const char *at = strstr(page, start);
	if (at == NULL) {
		fail_msg("docs/lifecycle.md has no row %s", first);
	}
	at += 1; /* the line end */
	for (unsigned i = 0; i <= index; i++) {
		at = strchr(at, '|') + 1;
	}
	size_t length = (size_t)(strchr(at, '|') - at);
	assert_true(length < size);
	memcpy(text, at, length);
	text[length] = '\0';
}

static void every_state_is_shown_with_what_may_follow(void **state)
{
	(void)state;
	for (unsigned from = 0; from < PARTITION_STATE_COUNT; from++) {
		char shown[128];

		cell(partition_state_text((enum partition_state)from), 2, shown, sizeof(shown));
		for (unsigned to = 0; to < PARTITION_STATE_COUNT; to++) {
			const char *word = partition_state_text((enum partition_state)to);
			bool follows = partition_state_follows((enum partition_state)from,
							       (enum partition_state)to);

			if ((strstr(shown, word) != NULL) != follows) {
				fail_msg("%s -> %s: %d, shown: %s",
					 partition_state_text((enum partition_state)from), word,
					 follows, shown);
			}
		}
	}
}

static void every_act_is_shown_with_the_states_that_allow_it(void **state)
{
	(void)state;
	for (unsigned act = 0; act < PARTITION_ACT_COUNT; act++) {
		char first[64];

		snprintf(first, sizeof(first), "`guest %s`",
			 partition_act_text((enum partition_act)act));
		for (unsigned in = 0; in < PARTITION_STATE_COUNT; in++) {
			bool allowed = partition_state_allows((enum partition_state)in,
							      (enum partition_act)act);
			char shown[128];
			char head[128];

			cell("command", 1 + in, head, sizeof(head));
			assert_non_null(
				strstr(head, partition_state_text((enum partition_state)in)));
			cell(first, 1 + in, shown, sizeof(shown));
			assert_string_equal(shown, allowed ? " yes " : " no ");
		}
	}
}

static void every_state_can_be_reached_and_left(void **state)
{
	(void)state;
	for (unsigned one = 0; one < PARTITION_STATE_COUNT; one++) {
		unsigned in = 0;
		unsigned out = 0;

		for (unsigned other = 0; other < PARTITION_STATE_COUNT; other++) {
			in += partition_state_follows((enum partition_state)other,
						      (enum partition_state)one);
			out += partition_state_follows((enum partition_state)one,
						       (enum partition_state)other);
		}
		assert_true(in > 0 && out > 0);
		assert_false(partition_state_follows((enum partition_state)one,
						     (enum partition_state)one));
	}
}

static void guest_that_lives_is_ended_only_by_way_of_ending(void **state)
{
	static const enum partition_state lives[] = { PARTITION_STARTING, PARTITION_RUNNING,
						      PARTITION_PAUSED };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(lives); i++) {
		assert_true(partition_state_follows(lives[i], PARTITION_ENDING));
		assert_false(partition_state_follows(lives[i], PARTITION_OFF));
		assert_false(partition_state_follows(lives[i], PARTITION_STOPPED));
		assert_false(partition_state_follows(lives[i], PARTITION_WAITING));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_is_shown_with_what_may_follow),
		cmocka_unit_test(every_act_is_shown_with_the_states_that_allow_it),
		cmocka_unit_test(every_state_can_be_reached_and_left),
		cmocka_unit_test(guest_that_lives_is_ended_only_by_way_of_ending),
	};

	return cmocka_run_group_tests(tests, read_page, NULL);
}
