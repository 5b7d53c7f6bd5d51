/* SPDX-License-Identifier: Apache-2.0 */
/* test_history.c: the ring of lines that is the history. */
#include "tests/host/line_typing.h"

static void init_small(size_t size)
{
	memset(kept, '#', sizeof(kept));
	history_init(&history, kept, size);
}

static void lines_are_kept_newest_first(void **state)
{
	(void)state;
	assert_kept("");
	history_add(&history, "one");
	history_add(&history, "two");
	history_add(&history, "three");
	assert_kept("three\ntwo\none\n");
}

static void line_equal_to_the_newest_is_kept_once(void **state)
{
	(void)state;
	history_add(&history, "one");
	history_add(&history, "one");
	history_add(&history, "on");
	history_add(&history, "one");
	assert_kept("one\non\none\n");
}

static void empty_lines_and_lines_behind_a_space_are_not_kept(void **state)
{
	(void)state;
	history_add(&history, "");
	history_add(&history, " secret");
	assert_kept("");
}

static void newest_lines_push_out_the_oldest_and_no_byte_is_wasted(void **state)
{
	(void)state;
	init_small(8);
	history_add(&history, "abc");
	history_add(&history, "def");
	assert_kept("def\nabc\n");
	history_add(&history, "g");
	assert_kept("g\ndef\n");
	history_add(&history, "hi");
	assert_kept("hi\ng\n");
	history_add(&history, "seven77");
	assert_kept("seven77\n");
}

static void line_longer_than_the_ring_is_not_kept_and_costs_none(void **state)
{
	(void)state;
	init_small(8);
	history_add(&history, "abc");
	history_add(&history, "eight888");
	assert_kept("abc\n");
	assert_int_equal(history_hold(&history, "eight888"), 0);
	assert_kept("abc\n");
}

static void held_line_is_the_newest_until_it_is_dropped(void **state)
{
	(void)state;
	history_add(&history, "one");
	assert_int_equal(history_hold(&history, " secret"), 8);
	assert_kept(" secret\none\n");
	history_drop(&history);
	assert_kept("one\n");
	assert_int_equal(history_hold(&history, ""), 1);
	assert_kept("\none\n");
	history_drop(&history);
	history_drop(&history);
	assert_kept("");
}

/* All lengths, so that lines and NULs lie across the end of the buffer everywhere. */
static void ring_goes_round_at_every_place(void **state)
{
	char text[16];

	(void)state;
	init_small(23);
	for (uint32_t i = 0; i < 2000; i++) {
		size_t at = 0;
		size_t offset = 9;
		char found[16];

		memset(text, 'a' + (int)(i % 26), sizeof(text));
		text[i * 7 % 13 + 1] = '\0';
		history_add(&history, text);
		at = history_older(&history, 0);
		assert_int_equal(at, strlen(text) + 1);
		history_read(&history, at, found, sizeof(found));
		assert_string_equal(found, text);
		assert_int_equal(history_find(&history, at, text, &offset), at);
		assert_int_equal(offset, 0);
		assert_int_equal(history_newer(&history, at), 0);
		if (history_older(&history, at) != 0) {
			assert_int_equal(history_newer(&history, history_older(&history, at)), at);
		}
		assert_true(history.used <= 23);
	}
}

static void line_is_cut_to_the_room_for_it(void **state)
{
	char text[4] = "###";

	(void)state;
	history_add(&history, "guest");
	assert_int_equal(history_read(&history, history_older(&history, 0), text, sizeof(text)), 3);
	assert_string_equal(text, "gue");
}

static void search_finds_the_newest_line_with_the_string_and_its_place(void **state)
{
	size_t offset = 0;
	size_t at = 0;

	(void)state;
	history_add(&history, "guest stop linux");
	history_add(&history, "guest list");
	history_add(&history, "log");
	at = history_find(&history, history_older(&history, 0), "st", &offset);
	assert_int_equal(at, 15);
	assert_int_equal(offset, 3);
	at = history_find(&history, history_older(&history, at), "st", &offset);
	assert_int_equal(at, 32);
	at = history_find(&history, history_older(&history, at), "st", &offset);
	assert_int_equal(at, 0);
	at = history_find(&history, history_older(&history, 0), "stop linux", &offset);
	assert_int_equal(at, 32);
	assert_int_equal(offset, 6);
	/* Not from the end of one line into the next. */
	assert_int_equal(history_find(&history, 32, "xg", &offset), 0);
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lines_are_kept_newest_first),
		T(line_equal_to_the_newest_is_kept_once),
		T(empty_lines_and_lines_behind_a_space_are_not_kept),
		T(newest_lines_push_out_the_oldest_and_no_byte_is_wasted),
		T(line_longer_than_the_ring_is_not_kept_and_costs_none),
		T(held_line_is_the_newest_until_it_is_dropped),
		T(ring_goes_round_at_every_place),
		T(line_is_cut_to_the_room_for_it),
		T(search_finds_the_newest_line_with_the_string_and_its_place),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
