/* SPDX-License-Identifier: Apache-2.0 */
/* monitor.c: the serial monitor: what the line is doing now, and the round that moves it on. */
#include "kernel/monitor/monitor.h"

#include "kernel/clock.h"
#include "kernel/lib/log.h"
#include "kernel/lib/sha256.h"
#include "kernel/lib/status.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/cmd_lock.h"
#include "kernel/monitor/cmd_system.h"
#include "kernel/monitor/cmd_top.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/console.h"
#include "kernel/monitor/history.h"
#include "kernel/monitor/kinds.h"
#include "kernel/monitor/line.h"
#include "kernel/monitor/lock.h"
#include "kernel/monitor/log_view.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/room.h"
#include "kernel/monitor/runner.h"
#include "kernel/monitor/settings.h"
#include "kernel/monitor/wire.h"

/* MONITOR_AHEAD_BYTES: what comes unasked waits until the line is this idle, 44 ms at 115200. */
enum { MONITOR_AHEAD_BYTES = 512, MONITOR_KEYS_MAX = 64, BYTE_CTRL_C = 0x03 };

static struct {
	struct monitor_setup setup;
	struct line line;
	struct history history;
	struct wire_losses told;
} monitor;

/* Whether the monitor may say something unasked: nobody else has the line, and it is not behind. */
static bool may_speak(void)
{
	return !runner_busy() && !console_attached() && wire_queued() < MONITOR_AHEAD_BYTES;
}

static void echo(const char *text, size_t length)
{
	wire_write(text, length);
}

/* The next line may be a password: then it is not shown. */
static void start_line(void)
{
	bool secret = lock_asks();

	monitor.line.quiet = !settings.echo || secret;
	monitor.line.locked = lock_locked();
	monitor.line.prompt = secret ? "password: " : settings.prompt;
	line_start(&monitor.line);
}

static void reset_state(const struct monitor_setup *setup)
{
	memset(&monitor, 0, sizeof(monitor));
	monitor.setup = *setup;
	settings_reset();
	monitor.line.echo = echo;
	monitor.line.history = &monitor.history;
	monitor.line.complete = kinds_complete;
	history_init(&monitor.history, setup->room->history, sizeof(setup->room->history));
	runner_init(setup->room);
	cmd_system_start(&monitor.setup);
	cmd_top_init(&setup->room->top);
	console_reset(&setup->room->console);
	log_view_skip();
	lock_init(setup->config, clock_us());
}

/* What the config says is done first; the prompt comes behind it. */
static void begin(void)
{
	const char *startup = monitor.setup.config->startup;

	if (startup[0] == '\0' || !runner_start_trusted(startup)) {
		start_line();
	}
}

void monitor_init(const struct monitor_setup *setup)
{
	reset_state(setup);
	if (setup->uart_port == 0) {
		return;
	}
	enum status status = wire_start(setup->uart_port, setup->uart_speed, &setup->room->wire);
	if (status != OK) {
		log_error("monitor: UART at port %x, %u bits per second: %s; no monitor",
			  setup->uart_port, setup->uart_speed, status_text(status));
		return;
	}
	output_format("\n%s\nType help.\n", setup->version);
	begin();
}

static void prompt_unless_attached(void)
{
	if (!console_attached()) {
		start_line();
	}
}

/* Not kept: what has a secret in it, and the lines of programs. */
static void obey(char *line)
{
	bool secret = cmd_lock_secret(line);

	wire_answer_begins();
	if (line[0] != '@' && !secret) {
		history_add(&monitor.history, line);
	}
	if (!runner_start(line)) {
		prompt_unless_attached();
	}
	if (secret) {
		wipe(line, LINE_BYTES);
	}
}

/* A line that was asked for is a password, unless a program sent it: no password begins with "@". */
static void take_line(char *line)
{
	if (lock_asks() && line[0] == '\0') {
		lock_ask(false);
	} else if (lock_asks() && line[0] != '@') {
		cmd_lock_line(line);
	}
	obey(line);
}

static void feed_line(uint8_t byte)
{
	switch (line_feed(&monitor.line, byte)) {
	case LINE_EDITING:
		break;
	case LINE_ENTERED:
		take_line(monitor.line.text);
		break;
	case LINE_TOO_LONG:
		output_format("line too long: at most %u characters\n", LINE_BYTES - 1);
		prompt_unless_attached();
		break;
	case LINE_ABANDONED:
		lock_ask(false);
		prompt_unless_attached();
		break;
	}
}

static void leave_console(void)
{
	if (lock_locked()) {
		start_line();
		return;
	}
	uint32_t lines = log_view_skip();

	if (lines > 0) {
		output_format("[%u new lines in the log]\n", lines);
	}
	start_line();
}

/* Return: false when the guest cannot take the first received byte, @byte, now. */
static bool feed_console(uint8_t byte)
{
	if (!console_key(byte)) {
		/* A guest that never reads must not hide the key that leads away from it. */
		size_t before = wire_find(settings.escape);
		if (before == SIZE_MAX) {
			return false;
		}
		wire_take(before);
		return true;
	}
	wire_take(1);
	if (!console_attached()) {
		leave_console();
	}
	return true;
}

static void feed_prompt(uint8_t byte)
{
	if (console_second_key(byte)) {
		prompt_unless_attached();
	} else {
		feed_line(byte);
	}
}

/* A locked monitor may show a console; whoever types is asked for the password first. */
static void leave_locked_console(void)
{
	console_detach();
	start_line();
}

/* Return: false when the first received byte cannot be used now. */
static bool take_key(void)
{
	uint8_t byte = wire_peek(0);

	lock_key_seen(clock_us());
	if (console_attached() && lock_locked()) {
		wire_take(1);
		leave_locked_console();
		return true;
	}

	if (console_attached() && !line_swallows(&monitor.line, byte)) {
		return feed_console(byte);
	}
	wire_take(1);
	if (!console_attached()) {
		feed_prompt(byte);
	}
	return true;
}

/* Keys wait while a command runs, and while what they would echo has to wait. */
static bool keys_welcome(void)
{
	return !runner_busy() && (console_attached() || wire_queued() < MONITOR_AHEAD_BYTES);
}

static bool take_keys(void)
{
	unsigned count = 0;

	while (count < MONITOR_KEYS_MAX && wire_received() > 0 && keys_welcome() && take_key()) {
		count++;
	}
	return count > 0;
}

/* What is typed while a command runs is for the next one, but for ^C, and an answer to --More--. */
static bool interrupt_command(void)
{
	size_t before = runner_busy() ? wire_find(BYTE_CTRL_C) : SIZE_MAX;

	if (before != SIZE_MAX) {
		lock_key_seen(clock_us());
		wire_take(before + 1);
		runner_interrupt();
	} else if (runner_asks() && wire_received() > 0) {
		uint8_t byte = wire_peek(0);

		lock_key_seen(clock_us());
		wire_take(1);
		runner_key(byte);
	} else {
		return false;
	}
	return true;
}

static bool go_on_with_command(void)
{
	if (!runner_busy()) {
		return false;
	}
	bool moved = interrupt_command() || runner_step();
	if (!runner_busy()) {
		prompt_unless_attached();
	}
	return moved;
}

static bool show_new_log_lines(void)
{
	char lines[LOG_VIEW_BYTES];

	if (!may_speak() || lock_locked()) {
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

/* After a BREAK, or when nobody has typed for long. What was shown or half typed is ended. */
static bool lock_if_time(void)
{
	bool broke = wire_break_seen() && lock_now();

	if (!broke && !lock_idle_tick(clock_us())) {
		return false;
	}
	if (runner_busy()) {
		runner_interrupt();
	}
	if (!console_attached()) {
		output_text("\n[locked]\n");
		start_line();
	} else if (lock_hides_consoles()) {
		leave_locked_console();
	}
	return true;
}

bool monitor_poll(void)
{
	if (!wire_present()) {
		return false;
	}
	bool moved = wire_pump();
	moved |= lock_if_time();
	moved |= take_keys();
	moved |= go_on_with_command();
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
