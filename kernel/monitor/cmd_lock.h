/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_lock.h: a password on its way from the line to `unlock`. */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/monitor/line.h"

/** cmd_lock_line() - make @line, which is a password as it was typed, the command line that unlocks with it. */
void cmd_lock_line(char line[LINE_BYTES]);

/** cmd_lock_secret() - whether @line has a password in it, and must not be kept in a history. */
bool cmd_lock_secret(const char *line);
