/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_system.h: commands about the hypervisor itself. */
#pragma once

#include "kernel/monitor/monitor.h"

/** cmd_system_start() - what version and selftest work with; @setup must stay. */
void cmd_system_start(const struct monitor_setup *setup);
