/* SPDX-License-Identifier: Apache-2.0 */
/* muntin-check.c: checks a muntin.conf on any machine, with the code the hypervisor itself runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/config.h"
#include "kernel/config_modules.h"
#include "kernel/config_print.h"
#include "kernel/config_value.h"
#include "kernel/lib/types.h"
#include "kernel/plan.h"
#include "kernel/plan_image.h"

enum { EXIT_GOOD = 0, EXIT_BAD = 1, EXIT_USAGE = 2 };

static const char usage_text[] =
	"usage: muntin-check FILE [--cpus N] [--memory SIZE] [--root DIR] [--plan]\n"
	"\n"
	"Checks FILE as the hypervisor will, and prints what every guest gets or all errors.\n"
	"  --cpus N       the machine has N processors (1 to 1024, default 4)\n"
	"  --memory SIZE  the machine has this much memory, such as 4G (default 1G)\n"
	"  --root DIR     also look at the kernel and initrd files below DIR\n"
	"  --plan         also print what stays for the hypervisor, and every other setting\n"
	"Exit status: 0 good, 1 errors in FILE, 2 wrong use or FILE cannot be read.\n";

struct options {
	const char *file;
	const char *root;
	uint32_t cpus;
	uint64_t memory;
	bool plan;
};

/* Too big for a stack. */
static struct config config;
static struct machine machine;
static struct plan plan;
static struct report report;
static char text[CONFIG_FILE_BYTES_MAX + 1];

static void print_report(const struct report *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		printf("%s\n", list->lines[i]);
	}
	if (list->dropped > 0) {
		printf("and %u more\n", list->dropped);
	}
}

static struct config_value option_value(const char *name, const char *argument, const char *want)
{
	return (struct config_value){
		.text = config_slice_of(argument), .key = name, .want = want, .report = &report
	};
}

static bool read_cpus(const char *argument, struct options *options)
{
	uint64_t count;
	struct config_value value = option_value("--cpus", argument, "a number from 1 to 1024");

	if (!config_value_number(&value, &count)) {
		return false;
	}
	if (count < 1 || count > MACHINE_CPUS_MAX) {
		config_value_wrong(&value, "out of range");
		return false;
	}
	options->cpus = (uint32_t)count;
	return true;
}

static bool read_memory(const char *argument, struct options *options)
{
	uint64_t bytes;
	struct config_value value =
		option_value("--memory", argument, "a size such as 512M or 4G, from 2M to 65536G");

	if (!config_value_size(&value, &bytes)) {
		return false;
	}
	if (bytes < 2 * MIB || bytes > CONFIG_MEMORY_MAX) {
		config_value_wrong(&value, "out of range");
		return false;
	}
	options->memory = align_down(bytes, PAGE_SIZE);
	return true;
}

static bool usage_error(const char *what, const char *argument)
{
	fprintf(stderr, "muntin-check: %s%s\n%s", what, argument, usage_text);
	return false;
}

/* An option that has a value. */
static bool read_option(const char *name, const char *argument, struct options *options)
{
	if (strcmp(name, "--cpus") != 0 && strcmp(name, "--memory") != 0 &&
	    strcmp(name, "--root") != 0) {
		return usage_error("unknown option ", name);
	}
	if (argument == NULL) {
		return usage_error("a value is missing after ", name);
	}
	if (strcmp(name, "--root") == 0) {
		options->root = argument;
		return true;
	}
	bool good = strcmp(name, "--cpus") == 0 ? read_cpus(argument, options)
						: read_memory(argument, options);
	return good || usage_error(report.lines[0], "");
}

static bool read_options(int count, char **arguments, struct options *options)
{
	for (int i = 1; i < count; i++) {
		const char *argument = arguments[i];

		if (strcmp(argument, "--plan") == 0) {
			options->plan = true;
		} else if (argument[0] == '-' && argument[1] != '\0') {
			const char *value = i + 1 < count ? arguments[i + 1] : NULL;

			if (!read_option(argument, value, options)) {
				return false;
			}
			i++;
		} else if (options->file != NULL) {
			return usage_error("a second file: ", argument);
		} else {
			options->file = argument;
		}
	}
	return options->file != NULL || usage_error("no file is named", "");
}

/* Fills text[] and tells the length of the file, which may be more than text[] holds. */
static bool read_file(const char *name, size_t *length)
{
	struct stat info;
	FILE *file = fopen(name, "rb");

	if (file == NULL || fstat(fileno(file), &info) != 0) {
		fprintf(stderr, "muntin-check: %s: %s\n", name, strerror(errno));
		return false;
	}
	*length = fread(text, 1, sizeof(text), file);
	bool good = ferror(file) == 0;
	if (!good) {
		fprintf(stderr, "muntin-check: %s: %s\n", name, strerror(errno));
	}
	fclose(file);
	/* config_parse() looks at the length alone then, and names it: make it the real one. */
	if (*length == sizeof(text) && (size_t)info.st_size > *length) {
		*length = (size_t)info.st_size;
	}
	return good;
}

static void add_range(uint64_t start, uint64_t end)
{
	if (start < end) {
		machine.ranges[machine.range_count++] =
			(struct machine_range){ hpa(start), end - start };
	}
}

/* A PC: nothing below 1 MiB, devices between 3 GiB and 4 GiB, the memory they hide above 4 GiB. */
static void make_machine(const struct options *options)
{
	machine.cpu_count = options->cpus;
	for (uint32_t i = 0; i < options->cpus; i++) {
		machine.cpus[i].apic_id = i;
	}
	add_range(1 * MIB, min_u64(options->memory, 3 * GIB));
	add_range(4 * GIB, max_u64(options->memory, 3 * GIB) + 1 * GIB);
}

/* Into memory that drop_image() gives back. */
static void read_image(const char *name, size_t length, uint32_t line, struct image_file *out)
{
	FILE *file = fopen(name, "rb");
	uint8_t *bytes = malloc(length);
	bool good = file != NULL && bytes != NULL && fread(bytes, 1, length, file) == length;

	if (good) {
		*out = (struct image_file){ bytes, length };
	} else {
		report_add(&report, line, "%s cannot be read: %s", name, strerror(errno));
		free(bytes);
	}
	if (file != NULL) {
		fclose(file);
	}
}

/* @path is in firmware's spelling; @image stays empty when there is none. */
static void find_image(const char *root, const char *path, uint32_t line, struct image_file *image)
{
	char name[4096];
	struct stat info;
	int length = snprintf(name, sizeof(name), "%s%s", root, path);

	if (length < 0 || (size_t)length >= sizeof(name)) {
		report_add(&report, line, "%s: the path below --root is too long", path);
		return;
	}
	for (char *c = name + strlen(root); *c != '\0'; c++) {
		*c = *c == '\\' ? '/' : *c;
	}
	if (stat(name, &info) != 0) {
		report_add(&report, line, "%s: %s: put the file there or write another", name,
			   strerror(errno));
	} else if (!S_ISREG(info.st_mode) || info.st_size == 0) {
		report_add(&report, line, "%s is empty or no file: write another", name);
	} else {
		read_image(name, (size_t)info.st_size, line, image);
	}
}

static void drop_image(struct image_file *image)
{
	free((void *)image->bytes);
	*image = (struct image_file){ NULL, 0 };
}

static void find_modules(const char *root, const struct config_guest *guest,
			 struct image_module *modules, struct boot_guest *images)
{
	struct config_module module;

	images->modules = modules;
	while (images->module_count < CONFIG_MODULES_MAX &&
	       config_module_at(guest->modules, images->module_count, &module)) {
		struct image_module *to = &modules[images->module_count++];

		to->string = module.string.at;
		to->string_bytes = module.string.length;
		find_image(root, module.path, guest->line.modules, &to->file);
	}
}

static void check_images(const char *root)
{
	for (uint32_t i = 0; i < config.guest_count; i++) {
		const struct config_guest *guest = &config.guests[i];
		struct boot_guest images = { .form = guest->form };
		struct image_module modules[CONFIG_MODULES_MAX] = { 0 };

		if (guest->kernel[0] == '\0') {
			continue; /* config_parse() has said so */
		}
		find_image(root, guest->kernel, guest->line.kernel, &images.kernel);
		if (guest->initrd[0] != '\0') {
			find_image(root, guest->initrd, guest->line.initrd, &images.initrd);
		}
		find_modules(root, guest, modules, &images);
		plan_image_probe(guest, &images, &report);
		plan_image_check(guest, &plan.guests[i], &images, &report);
		drop_image(&images.kernel);
		drop_image(&images.initrd);
		for (uint32_t m = 0; m < images.module_count; m++) {
			drop_image(&modules[m].file);
		}
	}
	for (uint32_t i = 0; i < config.image_count; i++) {
		struct image_file file = { NULL, 0 };

		if (config.images[i].file[0] != '\0') {
			find_image(root, config.images[i].file, config.images[i].line.file, &file);
			drop_image(&file);
		}
	}
}

/* Of one section, but what print_guest() has said already. */
static void print_settings(const char *section, const char *name)
{
	static struct config_line line;

	for (uint32_t i = 0; config_print(&config, i, &line); i++) {
		bool said = strcmp(line.key->name, "cpus") == 0 ||
			    strcmp(line.key->name, "memory") == 0;

		if (!said && strcmp(line.section, section) == 0 && strcmp(line.name, name) == 0) {
			printf("  %-11s %s\n", line.key->name,
			       line.value[0] != '\0' ? line.value : "none");
		}
	}
}

static void print_guest(const struct plan_guest *guest)
{
	printf("  processors ");
	for (uint32_t i = 0; i < guest->cpu_count; i++) {
		printf(" %u", guest->cpus[i]);
	}
	printf("\n");
	for (uint32_t i = 0; i < guest->ram_count; i++) {
		const struct plan_ram *ram = &guest->ram[i];

		printf("  memory      guest 0x%010lx-0x%010lx -> machine 0x%010lx, %luM\n",
		       ram->gpa.value, ram->gpa.value + ram->bytes - 1, ram->hpa.value,
		       ram->bytes / MIB);
	}
}

static void print_machine(const struct options *options)
{
	for (uint32_t i = 0; i < config.image_count; i++) {
		printf("image %s\n", config.images[i].name);
		print_settings("image", config.images[i].name);
	}
	printf("monitor\n  processors  %u\n", plan.monitor_cpu);
	printf("  memory      machine 0x%010lx, %luK\n", plan.arena.value, plan.arena_bytes / KIB);
	print_settings("monitor", "");
	printf("machine: %u processors, %luM of memory\n", options->cpus, options->memory / MIB);
}

static void print_plan(const struct options *options)
{
	for (uint32_t i = 0; i < plan.guest_count; i++) {
		printf("guest %s, %luM\n", config.guests[i].name,
		       config.guests[i].memory_bytes / MIB);
		print_guest(&plan.guests[i]);
		if (options->plan) {
			print_settings("guest", config.guests[i].name);
		}
	}
	if (options->plan) {
		print_machine(options);
	}
}

int main(int count, char **arguments)
{
	struct options options = { .cpus = 4, .memory = 1 * GIB };
	size_t length;

	if (count == 2 && strcmp(arguments[1], "--help") == 0) {
		printf("%s", usage_text);
		return EXIT_GOOD;
	}
	if (!read_options(count, arguments, &options) || !read_file(options.file, &length)) {
		return EXIT_USAGE;
	}
	report.file = options.file;
	config_parse(text, length, &config, &report);
	if (config.guest_count > 0) {
		make_machine(&options);
		plan_make(&config, &machine, &plan, &report);
		if (options.root != NULL) {
			check_images(options.root);
		}
	}
	if (!report_empty(&report)) {
		print_report(&report);
		return EXIT_BAD;
	}
	print_plan(&options);
	return EXIT_GOOD;
}
