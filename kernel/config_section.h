/* SPDX-License-Identifier: Apache-2.0 */
/* config_section.h: the sections of a config file: what opens one, and what must be in it when it ends. */
#pragma once

#include "kernel/config.h"
#include "kernel/config_key.h"

/** struct config_place - where the parser stands. */
struct config_place {
	struct config *config;
	struct report *report;
	uint32_t line;
	enum config_section section;
	void *target; /* the struct config_monitor, config_guest or config_image of the section */
	bool guests_told; /* one message is enough for all guests beyond the last place */
	bool images_told; /* likewise for images */
};

/**
 * config_section_open() - end the section before and begin the one that @line, which starts with "[", names.
 *
 * One that cannot be is reported; the keys below it are skipped, but for a bad name, which hides no key.
 */
void config_section_open(struct config_place *place, struct config_slice line);

/** config_section_close() - the section is over: a mandatory key is missing only now. */
void config_section_close(struct config_place *place);
