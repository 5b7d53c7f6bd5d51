/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_guest.h: what commands about guests share. */
#pragma once

#include "kernel/monitor/command.h"
#include "kernel/partition_view.h"

/** guest_from_argument() - the guest called @name; NULL after command_fail() said which there are. */
struct partition *guest_from_argument(struct command_run *run, const char *name);
