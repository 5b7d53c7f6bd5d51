/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h: the commands of the monitor and how a line becomes one of them.
 *
 * A command is a row in the table of its group's file. Its step is called until it returns true, each
 * time with the line nearly idle and room for COMMAND_STEP_BYTES; between two calls the monitor goes on
 * serving the consoles, and ^C ends the command there. What it must remember stands in struct
 * command_run. So output of any length needs no buffer, and no command can hold up the monitor.
 */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/lib/types.h"
#include "kernel/monitor/line.h"

enum {
	COMMAND_WORDS_MAX = 16,
	COMMAND_STEP_BYTES = 8192, /* most that one step may write, CRs counted */
};

struct command;

/** struct command_run - a command line, and the command it runs. */
struct command_run {
	const struct command *command;
	uint32_t argc;
	const char *argv[COMMAND_WORDS_MAX]; /* command_find() leaves the arguments only */
	uint64_t at[4];                      /* the step's own; 0 at first */
	char text[LINE_BYTES];               /* what @argv points into */
};

/** command_step_fn - do the next piece. Return: whether that was the last one. */
typedef bool (*command_step_fn)(struct command_run *run);

/** struct command - one row. */
struct command {
	const char *words;     /* its name: one or two words, one space between them */
	const char *arguments; /* as usage shows them; "" for none */
	const char *help;      /* one line */
	const char *example;   /* a command line, or "" */
	uint8_t arguments_min;
	uint8_t arguments_max;
	command_step_fn step;
};

/** struct command_group - the commands of one file. */
struct command_group {
	const char *title;
	const struct command *commands;
	size_t count;
};

extern const struct command_group command_group_guest;
extern const struct command_group command_group_life;
extern const struct command_group command_group_exits;
extern const struct command_group command_group_log;
extern const struct command_group command_group_system;

/** command_groups - every group there is, command_group_count of them, in the order help shows. */
extern const struct command_group *const command_groups[];
extern const size_t command_group_count;

/** command_next() - the row behind @command in the order of help; the first for NULL, NULL at the end. */
const struct command *command_next(const struct command *command);

/**
 * command_split() - cut @run->text into words.
 *
 * Words stand between spaces; in double quotes a space is part of a word.
 *
 * Return: OK (no word at all is OK), E_INVALID (a quote without its partner), E_FULL (more than
 * COMMAND_WORDS_MAX words).
 */
enum status command_split(struct command_run *run);

/** command_find() - find the row that the first words name and take them out of argv. NULL: there is none. */
const struct command *command_find(struct command_run *run);

/**
 * command_nearest() - the row that was probably meant.
 *
 * Return: NULL when none is near: more than half of its letters, or more than 3, are different.
 */
const struct command *command_nearest(const struct command_run *run);

/** command_starts_with() - whether @word is the first word of @command's name. */
bool command_starts_with(const struct command *command, const char *word);
