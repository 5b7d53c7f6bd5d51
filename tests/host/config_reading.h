/* SPDX-License-Identifier: Apache-2.0 */
/* config_reading.h: a config is read: it is taken, or refused with a message. Included once, by a test. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "kernel/config.h"

static struct config config;
static struct report report;

/* Four lines. */
#define GOOD_GUEST "[guest a]\ncpus = 1\nmemory = 64M\nkernel = /k\n"

static inline enum status parse_bytes(const char *text, size_t length)
{
	memset(&report, 0, sizeof(report));
	report.file = "muntin.conf";
	/* Exactly as many bytes as given, so that the sanitizer sees a read behind them. */
	char *copy = test_malloc(length + 1);
	memcpy(copy + 1, text, length);
	enum status status = config_parse(copy + 1, length, &config, &report);
	test_free(copy);
	return status;
}

static inline enum status parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static inline void takes(const char *text)
{
	enum status status = parse(text);

	if (status != OK) {
		fail_msg("refused: %s", report.lines[0]);
	}
	assert_int_equal(report.count, 0);
}

/* One message only: @message. */
static inline void refuses_with(const char *text, const char *message)
{
	assert_int_equal(parse(text), E_INVALID);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.lines[0], message);
}

/* One message only, for @line, that has all of @part in it. */
static inline void refuses(const char *text, unsigned line, const char *part)
{
	char place[64];

	assert_int_equal(parse(text), E_INVALID);
	snprintf(place, sizeof(place), "muntin.conf:%u: ", line);
	if (report.count != 1 || strncmp(report.lines[0], place, strlen(place)) != 0 ||
	    strstr(report.lines[0], part) == NULL) {
		fail_msg("%u messages, first: %s, wanted: %s%s", report.count, report.lines[0],
			 place, part);
	}
}

/* As refuses(), for a last line behind a good guest, line 5. */
static inline void refuses_key(const char *last, const char *part)
{
	char text[8192];

	snprintf(text, sizeof(text), GOOD_GUEST "%s\n", last);
	refuses(text, 5, part);
}

/* As refuses(), for @value of a mandatory key, line 2. */
static inline void refuses_value(const char *key, const char *value, const char *part)
{
	static const char *const keys[] = { "cpus = 1", "memory = 64M", "kernel = /k" };
	char text[8192];
	int used = snprintf(text, sizeof(text), "[guest a]\n%s = %s\n", key, value);

	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		if (strncmp(keys[i], key, strlen(key)) != 0) {
			used += snprintf(text + used, sizeof(text) - (size_t)used, "%s\n", keys[i]);
		}
	}
	refuses(text, 2, part);
}

static inline const struct config_guest *guest_with(const char *last)
{
	char text[8192];

	snprintf(text, sizeof(text), GOOD_GUEST "%s", last);
	takes(text);
	return &config.guests[0];
}
