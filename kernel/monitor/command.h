/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h: the commands of the monitor and how a line becomes one of them.
 *
 * A command is a row in the table of its group's file. Its step is called until it returns true, each
 * time with the line nearly idle and room for COMMAND_STEP_BYTES; between two calls the monitor goes on
 * serving the consoles, and ^C ends the command there. What it must remember stands in struct
 * command_run. So output of any length needs no buffer, and no command can hold up the monitor.
 *
 * What a command shows goes through view.h, once, and comes out as text or as JSON. What it does (an
 * answer in words) goes through output.h. What went wrong goes through command_fail().
 */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/lib/types.h"
#include "kernel/monitor/line.h"

enum {
	COMMAND_WORDS_MAX = 16,
	COMMAND_OPTIONS_MAX = 6,
	COMMAND_STEP_BYTES = 8192, /* most that one step may write, CRs counted */
};

/** enum command_status - how a command ended; what programs see as its exit status. */
enum command_status {
	COMMAND_OK,
	COMMAND_FAILED,      /* it was understood and could not be done */
	COMMAND_USAGE,       /* it was not understood */
	COMMAND_INTERRUPTED, /* ^C */
	COMMAND_TIMEOUT,     /* what was waited for did not come */
	COMMAND_LOCKED,      /* the monitor is locked */
	COMMAND_GARBLED,     /* a tagged line whose checksum is wrong: not obeyed */
};

/* Flags of a row. */
enum {
	COMMAND_JSON = 1 << 0,   /* takes --json: all it shows goes through view.h */
	COMMAND_ALWAYS = 1 << 1, /* also while the monitor is locked */
	COMMAND_CONSOLE =
		1 << 3, /* about consoles: also then, if the config says locked-consoles = yes */
	COMMAND_NO_PAGER = 1 << 2, /* follows or redraws: --More-- would stop it */
};

struct command;

/** struct command_option - an option as it was typed. */
struct command_option {
	const char *name;  /* "--force" */
	const char *value; /* "" when it takes none */
};

/** struct command_run - a command line, and the command it runs. */
struct command_run {
	const struct command *command;
	uint32_t argc;
	const char
		*argv[COMMAND_WORDS_MAX]; /* positional arguments, once command_ready() was there */
	uint32_t option_count;
	struct command_option options[COMMAND_OPTIONS_MAX];
	bool json;
	enum command_status status; /* COMMAND_OK unless command_fail() */
	uint64_t
		wake_us; /* the step's own: it is not called again before clock_us() is there; 0: at once */
	uint64_t at[8];        /* the step's own; 0 at first */
	char text[LINE_BYTES]; /* what @argv points into */
};

/** command_step_fn - do the next piece. Return: whether that was the last one. */
typedef bool (*command_step_fn)(struct command_run *run);

/** struct command - one row. */
struct command {
	const char *words;   /* its name: one or two words, one space between them */
	const char *usage;   /* its arguments in the grammar of usage.h; "" for none */
	const char *help;    /* one line */
	const char *example; /* a command line, or "" */
	uint32_t flags;      /* COMMAND_JSON | ... */
	command_step_fn step;
};

/** struct command_group - the commands of one file. */
struct command_group {
	const char *title;
	const struct command *commands;
	size_t count;
};

/** command_group_... - one in each kernel/monitor/cmd_*.c that has commands; commands.c lists them. */

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
 * command_arguments() - check the words behind the name against the row's usage; sort out its options.
 *
 * Return: whether they fit; if not, command_fail() said what is wrong and what would be right.
 */
bool command_arguments(struct command_run *run);

/** command_option() - value of the option @name: NULL when it was not given, "" when it takes none. */
const char *command_option(const struct command_run *run, const char *name);

/**
 * command_number() - read @text as a number: decimal, or hexadecimal behind 0x.
 * @what: what it is, for the message
 * @most: largest value allowed
 *
 * Return: whether it is one; if not, command_fail() said so.
 */
bool command_number(struct command_run *run, const char *what, const char *text, uint64_t most,
		    uint64_t *value);

/**
 * command_fail() - say, in one line, why a command cannot be done, and set its status.
 *
 * Text, or {"error": ..., "status": ...} with --json. Before anything was shown. Return: true, for "return
 * command_fail(...)" from a step.
 */
bool command_fail(struct command_run *run, enum command_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * command_nearest() - the row that was probably meant.
 *
 * Return: NULL when none is near: more than half of its letters, or more than 3, are different.
 */
const struct command *command_nearest(const struct command_run *run);

/** command_unknown() - fail because no row has the name that was typed, and name the nearest. */
void command_unknown(struct command_run *run);

/** command_starts_with() - whether @word is the first word of @command's name. */
bool command_starts_with(const struct command *command, const char *word);
