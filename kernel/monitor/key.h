/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.h: what a terminal sends when a key is pressed, as keys. Pure.
 *
 * Knows the cursor keys of xterm, the VT100 and VT220, the Linux console, rxvt, screen and tmux in their
 * normal and application modes: a guest may have left the terminal in either.
 */
#pragma once

#include "kernel/lib/types.h"

/** enum key - keys that are no byte of their own. A byte from 0x01 to 0x7F that stands for itself is its key. */
enum key {
	KEY_NONE = 0, /* nothing yet, or nothing we know */
	KEY_BACKSPACE = 0x08,
	KEY_TAB = 0x09,
	KEY_RUBOUT = 0x7F,
	KEY_UP = 0x100,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_DELETE,
	KEY_WORD_LEFT,
	KEY_WORD_RIGHT,
	KEY_WORD_DELETE,
	KEY_WORD_RUBOUT,
};

/** struct key_decoder - what was seen of an escape sequence. Zero at first. */
struct key_decoder {
	uint32_t state;
	uint32_t number; /* first parameter */
	uint32_t modifier;
	bool in_modifier;
};

/**
 * key_decode() - take one byte of the keyboard.
 *
 * A control byte inside a sequence ends it and means what it always means: a lone Esc never eats the Enter
 * behind it. Esc and a letter that is no key together are nothing, as in a shell; NUL and bytes above 0x7F
 * are nothing anywhere.
 *
 * Return: enum key, or the byte. Source: ECMA-48, "Control sequences"; xterm, "PC-Style Function Keys".
 */
uint32_t key_decode(struct key_decoder *decoder, uint8_t byte);
