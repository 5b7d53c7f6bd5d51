/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_print.h: a config as it was understood, line by line, in the words that config_parse() reads. Pure.
 *
 * What is printed, written into a file, is read as the same config. Only passwords are not given away.
 */
#pragma once

#include "kernel/config.h"
#include "kernel/config_key.h"
#include "kernel/lib/types.h"

/* The longest: 64 processors, no two of them neighbours. */
enum { CONFIG_PRINT_BYTES = 328 };

/** struct config_line - one key and its value. */
struct config_line {
	const char *section; /* "monitor", "guest" or "image" */
	const char *name;    /* of the guest or image; "" for the monitor */
	const struct config_key *key;
	const char *value; /* "" for none; in @room, or in the config */
	uint32_t line;     /* where it stands in the file; 0: it is the default */
	char room[CONFIG_PRINT_BYTES];
};

/**
 * config_print() - key @index of all, in the order of the sections and of config_keys().
 * @line: filled in; not to be copied
 *
 * Return: false when there are no more.
 */
bool config_print(const struct config *config, uint32_t index, struct config_line *line);
