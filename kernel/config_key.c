/* SPDX-License-Identifier: Apache-2.0 */
/* config_key.c: the table of every key a config file may have. */
#include "kernel/config_key.h"

#include "kernel/config.h"
#include "kernel/config_modules.h"
#include "kernel/config_password.h"
#include "kernel/config_uuid.h"
#include "kernel/lib/distance.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

/* The order of each list is the order of its enum. */
static const char *const console_words[] = { "com1", "com2", "none" };
static const char *const yes_words[] = { "no", "yes" };
static const char *const restart_words[] = { "stop", "restart" };
static const char *const signature_words[] = { "kvm", "native", "muntin" };

/* The order of enum image_kind. */
static const char *const type_words[] = { "auto",       "linux", "pvh",  "multiboot",
					  "multiboot2", "elf",   "flat", "firmware" };
static const char *const entry_words[] = { "32", "real" };

_Static_assert(IMAGE_FIRMWARE == ARRAY_COUNT(type_words) - 1, "a word for each kind");

static const char *const panic_words[] = { "halt", "reboot" };

_Static_assert(CONFIG_PANIC_REBOOT == ARRAY_COUNT(panic_words) - 1, "a word for each answer");
_Static_assert(CONFIG_CONSOLE_NONE == ARRAY_COUNT(console_words) - 1, "a word for each console");
_Static_assert(CONFIG_SIGNATURE_MUNTIN == ARRAY_COUNT(signature_words) - 1,
	       "a word for each signature");

/* A UART divides 115200 by a whole number; these are the speeds terminals and BMCs offer. */
static const uint32_t speeds[] = { 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 };

static void read_console(struct config_value *value, void *target)
{
	struct config_monitor *monitor = target;
	unsigned index = 0;

	if (config_value_word(value, console_words, ARRAY_COUNT(console_words), &index)) {
		monitor->console = (enum config_console)index;
	}
}

static void read_speed(struct config_value *value, void *target)
{
	struct config_monitor *monitor = target;
	uint64_t speed;

	if (!config_value_number(value, &speed)) {
		return;
	}
	for (size_t i = 0; i < ARRAY_COUNT(speeds); i++) {
		if (speed == speeds[i]) {
			monitor->speed = speeds[i];
			return;
		}
	}
	config_value_wrong(value, "not a speed in use");
}

static void read_password(struct config_value *value, void *target)
{
	struct config_monitor *monitor = target;

	config_value_password(value, &monitor->password);
}

static void read_lock_after(struct config_value *value, void *target)
{
	struct config_monitor *monitor = target;
	uint64_t seconds = 0;

	if (!config_slice_is(value->text, "never") && !config_value_number(value, &seconds)) {
		return;
	}
	if (seconds > CONFIG_LOCK_AFTER_MAX) {
		config_value_wrong(value, "more than a day");
		return;
	}
	monitor->lock_after = (uint32_t)seconds;
}

static void read_locked_consoles(struct config_value *value, void *target)
{
	struct config_monitor *monitor = target;
	unsigned index;

	if (config_value_word(value, yes_words, ARRAY_COUNT(yes_words), &index)) {
		monitor->locked_consoles = index == 1;
	}
}

static void read_startup(struct config_value *value, void *target)
{
	struct config_monitor *monitor = target;

	config_value_string(value, monitor->startup, sizeof(monitor->startup));
}

static void read_on_panic(struct config_value *value, void *target)
{
	struct config_monitor *monitor = target;
	unsigned index;

	if (config_value_word(value, panic_words, ARRAY_COUNT(panic_words), &index)) {
		monitor->on_panic = (enum config_panic)index;
	}
}

static void read_cpus(struct config_value *value, void *target)
{
	struct config_guest *guest = target;

	config_value_cpus(value, &guest->cpus);
}

static void read_memory(struct config_value *value, void *target)
{
	struct config_guest *guest = target;
	uint64_t bytes;

	if (!config_value_size(value, &bytes)) {
		return;
	}
	if (bytes < CONFIG_MEMORY_UNIT) {
		config_value_wrong(value, "less than 2M");
	} else if (bytes > CONFIG_MEMORY_MAX) {
		config_value_wrong(value, "more than 65536G");
	} else if (!is_aligned(bytes, CONFIG_MEMORY_UNIT)) {
		config_value_wrong(value, "not a multiple of 2M (the nearest are %luK and %luK)",
				   align_down(bytes, CONFIG_MEMORY_UNIT) / KIB,
				   align_up(bytes, CONFIG_MEMORY_UNIT) / KIB);
	} else {
		guest->memory_bytes = bytes;
	}
}

static void read_kernel(struct config_value *value, void *target)
{
	struct config_guest *guest = target;

	config_value_path(value, guest->kernel, sizeof(guest->kernel));
}

static void read_type(struct config_value *value, void *target)
{
	struct config_guest *guest = target;
	unsigned index;

	if (config_value_word(value, type_words, ARRAY_COUNT(type_words), &index)) {
		guest->form.kind = (enum image_kind)index;
	}
}

static void read_load(struct config_value *value, void *target)
{
	struct config_guest *guest = target;
	uint64_t load;

	if (!config_value_address(value, &load)) {
		return;
	}
	if (load > UINT32_MAX) {
		config_value_wrong(value, "not below 4 GiB");
		return;
	}
	guest->form.load = load;
}

static void read_entry(struct config_value *value, void *target)
{
	struct config_guest *guest = target;
	unsigned index;

	if (config_value_word(value, entry_words, ARRAY_COUNT(entry_words), &index)) {
		guest->form.real = index == 1;
	}
}

static void read_initrd(struct config_value *value, void *target)
{
	struct config_guest *guest = target;

	config_value_path(value, guest->initrd, sizeof(guest->initrd));
}

static void read_modules(struct config_value *value, void *target)
{
	struct config_guest *guest = target;

	config_value_modules(value, guest->modules);
}

static void read_cmdline(struct config_value *value, void *target)
{
	struct config_guest *guest = target;

	config_value_string(value, guest->cmdline, sizeof(guest->cmdline));
}

static void read_autostart(struct config_value *value, void *target)
{
	struct config_guest *guest = target;
	unsigned index;

	if (config_value_word(value, yes_words, ARRAY_COUNT(yes_words), &index)) {
		guest->autostart = index == 1;
	}
}

static void read_signature(struct config_value *value, void *target)
{
	struct config_guest *guest = target;
	unsigned index;

	if (config_value_word(value, signature_words, ARRAY_COUNT(signature_words), &index)) {
		guest->signature = (enum config_signature)index;
	}
}

/* "restart 3"; its blanks are spaces, config_unquote() saw to that. */
static void read_restart_count(const struct config_value *value, struct config_guest *guest)
{
	struct config_value number = *value;
	uint64_t count;

	number.text = config_trim(config_drop(value->text, sizeof("restart")));
	if (!config_value_number(&number, &count)) {
		return;
	}
	if (count < 1 || count > CONFIG_RESTARTS_MAX) {
		config_value_wrong(value, "out of range");
		return;
	}
	guest->crash_restarts = (uint32_t)count;
}

static void read_on_crash(struct config_value *value, void *target)
{
	static const char restart[] = "restart ";
	struct config_guest *guest = target;
	unsigned index;

	if (value->text.length > strlen(restart) &&
	    memcmp(value->text.at, restart, strlen(restart)) == 0) {
		read_restart_count(value, guest);
	} else if (config_value_word(value, restart_words, ARRAY_COUNT(restart_words), &index)) {
		guest->crash_restarts = index == 1 ? CONFIG_RESTART_ALWAYS : 0;
	}
}

static void read_on_reboot(struct config_value *value, void *target)
{
	struct config_guest *guest = target;
	unsigned index;

	if (config_value_word(value, restart_words, ARRAY_COUNT(restart_words), &index)) {
		guest->reboot_restarts = index == 1;
	}
}

/* Whom the names mean is seen when all guests are known: config_depends.c. */
static void read_depends_on(struct config_value *value, void *target)
{
	struct config_guest *guest = target;

	config_value_string(value, guest->depends_on, sizeof(guest->depends_on));
}

static void read_uuid(struct config_value *value, void *target)
{
	struct config_guest *guest = target;

	config_value_uuid(value, guest->uuid);
}

static void read_debugcon(struct config_value *value, void *target)
{
	struct config_guest *guest = target;
	unsigned index;

	if (config_value_word(value, yes_words, ARRAY_COUNT(yes_words), &index)) {
		guest->debugcon = index == 1;
	}
}

static void read_hpet(struct config_value *value, void *target)
{
	struct config_guest *guest = target;
	unsigned index;

	if (config_value_word(value, yes_words, ARRAY_COUNT(yes_words), &index)) {
		guest->hpet = index == 1;
	}
}

static void read_file(struct config_value *value, void *target)
{
	struct config_image *image = target;

	config_value_path(value, image->file, sizeof(image->file));
}

#define MONITOR(field) CONFIG_SECTION_MONITOR, #field
#define GUEST(field)   CONFIG_SECTION_GUEST, #field
#define M_LINE(field)  offsetof(struct config_monitor, line.field)
#define G_LINE(field)  offsetof(struct config_guest, line.field)
#define I_LINE(field)  offsetof(struct config_image, line.field)

_Static_assert(CONFIG_RESTARTS_MAX == 1000, "named in the texts below");
_Static_assert(CPU_INDEX_MAX == 1023 && CONFIG_CMDLINE_BYTES == 2048, "named in the texts below");
_Static_assert(CONFIG_MODULES_MAX == 16, "named in the texts below");
_Static_assert(CONFIG_STARTUP_BYTES == 256 && CONFIG_LOCK_AFTER_MAX == 86400,
	       "named in the texts below");
_Static_assert(CONFIG_MEMORY_UNIT == 2 * MIB && CONFIG_MEMORY_MAX == 65536 * GIB, "named in texts");

/* clang-format off */
static const struct config_key keys[] = {
	{ MONITOR(console),  false, M_LINE(console),  read_console,
	  "com1, com2 or none" },
	{ MONITOR(speed),    false, M_LINE(speed),    read_speed,
	  "bits per second: 1200, 2400, 4800, 9600, 19200, 38400, 57600 or 115200" },
	{ MONITOR(password), false, M_LINE(password), read_password,
	  "the line that tools/muntin-passwd prints" },
	{ CONFIG_SECTION_MONITOR, "lock-after", false, M_LINE(lock_after), read_lock_after,
	  "seconds up to 86400, or never" },
	{ CONFIG_SECTION_MONITOR, "locked-consoles", false, M_LINE(locked_consoles), read_locked_consoles,
	  "yes or no" },
	{ MONITOR(startup),  false, M_LINE(startup),  read_startup,
	  "commands with ; between them, at most 255 characters" },
	{ CONFIG_SECTION_MONITOR, "on-panic", false, M_LINE(on_panic), read_on_panic,
	  "halt or reboot" },
	{ GUEST(cpus),       true,  G_LINE(cpus),     read_cpus,
	  "processors from 0 to 1023, such as 1-2,5" },
	{ GUEST(memory),     true,  G_LINE(memory),   read_memory,
	  "a size with K, M or G, a multiple of 2M up to 65536G, such as 512M" },
	{ GUEST(kernel),     true,  G_LINE(kernel),   read_kernel,
	  "a file on the boot volume, such as /EFI/muntin/vmlinuz" },
	{ GUEST(type),       false, G_LINE(type),     read_type,
	  "auto, linux, pvh, multiboot, multiboot2, elf or flat" },
	{ GUEST(load),       false, G_LINE(load),     read_load,
	  "an address in hexadecimal below 4 GiB, such as 0x7c00" },
	{ GUEST(entry),      false, G_LINE(entry),    read_entry,
	  "32 or real" },
	{ GUEST(initrd),     false, G_LINE(initrd),   read_initrd,
	  "a file on the boot volume, such as /EFI/muntin/initrd.img" },
	{ GUEST(modules),    false, G_LINE(modules),  read_modules,
	  "up to 16 files with ; between them, behind each a text if it needs one, such as /a.img one two; /b.img" },
	{ GUEST(cmdline),    false, G_LINE(cmdline),  read_cmdline,
	  "at most 2047 characters" },
	{ GUEST(autostart),  false, G_LINE(autostart), read_autostart,
	  "yes or no" },
	{ GUEST(signature),  false, G_LINE(signature), read_signature,
	  "kvm, native or muntin" },
	{ CONFIG_SECTION_GUEST, "on-crash", false, G_LINE(on_crash), read_on_crash,
	  "stop, restart, or restart N with N from 1 to 1000" },
	{ CONFIG_SECTION_GUEST, "on-reboot", false, G_LINE(on_reboot), read_on_reboot,
	  "restart or stop" },
	{ CONFIG_SECTION_GUEST, "depends-on", false, G_LINE(depends_on), read_depends_on,
	  "names of other guests with commas between, such as db, log" },
	{ GUEST(uuid),       false, G_LINE(uuid),     read_uuid,
	  "hexadecimal digits, such as 12345678-9abc-4def-8123-456789abcdef" },
	{ GUEST(debugcon),   false, G_LINE(debugcon), read_debugcon,
	  "yes or no" },
	{ GUEST(hpet),       false, G_LINE(hpet),     read_hpet,
	  "yes or no" },
	{ CONFIG_SECTION_IMAGE, "file", true, I_LINE(file), read_file,
	  "a file on the boot volume, such as /EFI/muntin/rescue.img" },
};
/* clang-format on */

const struct config_key *config_keys(size_t *count)
{
	*count = ARRAY_COUNT(keys);
	return keys;
}

const struct config_key *config_key_find(enum config_section section, struct config_slice name)
{
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		if (keys[i].section == section && config_slice_is(name, keys[i].name)) {
			return &keys[i];
		}
	}
	return NULL;
}

uint32_t *config_key_line(const struct config_key *key, void *target)
{
	return (uint32_t *)(void *)((char *)target + key->line_offset);
}

static const struct config_key *nearest(enum config_section section, struct config_slice name)
{
	const struct config_key *best = NULL;

	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		if (keys[i].section != section) {
			continue;
		}
		if (best == NULL || distance(name.at, name.length, keys[i].name) <
					    distance(name.at, name.length, best->name)) {
			best = &keys[i];
		}
	}
	return best;
}

static void list_keys(enum config_section section, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		if (keys[i].section == section && used < size) {
			used += format(text + used, size - used, "%s%s", used > 0 ? ", " : "",
				       keys[i].name);
		}
	}
}

/* How messages call a section, and how it is written. */
static const struct {
	const char *name, *line;
} section_texts[] = {
	[CONFIG_SECTION_MONITOR] = { "[monitor]", "[monitor]" },
	[CONFIG_SECTION_GUEST] = { "[guest]", "[guest NAME]" },
	[CONFIG_SECTION_IMAGE] = { "[image]", "[image NAME]" },
};

void config_key_unknown(enum config_section section, struct config_slice name, uint32_t line,
			struct report *report)
{
	char known[256] = "";

	for (unsigned other = CONFIG_SECTION_MONITOR; other < ARRAY_COUNT(section_texts); other++) {
		if (config_key_find((enum config_section)other, name) != NULL) {
			report_add(report, line, "\"%s\" does not belong in %s: write it below %s",
				   config_show(name).text, section_texts[section].name,
				   section_texts[other].line);
			return;
		}
	}
	list_keys(section, known, sizeof(known));
	report_add(report, line, "unknown key \"%s\": did you mean \"%s\"? The keys of %s are: %s",
		   config_show(name).text, nearest(section, name)->name,
		   section_texts[section].name, known);
}
