/* SPDX-License-Identifier: Apache-2.0 */
/* config_section.c: the sections of a config file. */
#include "kernel/config_section.h"

#include "kernel/config_text.h"
#include "kernel/config_uuid.h"
#include "kernel/lib/distance.h"
#include "kernel/lib/string.h"

/* Guests and images have names of the same kind. */
struct named {
	const char *kind;
	const char *name; /* of the one that has the name already, */
	uint32_t line;    /* and its line; 0 when there is none */
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

static void check_name(struct config_place *p, struct config_slice name, const struct named *same)
{
	if (name.length == 0) {
		report_add(p->report, p->line, "the %s has no name: write [%s NAME]", same->kind,
			   same->kind);
	} else if (!name_allowed(name)) {
		report_add(p->report, p->line,
			   "bad %s name \"%s\": write a letter, then letters, digits, - or _, "
			   "at most %d in all",
			   same->kind, config_show(name).text, CONFIG_NAME_BYTES - 1);
	} else if (same->line != 0) {
		report_add(p->report, p->line,
			   "%s \"%s\" is there already, on line %u: write another name", same->kind,
			   same->name, same->line);
	}
}

/* Kept also when it is bad, so that the keys below it are looked at all the same. */
static void keep_name(char *to, struct config_slice name)
{
	size_t length = min_u64(name.length, CONFIG_NAME_BYTES - 1);

	for (size_t i = 0; i < length; i++) {
		to[i] = name_char(name.at[i]) ? name.at[i] : '?';
	}
}

static void open_guest(struct config_place *p, struct config_slice name)
{
	struct named same = { .kind = "guest" };

	if (p->config->guest_count >= CONFIG_GUESTS_MAX) {
		if (!p->guests_told) {
			report_add(p->report, p->line,
				   "guest \"%s\" is one too many: write at most %d guests",
				   config_show(name).text, CONFIG_GUESTS_MAX);
		}
		p->guests_told = true;
		return;
	}
	for (uint32_t i = 0; i < p->config->guest_count && same.line == 0; i++) {
		if (config_slice_is(name, p->config->guests[i].name)) {
			same.name = p->config->guests[i].name;
			same.line = p->config->guests[i].line.section;
		}
	}
	check_name(p, name, &same);
	struct config_guest *guest = &p->config->guests[p->config->guest_count++];
	keep_name(guest->name, name);
	config_uuid_derive(guest->name, guest->uuid);
	guest->autostart = true;
	guest->signature = CONFIG_SIGNATURE_KVM;
	guest->reboot_restarts = true;
	guest->line.section = p->line;
	p->section = CONFIG_SECTION_GUEST;
	p->target = guest;
}

static void open_image(struct config_place *p, struct config_slice name)
{
	struct named same = { .kind = "image" };

	if (p->config->image_count >= CONFIG_IMAGES_MAX) {
		if (!p->images_told) {
			report_add(p->report, p->line,
				   "image \"%s\" is one too many: write at most %d images",
				   config_show(name).text, CONFIG_IMAGES_MAX);
		}
		p->images_told = true;
		return;
	}
	for (uint32_t i = 0; i < p->config->image_count && same.line == 0; i++) {
		if (config_slice_is(name, p->config->images[i].name)) {
			same.name = p->config->images[i].name;
			same.line = p->config->images[i].line.section;
		}
	}
	check_name(p, name, &same);
	if (config_slice_is(name, "none")) {
		report_add(p->report, p->line,
			   "no image can be called \"none\", which is how `guest relaunch` is told "
			   "that there is no initrd: write another name");
	}
	struct config_image *image = &p->config->images[p->config->image_count++];
	keep_name(image->name, name);
	image->line.section = p->line;
	p->section = CONFIG_SECTION_IMAGE;
	p->target = image;
}

static void open_monitor(struct config_place *p, struct config_slice name)
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

static const struct section {
	const char *kind;
	void (*open)(struct config_place *p, struct config_slice name);
	const char *line;
} sections[] = {
	{ "monitor", open_monitor, "[monitor]" },
	{ "guest", open_guest, "[guest NAME]" },
	{ "image", open_image, "[image NAME]" },
};

static void report_unknown(struct config_place *p, struct config_slice kind)
{
	const struct section *best = &sections[0];

	for (size_t i = 1; i < ARRAY_COUNT(sections); i++) {
		if (distance(kind.at, kind.length, sections[i].kind) <
		    distance(kind.at, kind.length, best->kind)) {
			best = &sections[i];
		}
	}
	report_add(p->report, p->line,
		   "unknown section \"%s\": did you mean %s? Write [monitor], [guest NAME] or "
		   "[image NAME]",
		   config_show(kind).text, best->line);
}

static void open_kind(struct config_place *p, struct config_slice kind, struct config_slice name)
{
	for (size_t i = 0; i < ARRAY_COUNT(sections); i++) {
		if (config_slice_is(kind, sections[i].kind)) {
			sections[i].open(p, name);
			return;
		}
	}
	report_unknown(p, kind);
}

void config_section_open(struct config_place *p, struct config_slice line)
{
	size_t end = 1;
	size_t kind = 0;

	config_section_close(p);
	while (end < line.length && line.at[end] != ']') {
		end++;
	}
	if (end == line.length || !config_is_comment(config_drop(line, end + 1))) {
		report_add(
			p->report, p->line,
			"\"%s\" is not a section: write [monitor], [guest NAME] or [image NAME], "
			"nothing else on the line",
			config_show(line).text);
		return;
	}
	struct config_slice inner = config_trim((struct config_slice){ line.at + 1, end - 1 });
	while (kind < inner.length && !config_blank(inner.at[kind])) {
		kind++;
	}
	struct config_slice name = config_trim(config_drop(inner, kind));
	inner.length = kind;
	open_kind(p, inner, name);
}

/* How a message calls the section that is open; "" for one whose keys may all be left out. */
static const char *section_name(const struct config_place *p, uint32_t *line)
{
	if (p->section == CONFIG_SECTION_GUEST) {
		const struct config_guest *guest = p->target;

		*line = guest->line.section;
		return guest->name;
	}
	if (p->section == CONFIG_SECTION_IMAGE) {
		const struct config_image *image = p->target;

		*line = image->line.section;
		return image->name;
	}
	return "";
}

/* Only a flat file does not say itself where it goes. */
static void check_form(const struct config_guest *guest, struct report *report)
{
	const struct config_guest_lines *line = &guest->line;
	bool flat = guest->form.kind == IMAGE_FLAT;

	if (flat && line->load == 0) {
		report_add(report, line->type,
			   "guest \"%s\": a flat file does not say where it goes: write a line "
			   "\"load = ADDRESS\", such as load = 0x7c00",
			   guest->name);
	}
	if (!flat && (line->load != 0 || line->entry != 0)) {
		report_add(
			report, line->load != 0 ? line->load : line->entry,
			"guest \"%s\": load and entry are for flat files: write \"type = flat\", "
			"or leave them out",
			guest->name);
	}
}

void config_section_close(struct config_place *p)
{
	size_t count;
	uint32_t line = 0;
	const struct config_key *keys = config_keys(&count);
	const char *name = section_name(p, &line);

	for (size_t i = 0; i < count; i++) {
		if (keys[i].section != p->section || !keys[i].mandatory ||
		    *config_key_line(&keys[i], p->target) != 0) {
			continue;
		}
		report_add(p->report, line, "%s \"%s\" has no %s: write a line \"%s = ...\", %s",
			   p->section == CONFIG_SECTION_GUEST ? "guest" : "image", name,
			   keys[i].name, keys[i].name, keys[i].want);
	}
	if (p->section == CONFIG_SECTION_GUEST) {
		check_form(p->target, p->report);
	}
	p->section = CONFIG_SECTION_SKIPPED;
}
