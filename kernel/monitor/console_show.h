/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_show.h: what guests print, on its way to the serial line: one guest as it is, or all of them line by line.
 *
 * Of the interleaved lines each begins with a prefix that no guest can make: "[name] " a line, "[name]+" more of the
 * line that this guest has on the screen, "[name]*" Muntin's own words about it.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/partition_view.h"

/** struct console_place - how far the console of one guest was shown. Zeroed at the start. */
struct console_place {
	uint64_t shown;             /* position in its ring */
	uint64_t lost;              /* bytes overwritten before they could be shown */
	uint64_t open_us;           /* since when a line without its end waits; 0: none does */
	enum partition_state state; /* as it was seen last */
	bool middle;                /* what was shown last did not end its line */
	bool controls; /* what was shown as it is may have told the terminal something */
};

/** console_show_begin() - the place comes into view: whatever else than running it is will be said. */
void console_show_begin(struct console_place *place);

/** console_show_skip() - leave out what is too long ago to scroll by; that is said. For the interleaved view. */
void console_show_skip(struct console_place *place, uint32_t index);

/** console_show_one() - the next bytes of guest @index as they are. Return: whether there was anything to show. */
bool console_show_one(struct console_place *place, uint32_t index);

/** struct console_all - the view of all guests. */
struct console_all {
	struct console_place *places; /* one for each guest */
	bool plain;                   /* no colours */
	uint32_t turn;                /* whose it is: each guest gets a line in its turn */
};

/**
 * console_show_all() - the next line of the next guest that has one.
 *
 * A line that has no end yet is shown when it has waited for 100 ms. Return: as console_show_one().
 */
bool console_show_all(struct console_all *all);

/**
 * console_show_order() - end what a guest has told the terminal, as far as Muntin's own lines would suffer from it.
 * @leave: also what would disturb at the prompt: alternate screen, hidden cursor, other keys
 */
void console_show_order(struct console_place *place, bool leave);
