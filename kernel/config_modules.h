/* SPDX-License-Identifier: Apache-2.0 */
/* config_modules.h: the files behind `modules =`, each with a text for the kernel. */
#pragma once

#include "kernel/config.h"
#include "kernel/config_value.h"

/** struct config_module - one of them. */
struct config_module {
	char path[CONFIG_PATH_BYTES]; /* as config_guest.kernel */
	struct config_slice string;   /* what stands behind the path; may be empty */
};

/**
 * config_value_modules() - a list such as /a.img one two; /b.img
 * @modules: CONFIG_MODULES_BYTES of room; the list as it was written, "" after an error
 *
 * A path goes to the first blank, its text to the next ";".
 */
bool config_value_modules(struct config_value *value, char *modules);

/**
 * config_module_at() - module @index of a list that config_value_modules() took.
 * @module: filled in; its string points into @modules
 *
 * Return: false when the list has no more.
 */
bool config_module_at(const char *modules, uint32_t index, struct config_module *module);
