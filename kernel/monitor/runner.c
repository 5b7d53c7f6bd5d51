/* SPDX-License-Identifier: Apache-2.0 */
/* runner.c: a command line while it is being obeyed. */
#include "kernel/monitor/runner.h"

#include "kernel/clock.h"
#include "kernel/lib/sha256.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/lock.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/pager.h"
#include "kernel/monitor/reply.h"
#include "kernel/monitor/settings.h"
#include "kernel/monitor/view.h"
#include "kernel/monitor/wire.h"

/* With less than this in front, a new piece of output is begun: an answer stays 44 ms behind at 115200. */
enum { RUNNER_AHEAD_BYTES = 512, REPEAT_SECONDS_MAX = 3600 };

_Static_assert((int)WIRE_TRANSMIT_BYTES >= (int)COMMAND_STEP_BYTES + (int)RUNNER_AHEAD_BYTES,
	       "a step's output must fit");

/* What `watch` does: @line NULL when nothing is repeated. */
struct repeat {
	const char *line;
	uint64_t interval_us;
	uint64_t next_us;
};

static struct {
	struct monitor_room *room;
	const char *rest;           /* of the line; NULL: no line is being obeyed */
	bool trusted;               /* the line comes from the config */
	bool running;               /* room->run has a command that is not done */
	bool paged;                 /* its output goes through the pager */
	uint32_t rows;              /* written in this round of what is repeated */
	enum command_status status; /* of the line so far: the first that is not COMMAND_OK */
	struct pager pager;
	struct reply reply;
	struct repeat repeat;
} runner;

void runner_init(struct monitor_room *room)
{
	memset(&runner, 0, sizeof(runner));
	runner.room = room;
	runner.pager.text = room->pager;
	runner.pager.size = sizeof(room->pager);
}

bool runner_busy(void)
{
	return runner.rest != NULL;
}

bool runner_asks(void)
{
	return runner.pager.stopped;
}

bool runner_tagged(void)
{
	return runner.reply.tag[0] != '\0';
}

static bool redraws(void)
{
	return runner.repeat.line != NULL && !runner_tagged();
}

/* A screen that is drawn over must not scroll. */
static bool beyond_screen(const char *bytes, size_t length)
{
	if (!redraws() || runner.rows < PAGER_ROWS) {
		runner.rows += length > 0 && bytes[length - 1] == '\n' ? 1 : 0;
		return false;
	}
	return true;
}

static void sink(const void *bytes, size_t length)
{
	if (beyond_screen(bytes, length)) {
		return;
	}
	reply_count(&runner.reply, bytes, length);
	if (runner.paged) {
		pager_put(&runner.pager, bytes, length);
	} else {
		wire_write(bytes, length);
	}
}

static void end_line(void)
{
	output_to(NULL);
	output_redraw(false);
	runner.rest = NULL;
	wipe(runner.room->script, sizeof(runner.room->script)); /* a password may have been in it */
	runner.running = false;
	runner.trusted = false;
	runner.repeat.line = NULL;
	reply_done(&runner.reply, runner.status);
	if (runner_tagged()) {
		output_format("@%s end %u %lu %08x\n", runner.reply.tag, runner.status,
			      runner.reply.bytes, runner.reply.crc);
	} else if (settings.marker) {
		output_format("[status %u]\n", runner.status);
	}
}

static void note_status(enum command_status status)
{
	if (runner.status == COMMAND_OK) {
		runner.status = status;
	}
}

/* --- From a line to commands */

static bool permitted(const struct command *command)
{
	bool shown = (command->flags & COMMAND_CONSOLE) != 0 && !lock_hides_consoles();

	return !lock_locked() || runner.trusted || shown || (command->flags & COMMAND_ALWAYS) != 0;
}

/* Return: whether there is something to run; if not, all was said. */
static bool command_ready(struct command_run *run)
{
	switch (command_split(run)) {
	case OK:
		break;
	case E_FULL:
		command_fail(run, COMMAND_USAGE, "too many words: at most %u",
			     (unsigned)COMMAND_WORDS_MAX);
		return false;
	default:
		command_fail(run, COMMAND_USAGE,
			     "a double quote has no partner: write \"two words\"");
		return false;
	}
	if (run->argc == 0) {
		return false;
	}
	if (command_find(run) == NULL) {
		command_unknown(run);
		return false;
	}
	if (!permitted(run->command)) {
		command_fail(run, COMMAND_LOCKED, "the monitor is locked: write unlock first");
		return false;
	}
	return command_arguments(run);
}

/* Copies the next command of @from. Return: where the rest begins. */
static const char *cut_command(const char *from, char *to)
{
	bool quoted = false;

	for (; *from != '\0' && (quoted || *from != ';'); from++) {
		quoted ^= *from == '"';
		*to++ = *from;
	}
	*to = '\0';
	return *from == ';' ? from + 1 : from;
}

static void begin_command(const char *line)
{
	struct command_run *run = &runner.room->run;

	memset(run, 0, sizeof(*run));
	const char *rest = cut_command(line, run->text);
	if (line == runner.rest) {
		runner.rest = rest;
	}
	runner.paged = settings.paging && !runner_tagged() && !redraws();
	runner.running = command_ready(run);
	note_status(run->status);
	if (runner.running) {
		runner.paged = runner.paged && (run->command->flags & COMMAND_NO_PAGER) == 0;
		view_begin(run->json);
	}
}

static void begin_line(void)
{
	runner.status = COMMAND_OK;
	pager_start(&runner.pager);
	if (runner_tagged()) {
		output_format("@%s begin\n", runner.reply.tag);
	}
	runner.rows = 0;
	output_to(sink);
}

/* A line with a tag that is not to be obeyed: an empty answer. */
static void answer_only(enum command_status status)
{
	begin_line();
	runner.status = status;
	end_line();
}

bool runner_start(const char *line)
{
	switch (reply_parse(&runner.reply, &line)) {
	case REPLY_PLAIN:
	case REPLY_TAGGED:
		break;
	case REPLY_REPEATED:
		answer_only(runner.reply.last_status);
		return false;
	case REPLY_GARBLED:
		answer_only(COMMAND_GARBLED);
		return false;
	case REPLY_MALFORMED:
		output_text("no tag: write @TAG COMMAND or @TAG:CRC COMMAND\n");
		return false;
	}
	size_t length = min_u64(strlen(line), sizeof(runner.room->script) - 1);
	memcpy(runner.room->script, line, length);
	runner.room->script[length] = '\0';
	runner.rest = runner.room->script;
	begin_line();
	return true;
}

bool runner_start_trusted(const char *line)
{
	runner.trusted = runner_start(line);
	return runner.trusted;
}

/* --- Going on */

bool runner_interval(struct command_run *run, uint64_t *interval_us)
{
	const char *text = command_option(run, "-n");
	uint64_t seconds;

	if (text == NULL) {
		return true;
	}
	if (!command_number(run, "-n", text, REPEAT_SECONDS_MAX, &seconds)) {
		return false;
	}
	if (seconds == 0) {
		command_fail(run, COMMAND_USAGE, "-n: write 1 second or more");
		return false;
	}
	*interval_us = seconds * 1000000;
	return true;
}

bool runner_repeat(const char *line, uint64_t interval_us)
{
	size_t length = min_u64(strlen(line), sizeof(runner.room->repeated) - 1);

	if (runner.repeat.line != NULL) {
		runner.repeat.line = NULL;
		return false;
	}
	memcpy(runner.room->repeated, line, length);
	runner.room->repeated[length] = '\0';
	runner.repeat = (struct repeat){ runner.room->repeated, interval_us, 0 };
	if (!runner_tagged()) {
		output_text("\x1b[2J");
	}
	return true;
}

static void end_command(void)
{
	struct command_run *run = &runner.room->run;

	view_end();
	note_status(run->status);
	runner.running = false;
	if (redraws() && runner.repeat.next_us != 0) {
		wire_write("\x1b[J", 3);
	}
	output_redraw(false);
}

static bool begin_round(void)
{
	uint64_t now = clock_us();

	if (now < runner.repeat.next_us) {
		return false;
	}
	runner.repeat.next_us = now + runner.repeat.interval_us;
	runner.rows = 0;
	if (redraws()) {
		output_text("\x1b[H");
		output_redraw(true);
	}
	begin_command(runner.repeat.line);
	if (!runner.running) {
		end_line(); /* it was refused in words, and would be again */
	}
	return true;
}

static bool next_command(void)
{
	if (runner.repeat.line != NULL) {
		return begin_round();
	}
	while (*runner.rest == ' ' || *runner.rest == ';') {
		runner.rest++;
	}
	if (*runner.rest == '\0') {
		end_line();
	} else {
		begin_command(runner.rest);
	}
	return true;
}

static bool push_page(void)
{
	const char *piece;
	size_t length = pager_next(&runner.pager, &piece, RUNNER_AHEAD_BYTES);

	wire_write(piece, length);
	if (runner.pager.stopped) {
		wire_write(PAGER_PROMPT, sizeof(PAGER_PROMPT) - 1);
	}
	return true;
}

bool runner_step(void)
{
	struct command_run *run = &runner.room->run;

	if (!runner_busy() || runner_asks() || wire_queued() >= RUNNER_AHEAD_BYTES) {
		return false;
	}
	if (pager_pending(&runner.pager)) {
		return push_page();
	}
	if (!runner.running) {
		return next_command();
	}
	if (run->wake_us > clock_us()) {
		return false;
	}
	run->wake_us = 0;
	if (run->command->step(run)) {
		end_command();
	}
	return true;
}

void runner_key(uint8_t byte)
{
	switch (pager_key(&runner.pager, byte)) {
	case PAGER_STAY:
		return;
	case PAGER_GO_ON:
		break;
	case PAGER_QUIT:
		end_line();
		break;
	}
	wire_write(PAGER_WIPE, sizeof(PAGER_WIPE) - 1);
}

void runner_interrupt(void)
{
	pager_start(&runner.pager);
	runner.status = COMMAND_INTERRUPTED;
	if (runner.running && runner.room->run.json) {
		view_end(); /* what follows a log as JSON gets a whole array */
	} else if (!runner_tagged()) {
		output_to(NULL);
		output_text("^C\n");
	}
	end_line();
}

void runner_drop_rest(void)
{
	runner.rest = "";
	runner.repeat.line = NULL;
}

void runner_no_pager(void)
{
	runner.paged = false;
}
