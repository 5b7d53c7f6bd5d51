/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_set.c: the command that shows and changes settings of the session. */
#include "kernel/lib/distance.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/settings.h"
#include "kernel/monitor/view.h"

enum { SETTING_DISTANCE_MAX = 3 };

/* A setting: how it is shown, and how a value is read; false when it is none. */
struct setting {
	const char *name;
	const char *values; /* what may be written, in words */
	void (*show)(const char *key);
	bool (*read)(const char *value);
};

static bool read_switch(const char *value, bool *to)
{
	bool on = strcmp(value, "on") == 0;

	if (!on && strcmp(value, "off") != 0) {
		return false;
	}
	*to = on;
	return true;
}

static void show_switch(const char *key, bool on)
{
	view_text(key, 0, on ? "on" : "off");
}

static void show_paging(const char *key)
{
	show_switch(key, settings.paging);
}

static bool read_paging(const char *value)
{
	return read_switch(value, &settings.paging);
}

static void show_echo(const char *key)
{
	show_switch(key, settings.echo);
}

static bool read_echo(const char *value)
{
	return read_switch(value, &settings.echo);
}

static void show_marker(const char *key)
{
	show_switch(key, settings.marker);
}

static bool read_marker(const char *value)
{
	return read_switch(value, &settings.marker);
}

static void show_timestamps(const char *key)
{
	show_switch(key, settings.timestamps);
}

static bool read_timestamps(const char *value)
{
	return read_switch(value, &settings.timestamps);
}

static void show_prompt(const char *key)
{
	view_text(key, 0, settings.prompt);
}

static bool read_prompt(const char *value)
{
	size_t length = strlen(value);

	if (length >= sizeof(settings.prompt)) {
		return false;
	}
	memcpy(settings.prompt, value, length + 1);
	return true;
}

/* A control character is written as ^ and the character 64 above it (ECMA-48, "C0 set"). */
static void show_escape(const char *key)
{
	view_format(key, 0, "^%c", settings.escape + '@');
}

static bool read_escape(const char *value)
{
	char upper = value[0] == '^' && value[1] >= 'a' && value[1] <= 'z' ? (char)(value[1] - 32)
									   : value[1];

	/* Bit N is ^ and the letter 64 + N: Backspace, Tab, Enter, ^C and ESC are keys that guests need. */
	const uint32_t needed = 1u << 3 | 1u << 8 | 1u << 9 | 1u << 10 | 1u << 13 | 1u << 27;

	if (value[0] != '^' || upper < 'A' || upper > '_' || value[2] != '\0' ||
	    (needed >> (upper - '@') & 1) != 0) {
		return false;
	}
	settings.escape = (uint8_t)(upper - '@');
	return true;
}

static const char *const level_words[] = {
	[LOG_ERROR] = "error",
	[LOG_WARNING] = "warning",
	[LOG_INFO] = "info",
};

static void show_loglevel(const char *key)
{
	view_text(key, 0, level_words[settings.loglevel]);
}

static bool read_loglevel(const char *value)
{
	for (size_t i = 0; i < ARRAY_COUNT(level_words); i++) {
		if (strcmp(value, level_words[i]) == 0) {
			settings.loglevel = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* clang-format off */
static const struct setting all_settings[] = {
	{ "paging",     "on or off", show_paging, read_paging },
	{ "prompt",     "a text of at most 31 characters", show_prompt, read_prompt },
	{ "echo",       "on or off", show_echo, read_echo },
	{ "marker",     "on or off", show_marker, read_marker },
	{ "timestamps", "on or off", show_timestamps, read_timestamps },
	{ "escape",     "^A to ^_, but for ^C ^H ^I ^J ^M ^[", show_escape, read_escape },
	{ "loglevel",   "error, warning or info", show_loglevel, read_loglevel },
};
/* clang-format on */

const char *settings_name(uint32_t index)
{
	return index < ARRAY_COUNT(all_settings) ? all_settings[index].name : NULL;
}

static bool show_all(void)
{
	view_object(NULL);
	for (size_t i = 0; i < ARRAY_COUNT(all_settings); i++) {
		all_settings[i].show(all_settings[i].name);
	}
	return true;
}

static const struct setting *setting_called(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(all_settings); i++) {
		if (strcmp(all_settings[i].name, name) == 0) {
			return &all_settings[i];
		}
	}
	return NULL;
}

/* The nearest to @name, or NULL. */
static const struct setting *nearest_setting(const char *name)
{
	const struct setting *nearest = NULL;
	unsigned least = SETTING_DISTANCE_MAX + 1;

	for (size_t i = 0; i < ARRAY_COUNT(all_settings); i++) {
		unsigned letters = distance(name, strlen(name), all_settings[i].name);

		if (letters < least) {
			least = letters;
			nearest = &all_settings[i];
		}
	}
	return nearest;
}

static bool unknown_setting(struct command_run *run, const char *name)
{
	const struct setting *nearest = nearest_setting(name);

	if (nearest != NULL) {
		return command_fail(run, COMMAND_USAGE,
				    "no setting is called \"%s\"; did you mean %s?", name,
				    nearest->name);
	}
	return command_fail(run, COMMAND_USAGE, "no setting is called \"%s\"; set alone shows all",
			    name);
}

static void show(const struct setting *setting)
{
	view_object(NULL);
	setting->show(setting->name);
}

static bool set(struct command_run *run)
{
	if (run->argc == 0) {
		return show_all();
	}
	const struct setting *setting = setting_called(run->argv[0]);
	if (setting == NULL) {
		return unknown_setting(run, run->argv[0]);
	}
	if (run->argc > 1 && !setting->read(run->argv[1])) {
		return command_fail(run, COMMAND_USAGE, "%s: \"%s\" is not %s", setting->name,
				    run->argv[1], setting->values);
	}
	if (run->argc == 1 || run->json) {
		show(setting);
	}
	return true;
}

/* clang-format off */
static const struct command set_commands[] = {
	{ "set", "[SETTING] [VALUE]",
	  "show the settings of this session, or change one", "set paging off", COMMAND_JSON, set },
};
/* clang-format on */

const struct command_group command_group_set = { "Settings", set_commands,
						 ARRAY_COUNT(set_commands) };
