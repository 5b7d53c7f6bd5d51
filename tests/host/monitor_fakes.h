/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor_fakes.h: the whole monitor over a UART and two guests made of variables.
 *
 * Included once, by a test or a fuzz target. What the monitor calls exists in the hypervisor only, so it is here
 * as variables. Commands that look deeper than this can show are not in this monitor.
 */
#pragma once

#include "drivers/uart16550.h"
#include "kernel/clock.h"
#include "kernel/config.h"
#include "kernel/lib/format.h"
#include "kernel/inspect.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/partition_launch.h"
#include "kernel/partition_records.h"
#include "kernel/partition_view.h"

#include "kernel/partition_state.c"

#include "kernel/monitor/console.h"
#include "kernel/monitor/monitor.h"
#include "kernel/monitor/room.h"
#include "kernel/monitor/settings.h"
#include "kernel/monitor/wire.h"

enum { FAKE_SCREEN_BYTES = 1 << 20, FAKE_KEYS_BYTES = 1 << 20, FAKE_GUESTS = 2, FAKE_VCPUS = 2 };

extern const struct command_group command_group_help;
extern const struct command_group command_group_guest;
extern const struct command_group command_group_console;
extern const struct command_group command_group_life;
extern const struct command_group command_group_top;
extern const struct command_group command_group_exits;
extern const struct command_group command_group_log;
extern const struct command_group command_group_set;
extern const struct command_group command_group_lock;
extern const struct command_group command_group_system;

/* In place of the one that would need a machine. */
static uint32_t fake_reboots;

static bool fake_reboot(struct command_run *run)
{
	(void)run;
	fake_reboots++;
	return true;
}

static const struct command fake_power_commands[] = {
	{ "reboot", "", "reset the machine", "", 0, fake_reboot },
};

static const struct command_group fake_power = { "Power", fake_power_commands,
						 ARRAY_COUNT(fake_power_commands) };

const struct command_group *const command_groups[] = {
	&command_group_help, &command_group_guest, &command_group_console,
	&command_group_life, &command_group_top,   &command_group_exits,
	&command_group_log,  &command_group_set,   &command_group_system,
	&command_group_lock, &fake_power,
};
const size_t command_group_count = ARRAY_COUNT(command_groups);

static uint64_t fake_us;

uint64_t clock_us(void)
{
	return fake_us;
}

/* A time-stamp counter of 1 GHz. */
uint64_t clock_ticks_ns(uint64_t ticks)
{
	return ticks;
}

uint64_t clock_us_at(uint64_t tsc)
{
	return tsc / 1000;
}

/* --- A UART: what is typed waits in keys, what is sent stands in screen. */
static struct {
	enum status found;
	uint8_t keys[FAKE_KEYS_BYTES];
	size_t keys_put;
	size_t keys_got;
	char screen[FAKE_SCREEN_BYTES];
	size_t screen_used;
	bool broke;              /* a BREAK came */
	bool fifo_full;          /* the transmitter takes nothing until the line has moved on */
	bool line_stopped;       /* the transmitter never gets empty */
	bool transmit_interrupt; /* enabled */
	void (*on_access)(void); /* called in the middle of every write, as an interrupt would */
	void (*on_quiet)(void);  /* called just after the UART was seen to want nothing */
	uint32_t edges_made;     /* calls of uart_interrupt_again() */
	size_t break_at;         /* the key of this number is a BREAK; 0 for none */
	bool overran;            /* the chip had no room for a byte */
} fake_uart;

static void fake_screen_put(const uint8_t *bytes, size_t length)
{
	if (fake_uart.screen_used + length >= FAKE_SCREEN_BYTES) {
		fake_uart.screen_used = 0;
	}
	memcpy(&fake_uart.screen[fake_uart.screen_used], bytes, length);
	fake_uart.screen_used += length;
	fake_uart.screen[fake_uart.screen_used] = '\0';
}

enum status uart_init(struct uart *uart, uint16_t port, uint32_t speed)
{
	*uart = (struct uart){ .port = port, .speed = speed, .present = fake_uart.found == OK };
	return fake_uart.found;
}

enum uart_input uart_try_read(struct uart *uart, uint8_t *byte)
{
	if (fake_uart.broke) {
		fake_uart.broke = false;
		return UART_BREAK;
	}
	if (!uart->present || fake_uart.keys_got == fake_uart.keys_put) {
		return UART_NOTHING;
	}
	*byte = fake_uart.keys[fake_uart.keys_got++];
	return fake_uart.keys_got == fake_uart.break_at ? UART_BREAK : UART_BYTE;
}

bool uart_overran(struct uart *uart)
{
	bool overran = uart->present && fake_uart.overran;

	fake_uart.overran = false;
	return overran;
}

size_t uart_try_write(struct uart *uart, const void *bytes, size_t length)
{
	size_t count = min_u64(length, UART_FIFO_BYTES);

	if (!uart->present || fake_uart.fifo_full || fake_uart.line_stopped) {
		return 0;
	}
	if (fake_uart.on_access != NULL) {
		fake_uart.on_access();
	}
	fake_uart.fifo_full = true;
	fake_screen_put(bytes, count);
	return count;
}

void uart_enable_interrupts(struct uart *uart, bool receive, bool transmit)
{
	(void)uart;
	(void)receive;
	fake_uart.transmit_interrupt = transmit;
}

bool uart_interrupt_pending(const struct uart *uart)
{
	bool pending = fake_uart.keys_got < fake_uart.keys_put;

	(void)uart;
	if (!pending && fake_uart.on_quiet != NULL) {
		fake_uart.on_quiet();
	}
	return pending;
}

void uart_interrupt_again(const struct uart *uart)
{
	(void)uart;
	fake_uart.edges_made++;
}

size_t uart_write_blocking(struct uart *uart, const void *bytes, size_t length,
			   uint32_t limit_bytes)
{
	if (!uart->present || fake_uart.line_stopped) {
		return 0;
	}
	(void)limit_bytes;
	fake_screen_put(bytes, length);
	return length;
}

/* --- Two guests: linux on processors 1 and 2, beat on 3. */
struct partition {
	const char *name;
	enum partition_state state;
	const char *why;
	uint64_t memory_bytes;
	uint32_t vcpu_count;
	uint32_t cpus[FAKE_VCPUS];
	enum vcpu_state vcpu_states[FAKE_VCPUS];
	struct vcpu_counts counts[FAKE_VCPUS];
	struct vcpu_counts_base bases[FAKE_VCPUS];
	struct console_ring console;
	struct console_ring *debug;
	size_t input_room; /* bytes it takes before it is full */
	char input[4096];
	size_t input_used;
	uint32_t breaks;
};

static struct partition fake_guests[FAKE_GUESTS];

static void fake_guests_reset(void)
{
	memset(fake_guests, 0, sizeof(fake_guests));
	fake_guests[0].name = "linux";
	fake_guests[0].memory_bytes = 512 * MIB;
	fake_guests[0].vcpu_count = 2;
	fake_guests[0].cpus[0] = 1;
	fake_guests[0].cpus[1] = 2;
	fake_guests[1].name = "beat";
	fake_guests[1].memory_bytes = 2 * GIB;
	fake_guests[1].vcpu_count = 1;
	fake_guests[1].cpus[0] = 3;
	for (size_t i = 0; i < FAKE_GUESTS; i++) {
		fake_guests[i].state = PARTITION_RUNNING;
		fake_guests[i].why = "";
		fake_guests[i].vcpu_states[0] = VCPU_RUNNING;
		fake_guests[i].vcpu_states[1] = VCPU_WAIT_SIPI;
		fake_guests[i].input_room = SIZE_MAX;
	}
}

uint32_t partition_count(void)
{
	return FAKE_GUESTS;
}

struct partition *partition_at(uint32_t index)
{
	return &fake_guests[index];
}

struct partition *partition_find(const char *name)
{
	for (size_t i = 0; i < FAKE_GUESTS; i++) {
		if (strcmp(fake_guests[i].name, name) == 0) {
			return &fake_guests[i];
		}
	}
	return NULL;
}

const char *partition_name(const struct partition *partition)
{
	return partition->name;
}

static enum status fake_change(struct partition *partition, enum partition_state from,
			       enum partition_state to)
{
	if (partition->state != from) {
		return E_INVALID;
	}
	partition->state = to;
	return OK;
}

enum status partition_start(struct partition *partition)
{
	return partition->state == PARTITION_STOPPED
		       ? fake_change(partition, PARTITION_STOPPED, PARTITION_STARTING)
		       : fake_change(partition, PARTITION_OFF, PARTITION_STARTING);
}

enum status partition_halt(struct partition *partition)
{
	return fake_change(partition, PARTITION_RUNNING, PARTITION_ENDING);
}

enum status partition_reset(struct partition *partition)
{
	return fake_change(partition, PARTITION_RUNNING, PARTITION_ENDING);
}

enum status partition_pause(struct partition *partition)
{
	return fake_change(partition, PARTITION_RUNNING, PARTITION_PAUSED);
}

enum status partition_resume(struct partition *partition)
{
	return fake_change(partition, PARTITION_PAUSED, PARTITION_RUNNING);
}

enum status partition_nmi(struct partition *partition)
{
	return fake_change(partition, PARTITION_RUNNING, PARTITION_RUNNING);
}

enum status partition_power_button(struct partition *partition)
{
	return fake_change(partition, PARTITION_RUNNING, PARTITION_RUNNING);
}

enum partition_state partition_state(const struct partition *partition)
{
	return partition->state;
}

struct partition *partition_blocked_by(const struct partition *partition)
{
	(void)partition;
	return NULL;
}

uint32_t partition_restarts(const struct partition *partition)
{
	(void)partition;
	return 0;
}

const struct partition_launch *partition_launch_current(const struct partition *partition)
{
	static const struct partition_launch launch = {
		.kernel = "\\k", .initrd = "", .modules = "", .cmdline = "quiet"
	};

	(void)partition;
	return &launch;
}

const char *partition_image_name(uint32_t index)
{
	return index == 0 ? "rescue" : NULL;
}

enum status partition_relaunch(struct partition *partition, const struct partition_relaunch *wish,
			       char *why)
{
	(void)wish;
	format(why, PARTITION_REFUSAL_BYTES, "it does not fit");
	return partition->state == PARTITION_OFF ? E_NO_MEMORY : partition_reset(partition);
}

const char *partition_why(const struct partition *partition)
{
	return partition->why;
}

uint64_t partition_memory_bytes(const struct partition *partition)
{
	return partition->memory_bytes;
}

uint32_t partition_vcpu_count(const struct partition *partition)
{
	return partition->vcpu_count;
}

enum vcpu_state partition_vcpu_state(const struct partition *partition, uint32_t vcpu)
{
	return partition->vcpu_states[vcpu];
}

const char *vcpu_state_text(enum vcpu_state state)
{
	static const char *const texts[] = { "off", "wait-sipi", "running" };

	return texts[state];
}

uint32_t partition_vcpu_cpu(const struct partition *partition, uint32_t vcpu)
{
	return partition->cpus[vcpu];
}

const struct vcpu_counts *partition_counts(const struct partition *partition, uint32_t vcpu)
{
	return &partition->counts[vcpu];
}

struct vcpu_counts_base *partition_counts_base(const struct partition *partition, uint32_t vcpu)
{
	return (struct vcpu_counts_base *)&partition->bases[vcpu];
}

void partition_exit_time_forget(struct partition *partition)
{
	for (uint32_t i = 0; i < FAKE_VCPUS; i++) {
		for (uint32_t slot = 0; slot < EXIT_SLOT_COUNT; slot++) {
			partition->counts[i].exits[slot].ticks_max = 0;
		}
	}
}

const struct console_ring *partition_console(const struct partition *partition)
{
	return &partition->console;
}

const struct console_ring *partition_debug(const struct partition *partition)
{
	return partition->debug;
}

size_t partition_console_input(struct partition *partition, const uint8_t *bytes, size_t length)
{
	size_t count = min_u64(length, partition->input_room);

	if (partition->input_room != SIZE_MAX) {
		partition->input_room -= count;
	}
	for (size_t i = 0; i < count; i++) {
		partition->input[partition->input_used++ % sizeof(partition->input)] =
			(char)bytes[i];
	}
	return count;
}

bool partition_console_break(struct partition *partition)
{
	bool taken = partition->state == PARTITION_RUNNING && partition->input_room > 0;

	partition->breaks += taken ? 1 : 0;
	return taken;
}

uint32_t config_hash(void)
{
	return 0xC0FFEE42;
}

static struct monitor_room fake_room;
static struct config_monitor fake_config;

static const struct monitor_setup fake_setup = {
	.room = &fake_room,
	.config = &fake_config,
	.uart_port = UART_PORT_COM1,
	.uart_speed = 115200,
	.version = "Muntin 0.1 (test)",
};

/* --- Driving it. */
static void fake_type_bytes(const void *bytes, size_t length)
{
	length = min_u64(length, FAKE_KEYS_BYTES - fake_uart.keys_put);
	memcpy(&fake_uart.keys[fake_uart.keys_put], bytes, length);
	fake_uart.keys_put += length;
}

static void fake_type(const char *text)
{
	fake_type_bytes(text, strlen(text));
}

/*
 * Polls as the monitor's processor would, the line always moving on, until nothing is left to do.
 * Return: false when that did not come within a number of polls that is enough for anything.
 */
static bool fake_settle(void)
{
	for (uint32_t i = 0; i < 1000000; i++) {
		fake_uart.fifo_full = false;
		if (!monitor_poll() && (fake_uart.line_stopped || wire_queued() == 0)) {
			return true;
		}
	}
	return false;
}

static void fake_screen_clear(void)
{
	fake_uart.screen_used = 0;
	fake_uart.screen[0] = '\0';
}

static void fake_start(void)
{
	static char log_ring[LOG_BYTES] __attribute__((aligned(8)));
	static bool logging;

	if (!logging) {
		log_init(log_ring);
		logging = true;
	}
	memset(&fake_uart, 0, sizeof(fake_uart));
	memset(&fake_room, 0, sizeof(fake_room));
	fake_us = 12345678;
	fake_guests_reset();
	fake_reboots = 0;
	monitor_init(&fake_setup);
	settings.paging = false; /* its own tests switch it on */
}

static inline void fake_guest_prints(struct partition *partition, const char *text)
{
	for (; *text != '\0'; text++) {
		console_ring_put(&partition->console, (uint8_t)*text);
	}
}
