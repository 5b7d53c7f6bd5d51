/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h: what `set` changes. */
#pragma once

#include "kernel/lib/log.h"
#include "kernel/lib/types.h"

enum { SETTINGS_PROMPT_BYTES = 32 };

/** struct settings - of this session; a reboot brings the defaults back. */
struct settings {
	bool paging;             /* default yes: long output stops at --More-- */
	bool echo;               /* default yes: what is typed is shown */
	bool marker;             /* default no: each reply ends with a line "[status N]" */
	bool timestamps;         /* default no: lines of guests' consoles begin with the time */
	uint8_t escape;          /* default 0x1D, Ctrl-]: the key that leaves a console */
	enum log_level loglevel; /* default info: which messages are shown unasked */
	char prompt[SETTINGS_PROMPT_BYTES]; /* default "muntin> " */
};

extern struct settings settings;

/** settings_reset() - the defaults. */
void settings_reset(void);

/** settings_name() - name of setting @index, from 0; NULL behind the last. In cmd_set.c. */
const char *settings_name(uint32_t index);
