/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_monitor.c: any bytes at all typed at the whole monitor, while guests print, stop reading, stop
 * running, the log grows and the line stalls.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/host/monitor_fakes.h"

#include "kernel/monitor/runner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes from here on are events, not keys; the rest of a byte says which guest. */
enum {
	EVENT_PRINT = 0xF0,
	EVENT_FULL = 0xF2,
	EVENT_READS = 0xF4,
	EVENT_STOP = 0xF6,
	EVENT_RUN = 0xF8,
	EVENT_LOG = 0xFA,
	EVENT_LINE = 0xFC,
	EVENT_COUNT = 0xFE
};

static void require(bool holds)
{
	if (!holds) {
		__builtin_trap();
	}
}

static void happen(uint8_t event, uint32_t seed)
{
	struct partition *guest = &fake_guests[event % 2];

	switch (event & 0xFE) {
	case EVENT_PRINT:
		for (uint32_t i = 0; i < 700; i++) {
			console_ring_put(&guest->console, (uint8_t)(seed + i));
		}
		break;
	case EVENT_FULL:
		guest->input_room = 0;
		break;
	case EVENT_READS:
		guest->input_room = SIZE_MAX;
		break;
	case EVENT_STOP:
		guest->state = PARTITION_STOPPED;
		guest->why = "a\x1b[2Jreason";
		break;
	case EVENT_RUN:
		guest->state = PARTITION_RUNNING;
		guest->why = "";
		break;
	case EVENT_LOG:
		log_info("line %u", seed);
		break;
	case EVENT_LINE:
		fake_uart.line_stopped = event % 2 != 0;
		break;
	case EVENT_COUNT:
		guest->counts[0].exits[seed % EXIT_SLOT_COUNT].count += seed;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096) {
		return 0;
	}
	fake_start();
	for (size_t i = 0; i < size; i++) {
		if (data[i] >= EVENT_PRINT) {
			happen(data[i], (uint32_t)i);
		} else {
			fake_type_bytes(&data[i], 1);
		}
		fake_uart.fifo_full = i % 3 == 0;
		fake_us += 1000 * (i % 64);
		monitor_poll();
	}
	/* Whatever happened: the line works again, the guests read, and the operator gets the prompt. */
	fake_uart.line_stopped = false;
	happen(EVENT_READS, 0);
	happen(EVENT_READS + 1, 0);
	require(fake_settle());
	fake_type("\x1d\x03");
	require(fake_settle());
	require(!console_attached() && !runner_busy() && wire_received() == 0);
	settings_reset();
	fake_screen_clear();
	fake_type("version\r");
	require(fake_settle());
	require(strcmp(fake_uart.screen, "version\r\nversion            Muntin 0.1 "
					 "(test)\r\nconfig             c0ffee42\r\nmuntin> ") == 0);
	return 0;
}
