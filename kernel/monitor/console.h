/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.h: whose line the serial line is: the monitor's, one guest's console, or all guests' to read.
 *
 * A guest's ring keeps what it wrote until it is shown; bytes move from there only as fast as the line
 * takes them, so that a key is answered at once however much is waiting.
 *
 * The escape key (settings.h) leads back to the prompt, at once, however often it comes. The first key behind it, at a
 * prompt that is still empty, may be one of console_second_key(); none of them means anything there otherwise, so
 * there is no time in which it has to come.
 */
#pragma once

#include "kernel/config.h"
#include "kernel/lib/types.h"
#include "kernel/monitor/console_show.h"
#include "kernel/partition_view.h"

/** CONSOLE_ESCAPE - Ctrl-]: the escape key unless `set` makes it another. */
enum { CONSOLE_ESCAPE = 0x1D };

/** CONSOLE_TYPED_BYTES - how much is kept of what was typed for a guest that does not take it. */
enum { CONSOLE_TYPED_BYTES = 1024 };

/** struct console_room - memory for it. */
struct console_room {
	uint8_t typed[CONSOLE_TYPED_BYTES];
	struct console_place places[CONFIG_GUESTS_MAX];
};

/** console_reset() - nothing attached, nothing shown yet. */
void console_reset(struct console_room *room);

/** console_attach() - connect the line to @partition, beginning with what was not shown yet. */
void console_attach(struct partition *partition);

/** console_attach_all() - show all guests' consoles, line by line; input goes nowhere. @plain: no colours. */
void console_attach_all(bool plain);

/** console_attached() - whether the line is not the monitor's. */
bool console_attached(void);

/** console_detach() - back to the monitor, with a line that says so, the terminal in order. */
void console_detach(void);

/** console_key() - take a byte for the attached guest. Return: false when it must be offered again later. */
bool console_key(uint8_t byte);

/**
 * console_second_key() - take the first key at the prompt that the escape key led to.
 *
 * 1 to 9 and 0 attach guest 1 to 10 of `guest list`; Ctrl-A shows all; Ctrl-B sends a BREAK, and Ctrl-V the escape
 * key, to the guest just left, and attaches it again; ? lists them.
 *
 * Return: whether it was one of them; then, unless the line is a guest's, a new prompt is due.
 */
bool console_second_key(uint8_t byte);

/**
 * console_pump() - move bytes both ways, as far as the line and the guest take them.
 *
 * What was typed for a guest is still handed over after it was detached.
 *
 * Return: whether something moved.
 */
bool console_pump(void);

/** console_typed_waits() - whether keys typed for @partition were not taken yet. */
bool console_typed_waits(const struct partition *partition);

/** struct console_counts - bytes of a guest's console. */
struct console_counts {
	uint64_t written; /* ever */
	uint64_t unread;  /* kept, and not shown on this line yet */
	uint64_t lost;    /* overwritten before they were shown */
};

/** console_counts() - of @partition. */
struct console_counts console_counts(const struct partition *partition);
