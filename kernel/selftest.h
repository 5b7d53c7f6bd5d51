/* SPDX-License-Identifier: Apache-2.0 */
/* selftest.h: checks, on the live structures, that the walls between partitions stand. */
#pragma once

#include "kernel/boot_info.h"
#include "kernel/lib/types.h"

/** selftest_init() - remember what the plan says. */
void selftest_init(const struct boot_info *info);

/**
 * selftest_run() - walk the live page tables, EPTs and bitmaps.
 * @say: gets one line for every check
 *
 * Return: how many checks failed.
 */
uint32_t selftest_run(void (*say)(const char *line));
