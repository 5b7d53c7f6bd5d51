/* SPDX-License-Identifier: Apache-2.0 */
/* monitor.c: the serial monitor: what the line is doing now, and the round that moves it on. */
#include "kernel/monitor/monitor.h"

#include "kernel/lib/log.h"
#include "kernel/lib/status.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/cmd_system.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/console.h"
#include "kernel/monitor/line.h"
#include "kernel/monitor/log_view.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/wire.h"

/* With less than this in front, a new piece of output is begun: an answer stays 44 ms behind at 115200. */
enum { MONITOR_AHEAD_BYTES = 512, MONITOR_KEYS_MAX = 64, BYTE_CTRL_C = 0x03 };

_Static_assert((int)WIRE_TRANSMIT_BYTES >= (int)COMMAND_STEP_BYTES + (int)MONITOR_AHEAD_BYTES,
	       "a step's output must fit");

static struct {
	struct monitor_setup setup;
	struct line line;
	struct command_run run;
	bool running; /* @run has a command that is not done */
	struct wire_losses told;
} monitor;

/* Whether the monitor may say something unasked: nobody else has the line, and it is not behind. */
static bool may_speak(void)
{
	return !monitor.running && !console_attached() && wire_queued() < MONITOR_AHEAD_BYTES;
}

static void echo(const char *text, size_t length)
{
	wire_write(text, length);
}

static void reset_state(const struct monitor_setup *setup)
{
	memset(&monitor, 0, sizeof(monitor));
	monitor.setup = *setup;
	monitor.line.prompt = "muntin> ";
	monitor.line.echo = echo;
	cmd_system_start(&monitor.setup);
	console_reset();
	log_view_skip();
}

void monitor_init(const struct monitor_setup *setup)
{
	reset_state(setup);
	if (setup->uart_port == 0) {
		return;
	}
	enum status status = wire_start(setup->uart_port, setup->uart_speed);
	if (status != OK) {
		log_error("monitor: UART at port %x, %u bits per second: %s; no monitor",
			  setup->uart_port, setup->uart_speed, status_text(status));
		return;
	}
	output_format("\n%s\nType help.\n", setup->version);
	line_start(&monitor.line);
}

static void prompt_unless_attached(void)
{
	monitor.running = false;
	if (!console_attached()) {
		line_start(&monitor.line);
	}
}

/* Return: whether @word is the first of two that name a command; then it was said which there are. */
static bool say_second_words(const char *word)
{
	const char *before = "incomplete: which one?";

	for (const struct command *c = command_next(NULL); c != NULL; c = command_next(c)) {
		if (command_starts_with(c, word)) {
			output_format("%s %s", before, c->words);
			before = ",";
		}
	}
	bool any = before[0] == ',';
	output_text(any ? "\n" : "");
	return any;
}

static void say_unknown(const struct command_run *run)
{
	const struct command *nearest = command_nearest(run);

	if (nearest != NULL) {
		output_format("unknown command \"%s\"; did you mean \"%s\"?\n", run->argv[0],
			      nearest->words);
	} else if (!say_second_words(run->argv[0])) {
		output_format("unknown command \"%s\"; help lists all\n", run->argv[0]);
	}
}

static bool arguments_fit(const struct command_run *run)
{
	const struct command *c = run->command;

	if (run->argc >= c->arguments_min && run->argc <= c->arguments_max) {
		return true;
	}
	output_format("%s; usage: %s%s%s\n",
		      run->argc < c->arguments_min ? "argument missing" : "too many arguments",
		      c->words, c->arguments[0] != '\0' ? " " : "", c->arguments);
	return false;
}

/* Return: whether there is something to run; if not, all was said. */
static bool command_ready(struct command_run *run)
{
	switch (command_split(run)) {
	case OK:
		break;
	case E_FULL:
		output_format("too many words: at most %u\n", (unsigned)COMMAND_WORDS_MAX);
		return false;
	default:
		output_text("a double quote has no partner: write \"two words\"\n");
		return false;
	}
	if (run->argc == 0) {
		return false;
	}
	if (command_find(run) == NULL) {
		say_unknown(run);
		return false;
	}
	return arguments_fit(run);
}

static void begin_command(void)
{
	memset(&monitor.run, 0, sizeof(monitor.run));
	memcpy(monitor.run.text, monitor.line.text, monitor.line.length + 1);
	monitor.running = command_ready(&monitor.run);
	if (!monitor.running) {
		prompt_unless_attached();
	}
}

static void feed_line(uint8_t byte)
{
	switch (line_feed(&monitor.line, byte)) {
	case LINE_EDITING:
		break;
	case LINE_ENTERED:
		begin_command();
		break;
	case LINE_TOO_LONG:
		output_format("line too long: at most %u characters\n", LINE_BYTES - 1);
		prompt_unless_attached();
		break;
	case LINE_ABANDONED:
		prompt_unless_attached();
		break;
	}
}

static void leave_console(void)
{
	uint32_t lines = log_view_skip();

	if (lines > 0) {
		output_format("[%u new lines in the log]\n", lines);
	}
	line_start(&monitor.line);
}

/* Return: false when the guest cannot take the first received byte, @byte, now. */
static bool feed_console(uint8_t byte)
{
	if (!console_key(byte)) {
		/* A guest that never reads must not hide the key that leads away from it. */
		size_t before = wire_find(CONSOLE_ESCAPE);
		if (before != SIZE_MAX) {
			wire_take(before);
		}
		return false;
	}
	wire_take(1);
	if (!console_attached()) {
		leave_console();
	}
	return true;
}

/* Return: false when the first received byte cannot be used now. */
static bool take_key(void)
{
	uint8_t byte = wire_peek(0);

	if (console_attached() && !line_swallows(&monitor.line, byte)) {
		return feed_console(byte);
	}
	wire_take(1);
	if (!console_attached()) {
		feed_line(byte);
	}
	return true;
}

/* Keys wait while a command runs, and while what they would echo has to wait. */
static bool keys_welcome(void)
{
	return console_attached() || (!monitor.running && wire_queued() < MONITOR_AHEAD_BYTES);
}

static bool take_keys(void)
{
	unsigned count = 0;

	while (count < MONITOR_KEYS_MAX && wire_received() > 0 && keys_welcome() && take_key()) {
		count++;
	}
	return count > 0;
}

static void interrupt_command(size_t keys_before)
{
	wire_take(keys_before + 1);
	output_text("^C\n");
	prompt_unless_attached();
}

static bool step_command(void)
{
	if (!monitor.running) {
		return false;
	}
	size_t before = wire_find(BYTE_CTRL_C);
	if (before != SIZE_MAX) {
		interrupt_command(before);
		return true;
	}
	if (wire_queued() >= MONITOR_AHEAD_BYTES) {
		return false;
	}
	if (monitor.run.command->step(&monitor.run)) {
		prompt_unless_attached();
	}
	return true;
}

static bool show_new_log_lines(void)
{
	char lines[LOG_VIEW_BYTES];

	if (!may_speak()) {
		return false;
	}
	size_t length = log_view_new(lines);
	if (length == 0) {
		return false;
	}
	line_hide(&monitor.line);
	output_foreign(lines, length);
	line_draw(&monitor.line);
	return true;
}

static bool tell_losses(void)
{
	struct wire_losses now = wire_losses();
	bool told = now.written == monitor.told.written && now.received == monitor.told.received;

	if (told || !may_speak()) {
		return false;
	}
	line_hide(&monitor.line);
	output_format("[lost on this line: %lu bytes out, %lu bytes in]\n",
		      now.written - monitor.told.written, now.received - monitor.told.received);
	line_draw(&monitor.line);
	monitor.told = now;
	return true;
}

bool monitor_poll(void)
{
	if (!wire_present()) {
		return false;
	}
	bool moved = wire_pump();
	moved |= take_keys();
	moved |= step_command();
	moved |= console_pump();
	moved |= show_new_log_lines();
	moved |= tell_losses();
	moved |= wire_pump();
	return moved;
}

void monitor_uart_interrupt(void)
{
	wire_pump();
}

void monitor_flush(uint32_t limit_bytes)
{
	wire_flush(limit_bytes);
}
