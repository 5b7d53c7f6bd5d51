/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complete.h: what a word that was begun can become: commands, and arguments as the usage text of a command
 * has them. Pure.
 *
 * Where usage says on|off these words fit; where it says COMMAND, commands; for other words in capitals a
 * table says what there is. Options fit behind "-", and where no other argument is left. Behind ";" a new
 * command begins, and where COMMAND... stands. A line for programs, "@TAG ...", is left alone.
 */
#pragma once

#include "kernel/monitor/line.h"

/** COMPLETE_WORD_BYTES - room for a word, its NUL included; longer ones are never offered. */
enum { COMPLETE_WORD_BYTES = 64 };

/** struct complete_kind - what there is of a kind. */
struct complete_kind {
	const char *kind; /* as usage texts call it: "NAME" */
	/* Write number @index, from 0, into @text of @size bytes, with a NUL. Return: false behind the last. */
	bool (*at)(uint32_t index, char *text, size_t size);
};

/**
 * complete() - answer what Tab asks; see struct line_completion.
 * @kinds: @kind_count kinds, each once
 *
 * Words that hold double quotes or anything but printable ASCII cannot be typed and are not offered. More
 * than 100 words are not listed but counted.
 */
void complete(const struct complete_kind *kinds, size_t kind_count,
	      struct line_completion *completion);
