/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runner.h: a command line while it is being obeyed: its commands one after the other, their steps, the pager, the
 * framing for programs, and what `watch` repeats.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/monitor/room.h"

/** runner_init() - nothing runs. */
void runner_init(struct monitor_room *room);

/**
 * runner_start() - begin to obey a line: commands separated by ";" (not inside of double quotes).
 *
 * Return: false when there is nothing to run: an empty line, or one that was refused in words.
 */
bool runner_start(const char *line);

/** runner_start_trusted() - the same for a line of the config: also while the monitor is locked. */
bool runner_start_trusted(const char *line);

/** runner_busy() - whether a line is being obeyed. */
bool runner_busy(void);

/** runner_step() - go on with it, if the line is idle enough. Return: whether something moved. */
bool runner_step(void);

/** runner_asks() - whether it waits for a key, at --More--. */
bool runner_asks(void);

/** runner_key() - take that key. */
void runner_key(uint8_t byte);

/** runner_interrupt() - ^C: end it, and what follows on the line. */
void runner_interrupt(void);

/** runner_drop_rest() - what follows, or is repeated, is not run: the line has become a guest's console. */
void runner_drop_rest(void);

/**
 * runner_repeat() - from a command: run @line again and again, redrawn in place, until ^C.
 * @interval_us: time between two beginnings
 *
 * Return: false when this command is being repeated itself; that ends then.
 */
bool runner_repeat(const char *line, uint64_t interval_us);

/** runner_no_pager() - from a command: --More-- would stop what it goes on to show. */
void runner_no_pager(void);

/**
 * runner_interval() - what -n SECONDS says, 1 to 3600, in @interval_us; not changed when it was not given.
 *
 * Return: false after command_fail().
 */
bool runner_interval(struct command_run *run, uint64_t *interval_us);

/** runner_tagged() - whether a program asked: no colours, no redrawing. */
bool runner_tagged(void);
