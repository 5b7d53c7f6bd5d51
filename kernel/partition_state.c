/* SPDX-License-Identifier: Apache-2.0 */
/* partition_state.c: the tables of a guest's life. */
#include "kernel/partition_state.h"

#define OFF      (1u << PARTITION_OFF)
#define WAITING  (1u << PARTITION_WAITING)
#define STARTING (1u << PARTITION_STARTING)
#define RUNNING  (1u << PARTITION_RUNNING)
#define PAUSED   (1u << PARTITION_PAUSED)
#define ENDING   (1u << PARTITION_ENDING)
#define STOPPED  (1u << PARTITION_STOPPED)
#define ANY      ((1u << PARTITION_STATE_COUNT) - 1)

static const struct state {
	const char *text;
	uint32_t next;
} states[PARTITION_STATE_COUNT] = {
	[PARTITION_OFF] = { "off", WAITING },
	[PARTITION_WAITING] = { "waiting", STARTING | OFF },
	[PARTITION_STARTING] = { "starting", RUNNING | ENDING },
	[PARTITION_RUNNING] = { "running", PAUSED | ENDING },
	[PARTITION_PAUSED] = { "paused", RUNNING | ENDING },
	[PARTITION_ENDING] = { "ending", OFF | WAITING | STOPPED },
	[PARTITION_STOPPED] = { "stopped", WAITING },
};

static const struct act {
	const char *text;
	uint32_t in; /* the states that allow it */
} acts[PARTITION_ACT_COUNT] = {
	[PARTITION_ACT_START] = { "start", OFF | STOPPED | ENDING },
	[PARTITION_ACT_BUTTON] = { "stop", WAITING | RUNNING },
	[PARTITION_ACT_HALT] = { "stop --force", WAITING | STARTING | RUNNING | PAUSED | ENDING },
	[PARTITION_ACT_RESET] = { "reset", ANY },
	[PARTITION_ACT_RELAUNCH] = { "relaunch", ANY },
	[PARTITION_ACT_PAUSE] = { "pause", RUNNING },
	[PARTITION_ACT_RESUME] = { "resume", PAUSED },
	[PARTITION_ACT_NMI] = { "nmi", RUNNING },
};

const char *partition_state_text(enum partition_state state)
{
	return (unsigned)state < PARTITION_STATE_COUNT ? states[state].text : "?";
}

const char *partition_act_text(enum partition_act act)
{
	return (unsigned)act < PARTITION_ACT_COUNT ? acts[act].text : "?";
}

bool partition_state_follows(enum partition_state from, enum partition_state to)
{
	return (states[from].next >> to & 1) != 0;
}

bool partition_state_allows(enum partition_state state, enum partition_act act)
{
	return (acts[act].in >> state & 1) != 0;
}
