/* SPDX-License-Identifier: Apache-2.0 */
/* config.c: reads a whole config file: its sections, and each key in them once. */
#include "kernel/config.h"

#include "kernel/config_key.h"
#include "kernel/config_text.h"
#include "kernel/config_value.h"
#include "kernel/lib/string.h"

/* Where the parser stands. */
struct parser {
	struct config *config;
	struct report *report;
	uint32_t line;
	enum config_section section;
	void *target;       /* the struct config_monitor or config_guest of the section */
	bool stray_told;    /* one message for all lines before the first section is enough */
	bool too_many_told; /* likewise for all guests beyond the last place */
};

static bool name_char(char c)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

	return letter || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool name_allowed(struct config_slice name)
{
	bool digit = name.length > 0 && name.at[0] >= '0' && name.at[0] <= '9';

	if (name.length == 0 || name.length >= CONFIG_NAME_BYTES || digit) {
		return false;
	}
	for (size_t i = 0; i < name.length; i++) {
		if (!name_char(name.at[i])) {
			return false;
		}
	}
	return name.at[0] != '-' && name.at[0] != '_';
}

static const struct config_guest *guest_by_name(const struct config *config,
						struct config_slice name)
{
	for (uint32_t i = 0; i < config->guest_count; i++) {
		if (config_slice_is(name, config->guests[i].name)) {
			return &config->guests[i];
		}
	}
	return NULL;
}

/* A mandatory key is missing only once its section is over. */
static void close_section(struct parser *p)
{
	size_t count;
	const struct config_key *keys = config_keys(&count);

	for (size_t i = 0; i < count && p->section == CONFIG_SECTION_GUEST; i++) {
		const struct config_guest *guest = p->target;

		if (keys[i].section != p->section || !keys[i].mandatory ||
		    *config_key_line(&keys[i], p->target) != 0) {
			continue;
		}
		report_add(p->report, guest->line.section,
			   "guest \"%s\" has no %s: write a line \"%s = ...\", %s", guest->name,
			   keys[i].name, keys[i].name, keys[i].want);
	}
	p->section = CONFIG_SECTION_SKIPPED;
}

/* The guest is kept also with a bad name, so that its keys are looked at all the same. */
static void check_guest_name(struct parser *p, struct config_slice name)
{
	const struct config_guest *same = guest_by_name(p->config, name);

	if (name.length == 0) {
		report_add(p->report, p->line, "the guest has no name: write [guest NAME]");
	} else if (!name_allowed(name)) {
		report_add(p->report, p->line,
			   "bad guest name \"%s\": write a letter, then letters, digits, - or _, "
			   "at most %d in all",
			   config_show(name).text, CONFIG_NAME_BYTES - 1);
	} else if (same != NULL) {
		report_add(p->report, p->line,
			   "guest \"%s\" is there already, on line %u: write another name",
			   same->name, same->line.section);
	}
}

static void open_guest(struct parser *p, struct config_slice name)
{
	if (p->config->guest_count >= CONFIG_GUESTS_MAX) {
		if (!p->too_many_told) {
			report_add(p->report, p->line,
				   "guest \"%s\" is one too many: write at most %d guests",
				   config_show(name).text, CONFIG_GUESTS_MAX);
		}
		p->too_many_told = true;
		return;
	}
	check_guest_name(p, name);
	struct config_guest *guest = &p->config->guests[p->config->guest_count++];
	size_t length = min_u64(name.length, CONFIG_NAME_BYTES - 1);
	for (size_t i = 0; i < length; i++) {
		guest->name[i] = name_char(name.at[i]) ? name.at[i] : '?';
	}
	guest->autostart = true;
	guest->signature = CONFIG_SIGNATURE_KVM;
	guest->line.section = p->line;
	p->section = CONFIG_SECTION_GUEST;
	p->target = guest;
}

static void open_monitor(struct parser *p, struct config_slice name)
{
	struct config_monitor *monitor = &p->config->monitor;

	if (name.length > 0) {
		report_add(p->report, p->line, "\"%s\": the monitor has no name: write [monitor]",
			   config_show(name).text);
	}
	if (monitor->line.section != 0) {
		report_add(p->report, p->line,
			   "[monitor] is there already, on line %u: write all its keys below that",
			   monitor->line.section);
	} else {
		monitor->line.section = p->line;
	}
	p->section = CONFIG_SECTION_MONITOR;
	p->target = monitor;
}

static void open_unknown(struct parser *p, struct config_slice kind)
{
	bool guest = config_distance(kind, "guest") < config_distance(kind, "monitor");

	report_add(p->report, p->line,
		   "unknown section \"%s\": did you mean %s? Write [monitor] or [guest NAME]",
		   config_show(kind).text, guest ? "[guest NAME]" : "[monitor]");
}

static void parse_section(struct parser *p, struct config_slice line)
{
	size_t end = 1;
	size_t kind = 0;

	close_section(p);
	while (end < line.length && line.at[end] != ']') {
		end++;
	}
	if (end == line.length || !config_is_comment(config_drop(line, end + 1))) {
		report_add(p->report, p->line,
			   "\"%s\" is not a section: write [monitor] or [guest NAME], nothing else "
			   "on the line",
			   config_show(line).text);
		return;
	}
	struct config_slice inner = config_trim((struct config_slice){ line.at + 1, end - 1 });
	while (kind < inner.length && !config_blank(inner.at[kind])) {
		kind++;
	}
	struct config_slice name = config_trim(config_drop(inner, kind));
	inner.length = kind;
	if (config_slice_is(inner, "monitor")) {
		open_monitor(p, name);
	} else if (config_slice_is(inner, "guest")) {
		open_guest(p, name);
	} else {
		open_unknown(p, inner);
	}
}

static void parse_value(struct parser *p, const struct config_key *key, struct config_slice text)
{
	struct config_value value = { .key = key->name, .want = key->want, .line = p->line };
	const char *wrong = config_unquote(&text, &value.quoted);

	value.report = p->report;
	value.text = text;
	if (wrong != NULL) {
		value.text = config_trim(text);
		config_value_wrong(&value, "%s", wrong);
	} else if (text.length == 0 && !value.quoted) {
		report_add(p->report, p->line, "\"%s =\" has no value: write %s", key->name,
			   key->want);
	} else {
		key->read(&value, p->target);
	}
}

static void parse_key(struct parser *p, struct config_slice name, struct config_slice text)
{
	const struct config_key *key = config_key_find(p->section, name);

	if (name.length == 0) {
		report_add(p->report, p->line,
			   "there is no key before the \"=\": write key = value");
		return;
	}
	if (key == NULL) {
		config_key_unknown(p->section, name, p->line, p->report);
		return;
	}
	uint32_t *line = config_key_line(key, p->target);
	if (*line != 0) {
		report_add(p->report, p->line,
			   "%s is there already, on line %u: write one of the two", key->name,
			   *line);
		return;
	}
	*line = p->line;
	parse_value(p, key, text);
}

static void parse_line(struct parser *p, struct config_slice line)
{
	struct config_slice key;
	struct config_slice text;

	if (line.length == 0 || line.at[0] == '#') {
		return;
	}
	if (line.at[0] == '[') {
		parse_section(p, line);
		return;
	}
	if (p->section == CONFIG_SECTION_NONE && !p->stray_told) {
		report_add(p->report, p->line,
			   "\"%s\" is in no section: write [monitor] or [guest NAME] above it",
			   config_show(line).text);
		p->stray_told = true;
	}
	if (p->section == CONFIG_SECTION_NONE || p->section == CONFIG_SECTION_SKIPPED) {
		return;
	}
	if (config_split(line, &key, &text) != OK) {
		report_add(p->report, p->line, "there is no \"=\" in \"%s\": write key = value",
			   config_show(line).text);
		return;
	}
	parse_key(p, key, text);
}

/* A lock that anybody opens would look like one that holds. */
static void check_lock(struct parser *p)
{
	const struct config_monitor *monitor = &p->config->monitor;

	if (monitor->lock_after != 0 && monitor->line.password == 0) {
		report_add(p->report, monitor->line.lock_after,
			   "lock-after needs a password: write the line that tools/muntin-passwd "
			   "prints below [monitor], or lock-after = never");
	}
}

static void parse_lines(struct parser *p, struct config_slice text)
{
	struct config_slice rest = config_text_start(text);
	struct config_slice line;

	while (config_next_line(&rest, &line)) {
		p->line++;
		parse_line(p, line);
	}
	close_section(p);
	check_lock(p);
	if (p->config->guest_count == 0) {
		report_add(p->report, 0, "%s: there is no guest: write a section [guest NAME]",
			   p->report->file != NULL ? p->report->file : "config");
	}
}

enum status config_parse(const char *text, size_t length, struct config *config,
			 struct report *report)
{
	struct config_slice file = { text, length };
	struct parser p = { .config = config, .report = report };
	uint32_t before = report->count + report->dropped;

	memset(config, 0, sizeof(*config));
	config->monitor.console = CONFIG_CONSOLE_COM1;
	config->monitor.speed = 115200;
	if (config_text_check(file, report) == OK) {
		parse_lines(&p, file);
	}
	return report->count + report->dropped == before ? OK : E_INVALID;
}
