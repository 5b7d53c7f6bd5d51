/* SPDX-License-Identifier: Apache-2.0 */
/* monitor.h: the serial monitor as the rest of the hypervisor sees it. */
#pragma once

#include "kernel/config.h"
#include "kernel/lib/types.h"

struct monitor_room;

/** struct monitor_setup - what the monitor needs to start. */
struct monitor_setup {
	const struct config_monitor *config; /* stays */
	uint16_t uart_port;                  /* I/O base of the console's 16550; 0 for none */
	uint32_t uart_speed;                 /* bits per second */
	struct monitor_room *room;           /* zeroed; kernel/monitor/room.h */
	const char *version;                 /* one line */
};

/**
 * monitor_init() - set up the console line and print the banner.
 *
 * @setup is copied. Without a UART (none asked for, or none there: logged) the other calls do nothing.
 */
void monitor_init(const struct monitor_setup *setup);

/**
 * monitor_poll() - do what there is to do: input, commands, consoles, output.
 *
 * Never blocks and never waits for the UART; called by the monitor's processor after every interrupt.
 * Interrupts may be on or off meanwhile. It cannot see coming: a guest's output, room in a guest's
 * receiver, a log line of another processor; those need a wake-up of their own, or a tick.
 *
 * Return: whether anything moved: call again. False: nothing is left to do until the next interrupt; a
 * caller that sleeps then asks once more with interrupts off, or it may sleep over one that just came.
 */
bool monitor_poll(void);

/** monitor_uart_interrupt() - handler of the console UART's interrupt: moves bytes between it and the rings. */
void monitor_uart_interrupt(void);

/** monitor_flush() - push all waiting output out, for at most @limit_bytes byte times; for panic and reboot. */
void monitor_flush(uint32_t limit_bytes);
