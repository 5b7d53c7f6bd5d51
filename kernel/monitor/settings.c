/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c: what `set` changes. */
#include "kernel/monitor/settings.h"

#include "kernel/monitor/console.h"

struct settings settings;

void settings_reset(void)
{
	settings = (struct settings){
		.paging = true,
		.echo = true,
		.escape = CONSOLE_ESCAPE,
		.loglevel = LOG_INFO,
		.prompt = "muntin> ",
	};
}
