/* SPDX-License-Identifier: Apache-2.0 */
/* config.c: reads a whole config file: its sections, and each key in them once. */
#include "kernel/config.h"

#include "kernel/config_depends.h"
#include "kernel/config_key.h"
#include "kernel/config_section.h"
#include "kernel/config_text.h"
#include "kernel/config_uuid.h"
#include "kernel/config_value.h"
#include "kernel/lib/string.h"

/* What is read, and what was said about it. */
struct parser {
	struct config_place place;
	bool stray_told; /* one message for all lines before the first section is enough */
};

static void parse_value(struct config_place *p, const struct config_key *key,
			struct config_slice text)
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

static void parse_key(struct config_place *p, struct config_slice name, struct config_slice text)
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

static void parse_line(struct parser *parser, struct config_slice line)
{
	struct config_place *p = &parser->place;
	struct config_slice key;
	struct config_slice text;

	if (line.length == 0 || line.at[0] == '#') {
		return;
	}
	if (line.at[0] == '[') {
		config_section_open(p, line);
		return;
	}
	if (p->section == CONFIG_SECTION_NONE && !parser->stray_told) {
		report_add(p->report, p->line,
			   "\"%s\" is in no section: write [monitor] or [guest NAME] above it",
			   config_show(line).text);
		parser->stray_told = true;
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
static void check_lock(const struct config_place *p)
{
	const struct config_monitor *monitor = &p->config->monitor;

	if (monitor->lock_after != 0 && monitor->line.password == 0) {
		report_add(p->report, monitor->line.lock_after,
			   "lock-after needs a password: write the line that tools/muntin-passwd "
			   "prints below [monitor], or lock-after = never");
	}
}

static void parse_lines(struct parser *parser, struct config_slice text)
{
	struct config_place *p = &parser->place;
	struct config_slice rest = config_text_start(text);
	struct config_slice line;

	while (config_next_line(&rest, &line)) {
		p->line++;
		parse_line(parser, line);
	}
	config_section_close(p);
	config_depends_resolve(p->config, p->report);
	config_uuid_check(p->config, p->report);
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
	struct parser p = { .place = { .config = config, .report = report } };
	uint32_t before = report->count + report->dropped;

	memset(config, 0, sizeof(*config));
	config->monitor.console = CONFIG_CONSOLE_COM1;
	config->monitor.speed = 115200;
	if (config_text_check(file, report) == OK) {
		parse_lines(&p, file);
	}
	return report->count + report->dropped == before ? OK : E_INVALID;
}
