/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.h: whose line the serial line is: the monitor's, or one guest's console.
 *
 * A guest's ring keeps what it wrote until it is shown; bytes move from there only as fast as the line
 * takes them, so that a key is answered at once however much is waiting.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/partition_view.h"

/** CONSOLE_ESCAPE - Ctrl-]: back to the prompt. Never sent to a guest. */
enum { CONSOLE_ESCAPE = 0x1D };

/** CONSOLE_TYPED_BYTES - how much is kept of what was typed for a guest that does not take it. */
enum { CONSOLE_TYPED_BYTES = 1024 };

/** console_reset() - nothing attached, nothing shown yet. */
void console_reset(void);

/** console_attach() - connect the line to @partition, beginning with what was not shown yet. */
void console_attach(struct partition *partition);

/** console_attached() - whether the line is a guest's. */
bool console_attached(void);

/** console_detach() - back to the monitor, with a line that says so. */
void console_detach(void);

/** console_key() - take a byte for the attached guest. Return: false when it must be offered again later. */
bool console_key(uint8_t byte);

/**
 * console_pump() - move bytes both ways, as far as the line and the guest take them.
 *
 * What was typed for a guest is still handed over after it was detached.
 *
 * Return: whether something moved.
 */
bool console_pump(void);
