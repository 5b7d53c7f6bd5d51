/* SPDX-License-Identifier: Apache-2.0 */
/* format.c: text from values, into a buffer of known size. */
#include "kernel/lib/format.h"

#include "kernel/lib/string.h"

struct out {
	char *buffer;
	size_t size;
	size_t length;
};

struct spec {
	bool left;
	bool zero;
	int width;
	int precision; /* -1: none given */
	int longs;     /* how many l, or 1 for z */
};

static void put(struct out *o, char c)
{
	if (o->length + 1 < o->size) {
		o->buffer[o->length] = c;
	}
	o->length++;
}

static void put_padded(struct out *o, const struct spec *s, const char *sign, const char *text,
		       size_t length)
{
	size_t sign_length = strlen(sign);
	size_t used = sign_length + length;
	size_t pad = s->width > 0 && (size_t)s->width > used ? (size_t)s->width - used : 0;
	bool zeros = s->zero && !s->left;

	for (; pad > 0 && !s->left && !zeros; pad--) {
		put(o, ' ');
	}
	for (size_t i = 0; i < sign_length; i++) {
		put(o, sign[i]);
	}
	for (; pad > 0 && zeros; pad--) {
		put(o, '0');
	}
	for (size_t i = 0; i < length; i++) {
		put(o, text[i]);
	}
	for (; pad > 0; pad--) {
		put(o, ' ');
	}
}

static void put_number(struct out *o, const struct spec *s, const char *sign, uint64_t value,
		       unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = digits[value % base];
		value /= base;
	} while (value != 0);
	put_padded(o, s, sign, &text[at], sizeof(text) - at);
}

static void put_string(struct out *o, const struct spec *s, const char *text)
{
	size_t length = 0;
	size_t most = s->precision < 0 ? SIZE_MAX : (size_t)s->precision;

	if (text == NULL) {
		text = "(null)";
	}
	while (length < most && text[length] != '\0') {
		length++;
	}
	struct spec plain = *s;
	plain.zero = false;
	put_padded(o, &plain, "", text, length);
}

static uint64_t next_unsigned(const struct spec *s, va_list *args)
{
	return s->longs > 0 ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
}

static int64_t next_signed(const struct spec *s, va_list *args)
{
	return s->longs > 0 ? va_arg(*args, int64_t) : va_arg(*args, int);
}

static const char *parse_count(const char *at, int *count, va_list *args)
{
	if (*at == '*') {
		*count = va_arg(*args, int);
		return at + 1;
	}
	for (*count = 0; *at >= '0' && *at <= '9'; at++) {
		*count = *count * 10 + (*at - '0');
	}
	return at;
}

static const char *parse_spec(const char *at, struct spec *s, va_list *args)
{
	*s = (struct spec){ .precision = -1 };
	for (; *at == '-' || *at == '0'; at++) {
		s->left |= *at == '-';
		s->zero |= *at == '0';
	}
	at = parse_count(at, &s->width, args);
	if (s->width < 0) {
		s->left = true;
		s->width = -s->width;
	}
	if (*at == '.') {
		at = parse_count(at + 1, &s->precision, args);
	}
	for (; *at == 'l' || *at == 'z'; at++) {
		s->longs++;
	}
	return at;
}

static void put_signed(struct out *o, const struct spec *s, int64_t value)
{
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	put_number(o, s, value < 0 ? "-" : "", magnitude, 10, false);
}

/* False when the letter is not one of ours. */
static bool put_conversion(struct out *o, const struct spec *s, char letter, va_list *args)
{
	char c;

	switch (letter) {
	case 'd':
	case 'i':
		put_signed(o, s, next_signed(s, args));
		return true;
	case 'u':
		put_number(o, s, "", next_unsigned(s, args), 10, false);
		return true;
	case 'x':
	case 'X':
		put_number(o, s, "", next_unsigned(s, args), 16, letter == 'X');
		return true;
	case 'p':
		put_number(o, s, "0x", (uintptr_t)va_arg(*args, void *), 16, false);
		return true;
	case 'c':
		c = (char)va_arg(*args, int);
		put_padded(o, s, "", &c, 1);
		return true;
	case 's':
		put_string(o, s, va_arg(*args, const char *));
		return true;
	case '%':
		put(o, '%');
		return true;
	default:
		return false;
	}
}

size_t format_v(char *buffer, size_t size, const char *fmt, va_list args)
{
	struct out o = { buffer, size, 0 };
	va_list rest;

	va_copy(rest, args);
	while (*fmt != '\0') {
		struct spec s;

		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		const char *end = parse_spec(fmt + 1, &s, &rest);
		if (*end == '\0' || !put_conversion(&o, &s, *end, &rest)) {
			put(&o, *fmt++);
			continue;
		}
		fmt = end + 1;
	}
	va_end(rest);
	if (size > 0) {
		buffer[o.length < size ? o.length : size - 1] = '\0';
	}
	return o.length;
}

size_t format(char *buffer, size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	size_t length = format_v(buffer, size, fmt, args);
	va_end(args);
	return length;
}
