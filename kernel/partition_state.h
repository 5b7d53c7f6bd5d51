/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partition_state.h: what a guest as a whole does, what may follow, and what an operator can do then. Pure.
 *
 * docs/lifecycle.md has both tables; a test compares them with these.
 */
#pragma once

#include "kernel/lib/types.h"

/** enum partition_state - what a guest as a whole does. */
enum partition_state {
	PARTITION_OFF, /* never started, or ended by itself or by the operator */
	PARTITION_WAITING, /* its start is due: guests it depends on do not run, or it was started just before */
	PARTITION_STARTING, /* its processors are reset, the first one loads it */
	PARTITION_RUNNING,
	PARTITION_PAUSED,  /* its processors are held between two instructions */
	PARTITION_ENDING,  /* its processors are being taken back */
	PARTITION_STOPPED, /* stopped by the hypervisor: partition_why() says for what */
	PARTITION_STATE_COUNT
};

/** enum partition_act - what an operator can do to a guest. */
enum partition_act {
	PARTITION_ACT_START,
	PARTITION_ACT_BUTTON,
	PARTITION_ACT_HALT,
	PARTITION_ACT_RESET,
	PARTITION_ACT_RELAUNCH,
	PARTITION_ACT_PAUSE,
	PARTITION_ACT_RESUME,
	PARTITION_ACT_NMI,
	PARTITION_ACT_COUNT
};

/** partition_state_text() - a word for @state. */
const char *partition_state_text(enum partition_state state);

/** partition_act_text() - how the monitor calls @act: "stop --force". */
const char *partition_act_text(enum partition_act act);

/** partition_state_follows() - whether a guest may go from @from to @to. */
bool partition_state_follows(enum partition_state from, enum partition_state to);

/** partition_state_allows() - whether @act can be done in @state. */
bool partition_state_allows(enum partition_state state, enum partition_act act);
