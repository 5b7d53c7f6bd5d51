/* SPDX-License-Identifier: Apache-2.0 */
/* config_value.c: what stands behind a "=": numbers, sizes, lists, words, paths, strings. */
#include "kernel/config_value.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/plan.h"

void config_value_wrong(const struct config_value *value, const char *fmt, ...)
{
	char what[128];
	va_list args;

	if (value->report == NULL) {
		return;
	}
	va_start(args, fmt);
	format_v(what, sizeof(what), fmt, args);
	va_end(args);
	report_add(value->report, value->line, "%s = %s: %s: write %s", value->key,
		   config_show(value->text).text, what, value->want);
}

/* The next character, or -1 behind the last. */
static int peek(const struct config_value *value)
{
	size_t at = value->at;

	if (at >= value->text.length) {
		return -1;
	}
	/* config_unquote() made sure that every \ in quotes has its partner. */
	at += value->quoted && value->text.at[at] == '\\' ? 1 : 0;
	return (unsigned char)value->text.at[at];
}

static int next(struct config_value *value)
{
	int c = peek(value);

	if (c >= 0) {
		value->at += value->quoted && value->text.at[value->at] == '\\' ? 2 : 1;
	}
	return c;
}

static void skip_blanks(struct config_value *value)
{
	while (peek(value) == ' ') {
		next(value);
	}
}

/* Stops at the first character that is no digit; a number that is too big becomes UINT64_MAX. */
static bool take_number(struct config_value *value, uint64_t *number)
{
	bool any = false;

	*number = 0;
	while (peek(value) >= '0' && peek(value) <= '9') {
		uint64_t digit = (uint64_t)(next(value) - '0');

		any = true;
		if (*number > (UINT64_MAX - digit) / 10) {
			*number = UINT64_MAX;
		} else {
			*number = *number * 10 + digit;
		}
	}
	return any;
}

bool config_value_number(struct config_value *value, uint64_t *number)
{
	if (!take_number(value, number) || peek(value) >= 0) {
		config_value_wrong(value, "not a number");
		return false;
	}
	return true;
}

/* 0 when there is no such unit. */
static unsigned unit_shift(int unit)
{
	switch (unit) {
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	default:
		return 0;
	}
}

bool config_value_size(struct config_value *value, uint64_t *bytes)
{
	uint64_t number;

	if (!take_number(value, &number)) {
		config_value_wrong(value, "does not start with a number");
		return false;
	}
	if (peek(value) < 0) {
		config_value_wrong(value, "has no unit");
		return false;
	}
	struct config_slice unit = config_drop(value->text, value->at);
	unsigned shift = unit_shift(next(value));
	if (shift == 0 || peek(value) >= 0) {
		config_value_wrong(value, "unknown unit \"%s\"", config_show(unit).text);
		return false;
	}
	if (number > UINT64_MAX >> shift) {
		config_value_wrong(value, "too big");
		return false;
	}
	*bytes = number << shift;
	return true;
}

static bool take_index(struct config_value *value, uint64_t *index)
{
	skip_blanks(value);
	struct config_slice rest = config_drop(value->text, value->at);
	if (!take_number(value, index)) {
		config_value_wrong(value, "no processor number at \"%s\"", config_show(rest).text);
		return false;
	}
	if (*index > CPU_INDEX_MAX) {
		config_value_wrong(value, "\"%s\" is above %d", config_show(rest).text,
				   CPU_INDEX_MAX);
		return false;
	}
	skip_blanks(value);
	return true;
}

static bool add_range(struct config_value *value, unsigned first, unsigned last,
		      struct cpu_set *cpus)
{
	if (first > last) {
		config_value_wrong(value, "%u-%u is the wrong way round, turn it into %u-%u", first,
				   last, last, first);
		return false;
	}
	for (unsigned i = first; i <= last; i++) {
		if (cpu_set_has(cpus, i)) {
			config_value_wrong(value, "processor %u is in the list twice", i);
			return false;
		}
		cpu_set_add(cpus, i);
	}
	return true;
}

/* One number, or two with "-" between. */
static bool take_range(struct config_value *value, struct cpu_set *cpus)
{
	uint64_t first;
	uint64_t last;

	if (!take_index(value, &first)) {
		return false;
	}
	last = first;
	if (peek(value) == '-') {
		next(value);
		if (!take_index(value, &last)) {
			return false;
		}
	}
	return add_range(value, (unsigned)first, (unsigned)last, cpus);
}

bool config_value_cpus(struct config_value *value, struct cpu_set *cpus)
{
	bool more = true;

	while (more) {
		if (!take_range(value, cpus)) {
			return false;
		}
		more = peek(value) == ',';
		if (more) {
			next(value);
		}
	}
	if (peek(value) >= 0) {
		struct config_slice rest = config_drop(value->text, value->at);

		config_value_wrong(value, "no \",\" in front of \"%s\"", config_show(rest).text);
		return false;
	}
	if (cpu_set_count(cpus) > PLAN_CPUS_MAX) {
		config_value_wrong(value, "%u processors are more than the %d a guest can have",
				   cpu_set_count(cpus), PLAN_CPUS_MAX);
		return false;
	}
	return true;
}

static bool is_word(struct config_value value, const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < length; i++) {
		if (next(&value) != word[i]) {
			return false;
		}
	}
	return peek(&value) < 0;
}

bool config_value_word(struct config_value *value, const char *const *words, unsigned count,
		       unsigned *index)
{
	for (unsigned i = 0; i < count; i++) {
		if (is_word(*value, words[i])) {
			*index = i;
			return true;
		}
	}
	config_value_wrong(value, "unknown value");
	return false;
}

/* NULL when @c may stand in a path. */
static const char *path_refusal(int c)
{
	if (c == ':') {
		return "a \":\" is in it; files are on the volume Muntin was started from";
	}
	if (c == '*' || c == '?' || c == '"' || c == '<' || c == '>' || c == '|') {
		return "one of * ? \" < > | is in it";
	}
	return c > '~' ? "a character other than ASCII is in it" : NULL;
}

/* Appends @c in firmware's spelling; false when @path is full. */
static bool path_put(char *path, size_t size, size_t *length, int c)
{
	char put = c == '/' ? '\\' : (char)c;

	if (put == '\\' && *length > 0 && path[*length - 1] == '\\') {
		return true;
	}
	if (*length + 1 >= size) {
		return false;
	}
	path[(*length)++] = put;
	path[*length] = '\0';
	return true;
}

bool config_value_path(struct config_value *value, char *path, size_t size)
{
	size_t length = 0;

	/* Everything is below the volume's root, also what does not start there. */
	path_put(path, size, &length, '\\');
	for (int c = next(value); c >= 0; c = next(value)) {
		const char *wrong = path_refusal(c);

		if (wrong != NULL) {
			config_value_wrong(value, "%s", wrong);
			return false;
		}
		if (!path_put(path, size, &length, c)) {
			config_value_wrong(value, "longer than %zu characters", size - 1);
			return false;
		}
	}
	if (path[length - 1] == '\\') {
		config_value_wrong(value, "names no file");
		return false;
	}
	return true;
}

bool config_value_string(struct config_value *value, char *string, size_t size)
{
	size_t length = 0;

	for (int c = next(value); c >= 0; c = next(value)) {
		if (length + 1 >= size) {
			string[length] = '\0';
			config_value_wrong(value, "longer than %zu characters", size - 1);
			return false;
		}
		string[length++] = (char)c;
	}
	string[length] = '\0';
	return true;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;

	for (int i = 0; i < 16; i++) {
		if (digits[i] == lower) {
			return i;
		}
	}
	return -1;
}

bool config_value_address(struct config_value *value, uint64_t *address)
{
	const struct config_slice text = value->text;

	if (text.length < 3 || text.length > 18 || memcmp(text.at, "0x", 2) != 0) {
		config_value_wrong(value, "no hexadecimal number");
		return false;
	}
	*address = 0;
	for (size_t i = 2; i < text.length; i++) {
		int digit = hex_digit(text.at[i]);

		if (digit < 0) {
			config_value_wrong(value, "no hexadecimal number");
			return false;
		}
		*address = *address << 4 | (unsigned)digit;
	}
	return true;
}
