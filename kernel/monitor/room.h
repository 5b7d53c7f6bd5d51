/* SPDX-License-Identifier: Apache-2.0 */
/* room.h: the monitor's memory, from the arena: it would only make the image larger. */
#pragma once

#include "kernel/monitor/cmd_top.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/console.h"
#include "kernel/monitor/wire.h"

/** struct monitor_room - zeroed at the start. Each part belongs to the file it is named after. */
struct monitor_room {
	struct wire_room wire;
	char pager[COMMAND_STEP_BYTES];
	struct command_run run;
	struct console_room console;
	char history[4096];
	struct top_room top;
	char script[LINE_BYTES];
	char repeated[LINE_BYTES];
};
