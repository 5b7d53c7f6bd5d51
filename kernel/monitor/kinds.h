/* SPDX-License-Identifier: Apache-2.0 */
/* kinds.h: what there is, on this machine, of the things that usage texts name. */
#pragma once

#include "kernel/monitor/line.h"

/** kinds_complete() - what Tab does at the monitor's prompt: a line_complete_fn. */
void kinds_complete(struct line_completion *completion);
