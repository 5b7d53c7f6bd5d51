/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the boot story, from efi_main to the hand-over, one step a call. */
#include "boot/boot.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/tsc.h"
#include "arch/vmx/vmx.h"
#include "kernel/config_modules.h"
#include "kernel/lib/string.h"
#include "kernel/main.h"
#include "kernel/memory.h"
#include "kernel/plan_image.h"

#define CONFIG_PATH "\\EFI\\muntin\\muntin.conf"

/* Firmware may change its memory map between our look and our claim: look again this often. */
enum { CLAIM_TRIES = 4 };

static EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;

static void stage_done(struct boot *boot, enum boot_stage stage)
{
	boot->info->tsc_at[stage] = rdtsc();
}

/* Without even this much memory there is nothing to collect messages in. */
static bool take_room(struct boot *boot, uint64_t tsc)
{
	boot->report = (struct report *)memmap_pages(boot, sizeof(struct report), 0);
	boot->info = (struct boot_info *)memmap_pages(boot, sizeof(struct boot_info), 0);
	if (boot->report == NULL || boot->info == NULL) {
		return false;
	}
	memset(boot->report, 0, sizeof(struct report));
	memset(boot->info, 0, sizeof(struct boot_info));
	boot->report->file = "muntin.conf";
	boot->info->tsc_at[BOOT_STAGE_EFI_MAIN] = tsc;
	return true;
}

static void boot_init(struct boot *boot)
{
	boot->info->trampoline = hpa(memmap_pages(boot, PAGE_SIZE, MIB));
	if (boot->info->trampoline.value == 0) {
		report_add(
			boot->report, 0,
			"no free page below 1 MiB: other processors cannot be started without one");
	}
	if (boot->services->HandleProtocol(boot->image, &loaded_image_guid,
					   (void **)&boot->loaded) != EFI_SUCCESS) {
		report_add(boot->report, 0, "firmware does not say which volume Muntin came from");
		return;
	}
	boot->info->image = hpa((uint64_t)boot->loaded->ImageBase);
	boot->info->image_bytes = boot->loaded->ImageSize;
}

static void load_config(struct boot *boot)
{
	struct image_file *file = &boot->info->config_text;
	enum status status = file_read(boot, CONFIG_PATH, file);

	if (status != OK) {
		report_add(boot->report, 0,
			   CONFIG_PATH
			   ": %s on the volume Muntin was started from; put a config there "
			   "(docs/muntin.conf.example shows one)",
			   status_text(status));
		return;
	}
	config_parse((const char *)file->bytes, file->length, &boot->info->config, boot->report);
	stage_done(boot, BOOT_STAGE_CONFIG);
}

static uint64_t seconds_since_1970(const EFI_TIME *time)
{
	/* Days before the first of March of a year that starts in March: leap days come last in it. */
	uint64_t month = time->Month > 2 ? time->Month - 3u : time->Month + 9u;
	uint64_t year = time->Month > 2 ? time->Year : time->Year - 1u;
	uint64_t days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 +
			time->Day - 1u - 719468u;

	return ((days * 24 + time->Hour) * 60 + time->Minute) * 60 + time->Second;
}

/* TimeZone is minutes from UTC; unspecified means local time, which on a server is UTC. */
static void read_clock(struct boot *boot)
{
	EFI_TIME time;

	if (boot->system->RuntimeServices->GetTime(&time, NULL) != EFI_SUCCESS ||
	    time.Year < 1970 || time.Month < 1 || time.Month > 12) {
		text_line("Muntin: firmware has no wall clock; guests start at 1970");
		return;
	}
	uint64_t seconds = seconds_since_1970(&time);
	if (time.TimeZone != EFI_UNSPECIFIED_TIMEZONE) {
		seconds += (uint64_t)((int64_t)time.TimeZone * 60);
	}
	boot->info->epoch_seconds = seconds;
	boot->info->epoch_tsc = rdtsc();
}

static void find_machine(struct boot *boot)
{
	vmx_check(boot->report);
	firmware_tables_find(boot);
	processors_find(boot);
	read_clock(boot);
	boot->info->tsc_hz = tsc_measure(boot->report);
	stage_done(boot, BOOT_STAGE_MACHINE);
}

static void load_file(struct boot *boot, const char *path, uint32_t line, struct image_file *file)
{
	enum status status = file_read(boot, path, file);

	if (status != OK) {
		report_add(boot->report, line,
			   "%s: %s on the volume Muntin was started from; write the path from its "
			   "root, or put the file there",
			   path, status_text(status));
	} else if (file->length == 0) {
		report_add(boot->report, line, "%s: the file is empty", path);
	}
}

static void load_modules(struct boot *boot, uint32_t index)
{
	const struct config_guest *guest = &boot->info->config.guests[index];
	struct boot_guest *images = &boot->info->guests[index];
	struct image_module *modules = boot->info->modules[index];
	struct config_module module;

	images->modules = modules;
	while (images->module_count < CONFIG_MODULES_MAX &&
	       config_module_at(guest->modules, images->module_count, &module)) {
		struct image_module *to = &modules[images->module_count++];

		to->string = module.string.at;
		to->string_bytes = module.string.length;
		load_file(boot, module.path, guest->line.modules, &to->file);
	}
}

static void load_guest_images(struct boot *boot, uint32_t index)
{
	const struct config_guest *guest = &boot->info->config.guests[index];
	struct boot_guest *images = &boot->info->guests[index];

	if (guest->kernel[0] == '\0') {
		return; /* config_parse() has said so */
	}
	images->form = guest->form;
	load_file(boot, guest->kernel, guest->line.kernel, &images->kernel);
	if (guest->initrd[0] != '\0') {
		load_file(boot, guest->initrd, guest->line.initrd, &images->initrd);
	}
	load_modules(boot, index);
	plan_image_probe(guest, images, boot->report);
}

static void load_images(struct boot *boot)
{
	for (uint32_t i = 0; i < boot->info->config.guest_count; i++) {
		load_guest_images(boot, i);
	}
	for (uint32_t i = 0; i < boot->info->config.image_count; i++) {
		const struct config_image *image = &boot->info->config.images[i];

		if (image->file[0] != '\0') {
			load_file(boot, image->file, image->line.file, &boot->info->images[i]);
		}
	}
	stage_done(boot, BOOT_STAGE_IMAGES);
}

static enum status claim_guest(struct boot *boot, const struct plan_guest *guest)
{
	for (uint32_t i = 0; i < guest->ram_count; i++) {
		enum status status = memmap_claim(boot, guest->ram[i].hpa, guest->ram[i].bytes);

		if (status != OK) {
			return status;
		}
	}
	return OK;
}

static enum status claim_plan(struct boot *boot)
{
	const struct plan *plan = &boot->info->plan;
	enum status status = memmap_claim(boot, plan->arena, plan->arena_bytes);

	for (uint32_t i = 0; i < plan->guest_count && status == OK; i++) {
		status = claim_guest(boot, &plan->guests[i]);
	}
	return status;
}

static void make_plan(struct boot *boot)
{
	struct boot_info *info = boot->info;
	enum status status = E_NO_MEMORY;

	for (int i = 0; i < CLAIM_TRIES && status != OK; i++) {
		status = memmap_ranges(boot);
		if (status != OK) {
			continue;
		}
		if (plan_make(&info->config, &info->machine, &info->plan, boot->report) != OK) {
			return;
		}
		uint32_t mark = memmap_mark();
		status = claim_plan(boot);
		if (status != OK) {
			memmap_give_back(boot, mark);
		}
	}
	if (status != OK) {
		report_add(boot->report, 0, "firmware does not give the memory it calls free (%s)",
			   status_text(status));
	}
	stage_done(boot, BOOT_STAGE_PLAN);
}

/* What would otherwise stop a guest at its start, when nobody may be looking. */
static void check_images(struct boot *boot)
{
	const struct boot_info *info = boot->info;

	for (uint32_t i = 0; i < info->plan.guest_count; i++) {
		plan_image_check(&info->config.guests[i], &info->plan.guests[i], &info->guests[i],
				 boot->report);
	}
}

static void say_report(const struct report *report)
{
	text_line("Muntin cannot start on this machine with this configuration:");
	for (uint32_t i = 0; i < report->count; i++) {
		text_line("  %s", report->lines[i]);
	}
	if (report->dropped > 0) {
		text_line("  ... and %u more", report->dropped);
	}
}

static EFI_STATUS refuse(struct boot *boot)
{
	say_report(boot->report);
	text_line("Nothing was changed. Returning to firmware.");
	memmap_give_back(boot, 0);
	return EFI_LOAD_ERROR;
}

static bool fine(const struct boot *boot)
{
	return report_empty(boot->report);
}

/* Later steps need what earlier ones found; within a step everything wrong is collected. */
static void prepare(struct boot *boot)
{
	boot_init(boot);
	if (!fine(boot)) {
		return;
	}
	find_machine(boot);
	keep_claim(boot);
	load_config(boot);
	load_images(boot);
	if (boot->info->config.guest_count > 0) {
		/* Also of a config with errors: what was understood of it may ask for too much. */
		make_plan(boot);
		check_images(boot);
	}
}

/** efi_main() - called by gnu-efi's start code. */
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	uint64_t tsc = rdtsc();
	struct boot boot = {
		.image = image,
		.system = system,
		.services = system->BootServices,
	};

	text_init(system);
	text_line("%s", kernel_version());
	if (!take_room(&boot, tsc)) {
		text_line("Muntin cannot start: firmware has not even %lu KiB of free memory",
			  (sizeof(struct boot_info) + sizeof(struct report)) / KIB);
		memmap_give_back(&boot, 0);
		return EFI_OUT_OF_RESOURCES;
	}
	prepare(&boot);
	if (!fine(&boot)) {
		return refuse(&boot);
	}
	/* Once ExitBootServices was called, nothing but a retry may be asked of firmware, not even a line of text. */
	text_leave_firmware();
	EFI_STATUS status = memmap_leave(&boot);
	if (status != EFI_SUCCESS) {
		report_add(boot.report, 0, "firmware does not let go of the machine (status 0x%lx)",
			   (uint64_t)status);
		say_report(boot.report);
		return status;
	}
	stage_done(&boot, BOOT_STAGE_FIRMWARE_LEFT);
	handoff(boot.info, boot.info->plan.arena.value + MEMORY_BOOT_STACK_TOP, kernel_main);
}
