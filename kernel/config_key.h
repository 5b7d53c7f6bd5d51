/* SPDX-License-Identifier: Apache-2.0 */
/* config_key.h: the table of every key a config file may have. */
#pragma once

#include "kernel/config_text.h"
#include "kernel/config_value.h"
#include "kernel/lib/types.h"

/** enum config_section - which section a line stands in. */
enum config_section {
	CONFIG_SECTION_NONE,    /* before the first section */
	CONFIG_SECTION_SKIPPED, /* after a section line that was refused */
	CONFIG_SECTION_MONITOR,
	CONFIG_SECTION_GUEST,
	CONFIG_SECTION_IMAGE,
};

/** struct config_key - one key. */
struct config_key {
	enum config_section section;
	const char *name;
	bool mandatory;
	size_t line_offset; /* of its uint32_t line in the struct of its section: config_monitor, ... */
	/* Reads the value into that struct; reports what is wrong with it. */
	void (*read)(struct config_value *value, void *target);
	const char *want; /* unit and range, to end the sentence "write ..." */
};

/** config_keys() - the table; @count gets its length. */
const struct config_key *config_keys(size_t *count);

/** config_key_find() - the row of @name in @section, or NULL. */
const struct config_key *config_key_find(enum config_section section, struct config_slice name);

/** config_key_line() - where @target keeps the line of @key. */
uint32_t *config_key_line(const struct config_key *key, void *target);

/**
 * config_key_unknown() - report a key that @section does not have, with what may have been meant.
 * @line: its line
 */
void config_key_unknown(enum config_section section, struct config_slice name, uint32_t line,
			struct report *report);
