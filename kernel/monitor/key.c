/* SPDX-License-Identifier: Apache-2.0 */
/* key.c: what a terminal sends when a key is pressed, as keys. */
#include "kernel/monitor/key.h"

/* Values of state: behind ESC; behind ESC [ or ESC O; behind ESC [ [, which the Linux console sends for F1. */
enum { STATE_NONE, STATE_ESCAPE, STATE_SEQUENCE, STATE_LAST_BYTE };
enum { BYTE_ESC = 0x1B, NUMBER_MAX = 1000, MODIFIER_ALT = 3, MODIFIER_CTRL = 5 };

struct meaning {
	uint32_t code;
	enum key key;
};

/* ESC letter: Alt with a letter. */
static const struct meaning alt_keys[] = {
	{ 'b', KEY_WORD_LEFT },
	{ 'f', KEY_WORD_RIGHT },
	{ 'd', KEY_WORD_DELETE },
	{ KEY_RUBOUT, KEY_WORD_RUBOUT },
};

/* ESC [ letter and ESC O letter; the small ones are rxvt's with Ctrl. */
static const struct meaning letter_keys[] = {
	{ 'A', KEY_UP },   { 'B', KEY_DOWN }, { 'C', KEY_RIGHT },      { 'D', KEY_LEFT },
	{ 'H', KEY_HOME }, { 'F', KEY_END },  { 'c', KEY_WORD_RIGHT }, { 'd', KEY_WORD_LEFT },
};

/* ESC [ number ~, as the VT220, the Linux console and rxvt send them. */
static const struct meaning number_keys[] = {
	{ 1, KEY_HOME }, { 7, KEY_HOME }, { 4, KEY_END }, { 8, KEY_END }, { 3, KEY_DELETE },
};

/* ESC [ 1 ; modifier letter. */
static const struct meaning word_keys[] = {
	{ KEY_LEFT, KEY_WORD_LEFT },
	{ KEY_RIGHT, KEY_WORD_RIGHT },
	{ KEY_DELETE, KEY_WORD_DELETE },
};

static uint32_t look_up(const struct meaning *table, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].code == code) {
			return table[i].key;
		}
	}
	return KEY_NONE;
}

static uint32_t begin_sequence(struct key_decoder *decoder, uint8_t byte)
{
	bool sequence = byte == '[' || byte == 'O';

	*decoder = (struct key_decoder){ .state = sequence ? STATE_SEQUENCE : STATE_NONE };
	return look_up(alt_keys, ARRAY_COUNT(alt_keys), byte);
}

static uint32_t end_sequence(struct key_decoder *decoder, uint8_t final)
{
	uint32_t key = final == '~'
			       ? look_up(number_keys, ARRAY_COUNT(number_keys), decoder->number)
			       : look_up(letter_keys, ARRAY_COUNT(letter_keys), final);
	uint32_t word_key = look_up(word_keys, ARRAY_COUNT(word_keys), key);
	bool by_word = decoder->modifier == MODIFIER_ALT || decoder->modifier == MODIFIER_CTRL;

	decoder->state = final == '[' ? STATE_LAST_BYTE : STATE_NONE;
	return by_word && word_key != KEY_NONE ? word_key : key;
}

/* Return: whether @byte belongs to the parameters of the sequence. */
static bool take_parameter(struct key_decoder *decoder, uint8_t byte)
{
	uint32_t *number = decoder->in_modifier ? &decoder->modifier : &decoder->number;

	if (byte >= '0' && byte <= '9' && *number < NUMBER_MAX) {
		*number = *number * 10 + (uint32_t)(byte - '0');
	}
	decoder->in_modifier |= byte == ';';
	return byte >= '0' && byte <= '?';
}

uint32_t key_decode(struct key_decoder *decoder, uint8_t byte)
{
	uint32_t state = decoder->state;
	bool alone =
		byte < ' ' || byte > KEY_RUBOUT || (byte == KEY_RUBOUT && state != STATE_ESCAPE);

	if (alone) {
		decoder->state = byte == BYTE_ESC ? STATE_ESCAPE : STATE_NONE;
		return byte == BYTE_ESC || byte > KEY_RUBOUT ? KEY_NONE : byte;
	}
	switch (state) {
	case STATE_ESCAPE:
		return begin_sequence(decoder, byte);
	case STATE_SEQUENCE:
		return take_parameter(decoder, byte) ? KEY_NONE : end_sequence(decoder, byte);
	case STATE_LAST_BYTE:
		decoder->state = STATE_NONE;
		return KEY_NONE;
	default:
		return byte;
	}
}
