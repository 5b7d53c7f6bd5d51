/* SPDX-License-Identifier: Apache-2.0 */
/* config_print.c: a config as it was understood, in the words config_parse() reads. */
#include "kernel/config_print.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

static const char *in_room(struct config_line *line, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static const char *in_room(struct config_line *line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_v(line->room, sizeof(line->room), fmt, args);
	va_end(args);
	return line->room;
}

static const char *yes_no(bool value)
{
	return value ? "yes" : "no";
}

static const char *print_console(const void *section, struct config_line *line)
{
	static const char words[][5] = { "com1", "com2", "none" };
	const struct config_monitor *monitor = section;

	(void)line;
	return words[monitor->console];
}

static const char *print_speed(const void *section, struct config_line *line)
{
	const struct config_monitor *monitor = section;

	return in_room(line, "%u", monitor->speed);
}

/* Neither the hash nor its salt is anybody's business. */
static const char *print_password(const void *section, struct config_line *line)
{
	(void)line;
	return ((const struct config_monitor *)section)->password.iterations != 0 ? "set" : "";
}

static const char *print_lock_after(const void *section, struct config_line *line)
{
	uint32_t seconds = ((const struct config_monitor *)section)->lock_after;

	return seconds != 0 ? in_room(line, "%u", seconds) : "never";
}

static const char *print_locked_consoles(const void *section, struct config_line *line)
{
	(void)line;
	return yes_no(((const struct config_monitor *)section)->locked_consoles);
}

static const char *print_startup(const void *section, struct config_line *line)
{
	(void)line;
	return ((const struct config_monitor *)section)->startup;
}

static const char *print_on_panic(const void *section, struct config_line *line)
{
	const struct config_monitor *monitor = section;

	(void)line;
	return monitor->on_panic == CONFIG_PANIC_REBOOT ? "reboot" : "halt";
}

/* Runs of neighbours: "1-2,5". */
static const char *print_cpus(const void *section, struct config_line *line)
{
	const struct cpu_set *cpus = &((const struct config_guest *)section)->cpus;
	size_t used = 0;

	line->room[0] = '\0';
	for (unsigned i = 0; i <= CPU_INDEX_MAX && used < sizeof(line->room); i++) {
		unsigned first = i;

		if (!cpu_set_has(cpus, i)) {
			continue;
		}
		while (cpu_set_has(cpus, i + 1)) {
			i++;
		}
		used += format(&line->room[used], sizeof(line->room) - used,
			       i == first ? "%s%u" : "%s%u-%u", used > 0 ? "," : "", first, i);
	}
	return line->room;
}

/* The largest unit it is a multiple of. */
static const char *print_memory(const void *section, struct config_line *line)
{
	uint64_t bytes = ((const struct config_guest *)section)->memory_bytes;

	return is_aligned(bytes, GIB) ? in_room(line, "%luG", bytes / GIB)
				      : in_room(line, "%luM", bytes / MIB);
}

static const char *print_kernel(const void *section, struct config_line *line)
{
	(void)line;
	return ((const struct config_guest *)section)->kernel;
}

static const char *print_type(const void *section, struct config_line *line)
{
	static const char words[][11] = { "auto",       "linux", "pvh",  "multiboot",
					  "multiboot2", "elf",   "flat", "firmware" };

	(void)line;
	return words[((const struct config_guest *)section)->form.kind];
}

/* Of what is no flat file, nothing. */
static const char *print_load(const void *section, struct config_line *line)
{
	const struct image_form *form = &((const struct config_guest *)section)->form;

	return form->kind == IMAGE_FLAT ? in_room(line, "0x%lx", form->load) : "";
}

static const char *print_entry(const void *section, struct config_line *line)
{
	const struct image_form *form = &((const struct config_guest *)section)->form;

	(void)line;
	if (form->kind != IMAGE_FLAT) {
		return "";
	}
	return form->real ? "real" : "32";
}

static const char *print_initrd(const void *section, struct config_line *line)
{
	(void)line;
	return ((const struct config_guest *)section)->initrd;
}

static const char *print_modules(const void *section, struct config_line *line)
{
	(void)line;
	return ((const struct config_guest *)section)->modules;
}

static const char *print_cmdline(const void *section, struct config_line *line)
{
	(void)line;
	return ((const struct config_guest *)section)->cmdline;
}

static const char *print_autostart(const void *section, struct config_line *line)
{
	(void)line;
	return yes_no(((const struct config_guest *)section)->autostart);
}

static const char *print_signature(const void *section, struct config_line *line)
{
	static const char words[][7] = { "kvm", "native", "muntin" };

	(void)line;
	return words[((const struct config_guest *)section)->signature];
}

static const char *print_on_crash(const void *section, struct config_line *line)
{
	uint32_t restarts = ((const struct config_guest *)section)->crash_restarts;

	if (restarts == 0 || restarts == CONFIG_RESTART_ALWAYS) {
		return restarts == 0 ? "stop" : "restart";
	}
	return in_room(line, "restart %u", restarts);
}

static const char *print_on_reboot(const void *section, struct config_line *line)
{
	(void)line;
	return ((const struct config_guest *)section)->reboot_restarts ? "restart" : "stop";
}

static const char *print_depends_on(const void *section, struct config_line *line)
{
	(void)line;
	return ((const struct config_guest *)section)->depends_on;
}

static const char *print_uuid(const void *section, struct config_line *line)
{
	const uint8_t *uuid = ((const struct config_guest *)section)->uuid;
	size_t used = 0;

	for (unsigned i = 0; i < CONFIG_UUID_BYTES; i++) {
		bool dash = i == 4 || i == 6 || i == 8 || i == 10;

		used += format(&line->room[used], sizeof(line->room) - used, "%s%02x",
			       dash ? "-" : "", uuid[i]);
	}
	return line->room;
}

static const char *print_debugcon(const void *section, struct config_line *line)
{
	(void)line;
	return yes_no(((const struct config_guest *)section)->debugcon);
}

static const char *print_hpet(const void *section, struct config_line *line)
{
	(void)line;
	return yes_no(((const struct config_guest *)section)->hpet);
}

static const char *print_file(const void *section, struct config_line *line)
{
	(void)line;
	return ((const struct config_image *)section)->file;
}

struct row {
	enum config_section section;
	const char *key;
	const char *(*print)(const void *section, struct config_line *line);
};

/* A row for each key of config_key.c; a host test asks for that. */
static const struct row rows[] = {
	{ CONFIG_SECTION_MONITOR, "console", print_console },
	{ CONFIG_SECTION_MONITOR, "speed", print_speed },
	{ CONFIG_SECTION_MONITOR, "password", print_password },
	{ CONFIG_SECTION_MONITOR, "lock-after", print_lock_after },
	{ CONFIG_SECTION_MONITOR, "locked-consoles", print_locked_consoles },
	{ CONFIG_SECTION_MONITOR, "startup", print_startup },
	{ CONFIG_SECTION_MONITOR, "on-panic", print_on_panic },
	{ CONFIG_SECTION_GUEST, "cpus", print_cpus },
	{ CONFIG_SECTION_GUEST, "memory", print_memory },
	{ CONFIG_SECTION_GUEST, "kernel", print_kernel },
	{ CONFIG_SECTION_GUEST, "type", print_type },
	{ CONFIG_SECTION_GUEST, "load", print_load },
	{ CONFIG_SECTION_GUEST, "entry", print_entry },
	{ CONFIG_SECTION_GUEST, "initrd", print_initrd },
	{ CONFIG_SECTION_GUEST, "modules", print_modules },
	{ CONFIG_SECTION_GUEST, "cmdline", print_cmdline },
	{ CONFIG_SECTION_GUEST, "autostart", print_autostart },
	{ CONFIG_SECTION_GUEST, "signature", print_signature },
	{ CONFIG_SECTION_GUEST, "on-crash", print_on_crash },
	{ CONFIG_SECTION_GUEST, "on-reboot", print_on_reboot },
	{ CONFIG_SECTION_GUEST, "depends-on", print_depends_on },
	{ CONFIG_SECTION_GUEST, "uuid", print_uuid },
	{ CONFIG_SECTION_GUEST, "debugcon", print_debugcon },
	{ CONFIG_SECTION_GUEST, "hpet", print_hpet },
	{ CONFIG_SECTION_IMAGE, "file", print_file },
};

static const char *print(const struct config_key *key, const void *section,
			 struct config_line *line)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (rows[i].section == key->section && strcmp(rows[i].key, key->name) == 0) {
			return rows[i].print(section, line);
		}
	}
	return "?";
}

/* Key @index of those of @section; NULL when it has fewer. */
static const struct config_key *key_of(enum config_section section, uint32_t index)
{
	size_t count;
	const struct config_key *keys = config_keys(&count);

	for (size_t i = 0; i < count; i++) {
		if (keys[i].section == section && index-- == 0) {
			return &keys[i];
		}
	}
	return NULL;
}

static uint32_t keys_of(enum config_section section)
{
	uint32_t count = 0;

	while (key_of(section, count) != NULL) {
		count++;
	}
	return count;
}

/* Sections of one kind: all that config_print() needs to find the one it is in. */
struct kind {
	enum config_section section;
	const char *word;
	const char *first; /* section 0 */
	size_t bytes;      /* from one to the next */
	uint32_t count;
};

/* Each section begins with its name, but the monitor's. */
_Static_assert(offsetof(struct config_guest, name) == 0, "see kind.first");
_Static_assert(offsetof(struct config_image, name) == 0, "see kind.first");

static void fill(const struct kind *kind, uint32_t section, uint32_t index,
		 struct config_line *line)
{
	const char *at = kind->first + section * kind->bytes;

	line->section = kind->word;
	line->name = kind->section == CONFIG_SECTION_MONITOR ? "" : at;
	line->key = key_of(kind->section, index);
	line->line = *(const uint32_t *)(const void *)(at + line->key->line_offset);
	line->value = print(line->key, at, line);
}

bool config_print(const struct config *config, uint32_t index, struct config_line *line)
{
	const struct kind kinds[] = {
		{ CONFIG_SECTION_MONITOR, "monitor", (const char *)&config->monitor, 0, 1 },
		{ CONFIG_SECTION_GUEST, "guest", (const char *)config->guests,
		  sizeof(config->guests[0]), config->guest_count },
		{ CONFIG_SECTION_IMAGE, "image", (const char *)config->images,
		  sizeof(config->images[0]), config->image_count },
	};

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		uint32_t keys = keys_of(kinds[i].section);

		if (index < keys * kinds[i].count) {
			fill(&kinds[i], index / keys, index % keys, line);
			return true;
		}
		index -= keys * kinds[i].count;
	}
	return false;
}
