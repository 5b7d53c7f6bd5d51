/* SPDX-License-Identifier: Apache-2.0 */
/* config_value.h: what stands behind a "=": numbers, sizes, lists, words, paths, strings. */
#pragma once

#include "kernel/config_text.h"
#include "kernel/lib/cpu_set.h"
#include "kernel/lib/report.h"
#include "kernel/lib/types.h"

/** struct config_value - a value and all that a message about it needs. */
struct config_value {
	struct config_slice text; /* between the quotes when @quoted */
	size_t at;                /* reading position in @text */
	bool quoted;
	const char *key;
	const char *want; /* ends the sentence "write ..." */
	uint32_t line;
	struct report *report;
};

/** config_value_wrong() - report that @value cannot be taken, because of what @fmt says; to nobody without a report. */
void config_value_wrong(const struct config_value *value, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Each of these reads the whole value. When it is not what it should be, they report that and
 * return false; the result is then not changed, or half changed.
 */

/** config_value_number() - an unsigned decimal number. */
bool config_value_number(struct config_value *value, uint64_t *number);

/** config_value_address() - a hexadecimal number with 0x in front, of at most 16 digits. */
bool config_value_address(struct config_value *value, uint64_t *address);

/** config_value_size() - a decimal number with K, M or G (powers of 1024), in bytes. */
bool config_value_size(struct config_value *value, uint64_t *bytes);

/** config_value_cpus() - a list such as 1-2,5, at most PLAN_CPUS_MAX; @cpus starts empty. */
bool config_value_cpus(struct config_value *value, struct cpu_set *cpus);

/** config_value_word() - one of @count @words; @index says which. */
bool config_value_word(struct config_value *value, const char *const *words, unsigned count,
		       unsigned *index);

/**
 * config_value_path() - a file on the boot volume, in firmware's spelling.
 * @value: with / or \, ASCII, without the characters FAT has no room for
 * @path:  with \ only, one in front, none doubled; always NUL-terminated
 * @size:  bytes of @path
 *
 * Source: UEFI Specification, "File System Format"; Microsoft FAT Specification, "Long File Names".
 */
bool config_value_path(struct config_value *value, char *path, size_t size);

/** config_value_string() - any text, into @string of @size bytes, always NUL-terminated. */
bool config_value_string(struct config_value *value, char *string, size_t size);
