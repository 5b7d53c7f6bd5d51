/* SPDX-License-Identifier: Apache-2.0 */
/* text.h: a line put together piece by piece. What does not fit is cut off. */
#pragma once

#include "tests/guest/lib.h"

enum { TEXT_BYTES = 160 };

/** struct text - @at ends with a 0 byte. */
struct text {
	char at[TEXT_BYTES];
	uint32_t length;
};

/** text_clear() - make it empty. */
void text_clear(struct text *text);

/** text_add() - put @more behind it. */
void text_add(struct text *text, const char *more);

/** text_add_decimal(), text_add_hex() - put a number behind it. */
void text_add_decimal(struct text *text, uint64_t value);
void text_add_hex(struct text *text, uint64_t value);

/** text_copy() - at most @bytes - 1 characters of @from, and a 0 byte. */
void text_copy(char *to, const char *from, uint32_t bytes);

/** text_behind() - what stands behind "NAME=" in @words; NULL: it is not there. */
const char *text_behind(const char *words, const char *name);

/** text_is_word() - whether @words begins with @word and it ends there. */
bool text_is_word(const char *words, const char *word);
